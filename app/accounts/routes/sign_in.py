"""Signing in by password, code or passkey, and signing out."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request

from app.accounts import actions, forms, passkeys
from app.accounts.routes import blueprint
from app.accounts.routes.browser import (
    WrongCode,
    WrongSignIn,
    asked,
    browser,
    forget,
    try_again,
    wait_for,
    waiting,
    wanted,
    was_asked,
    welcome,
)
from app.accounts.routes.google import offered
from app.core.web import render, visitor
from app.core.web.access import back, problem, public, viewer
from app.core.web.forms import parse, show_refused
from app.core.web.limits import address, limit


@blueprint.get("/sign-in")
@public
def sign_in() -> Any:
    if viewer() and request.method == "GET":
        return back(wanted())
    return render.page(
        "accounts/sign_in.html", form=_form(), next=wanted(), google=offered(), passkeys=passkeys.offered()
    )


def _form() -> forms.SignIn:
    """What was typed, with what was wrong; a passkey was refused without anything being typed."""
    if request.path != "/sign-in/passkey":
        return show_refused(forms.SignIn, email=request.args.get("email", ""))
    form = forms.SignIn()
    form.form_errors.append(problem())
    return form


@blueprint.post("/sign-in")
@limit("30/5 minutes;300/day", key_func=address)
@public(again=sign_in)
def sign_in_with_password() -> Response:
    form = parse(forms.SignIn)
    found = actions.sign_in_with_password(form.email.data, form.password.data, browser())
    if found is None:
        return try_again(sign_in, WrongSignIn())
    if isinstance(found, UUID):
        wait_for(found, form.email.data)
        return back("/sign-up/confirm")
    return welcome(found)


@blueprint.post("/sign-in/code")
@limit("10/5 minutes;60/day", key_func=address)
@public(again=sign_in)
def ask_code() -> Response:
    """Also the second button of the sign-in form, so the password is not looked at."""
    form = parse(forms.Email)
    wait_for(actions.ask_code(form.email.data), form.email.data)
    return back("/sign-in/code")


@blueprint.get("/sign-in/code")
@public
def code() -> Any:
    code_id, email = waiting()
    if code_id is None:
        return back("/sign-in")
    return render.page("accounts/code.html", form=show_refused(forms.Code), email=email)


@blueprint.post("/sign-in/code/check")
@limit("30/5 minutes", key_func=address)
@public(again=code)
def sign_in_with_code() -> Response:
    form, (code_id, _) = parse(forms.Code), waiting()
    entered = actions.sign_in_with_code(code_id, form.code.data, browser()) if code_id else None
    return welcome(entered) if entered else try_again(code, WrongCode(field="code"))


@blueprint.post("/sign-in/passkey/options")
@limit("120/5 minutes;3000/day", key_func=address)
@public
def ask_for_passkey() -> Response:
    """What the page's script gives to the authenticator."""
    challenge_id, options = actions.ask_to_sign()
    asked(challenge_id)
    return jsonify(challenge=str(challenge_id), publicKey=options)


@blueprint.post("/sign-in/passkey")
@limit("30/5 minutes;300/day", key_func=address)
@public(again=sign_in)
def sign_in_with_passkey() -> Response:
    """Somebody who is signed in already proves it once more, and becomes nobody else by it."""
    form, person = parse(forms.PasskeyAnswer), viewer()
    challenge_id, only = was_asked(form.challenge.data), person.id if person else None
    return welcome(actions.sign_in_with_passkey(challenge_id, form.answer.data or "", browser(), only))


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    token = request.cookies.get(visitor.cookie_name("session"))
    if token:
        actions.sign_out(token)
    return forget(back("/"))
