"""Signing in by password or code, and signing out."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.accounts import actions, forms
from app.accounts.routes import blueprint
from app.accounts.routes.browser import (
    WrongCode,
    WrongSignIn,
    browser,
    forget,
    try_again,
    wait_for,
    waiting,
    wanted,
    welcome,
)
from app.accounts.routes.google import offered
from app.core.web import render, visitor
from app.core.web.access import back, public, viewer
from app.core.web.forms import parse, show_refused
from app.core.web.limits import address, limit


@blueprint.get("/sign-in")
@public
def sign_in() -> Any:
    if viewer() and request.method == "GET":
        return back(wanted())
    form = show_refused(forms.SignIn, email=request.args.get("email", ""))
    return render.page("accounts/sign_in.html", form=form, next=wanted(), google=offered())


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


@blueprint.post("/sign-out")
@public
def sign_out() -> Response:
    token = request.cookies.get(visitor.cookie_name("session"))
    if token:
        actions.sign_out(token)
    return forget(back("/"))
