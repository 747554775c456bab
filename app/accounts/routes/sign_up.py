"""New accounts and the proof of their address."""

from typing import Any

from flask import Response, flash, request

from app.accounts import actions, forms
from app.accounts.routes import blueprint
from app.accounts.routes.browser import (
    WrongCode,
    WrongPassword,
    browser,
    try_again,
    wait_for,
    waiting,
    wanted,
    welcome,
)
from app.accounts.routes.google import offered
from app.core.web import render
from app.core.web.access import back, public, viewer
from app.core.web.forms import parse, show_refused
from app.core.web.limits import address, limit

CONFIRMED = "Welcome to Guildhall. Your e-mail address is confirmed."


@blueprint.get("/sign-up")
@public
def sign_up() -> Any:
    if viewer() and request.method == "GET":
        return back(wanted())
    form = show_refused(forms.SignUp, email=request.args.get("email", ""))
    return render.page("accounts/sign_up.html", form=form, next=wanted(), google=offered())


@blueprint.post("/sign-up")
@limit("10/10 minutes;40/day", key_func=address)
@public(again=sign_up)
def create_account() -> Response:
    form = parse(forms.SignUp)
    wait_for(actions.sign_up(form.email.data, form.name.data, form.password.data), form.email.data)
    return back("/sign-up/confirm")


@blueprint.get("/sign-up/confirm")
@public
def confirm() -> Any:
    code_id, email = waiting()
    if code_id is None:
        return back("/sign-up")
    return render.page("accounts/confirm.html", form=show_refused(forms.Code), email=email)


@blueprint.post("/sign-up/confirm")
@limit("30/5 minutes", key_func=address)
@public(again=confirm)
def confirm_by_code() -> Response:
    form, (code_id, _) = parse(forms.Code), waiting()
    entered = actions.confirm_by_code(code_id, form.code.data, browser()) if code_id else None
    return welcome(entered, CONFIRMED) if entered else try_again(confirm, WrongCode(field="code"))


@blueprint.post("/sign-up/resend")
@limit("5/10 minutes", key_func=address)
@public
def resend() -> Response:
    code_id, email = waiting()
    if code_id is None:
        return back("/sign-up")
    wait_for(actions.ask_again(code_id), email)
    flash("If this address still waits for its proof, a new code is on its way.", "info")
    return back("/sign-up/confirm")


@blueprint.get("/confirm/<token>")
@public
def confirm_link(token: str) -> Any:
    """A button, not the proof itself: mail scanners open links."""
    email, same_browser = actions.link_reader(token, waiting()[0])
    form = show_refused(forms.LinkPassword)
    return render.page("accounts/confirm_link.html", form=form, email=email, same_browser=same_browser, token=token)


@blueprint.post("/confirm/<token>")
@limit("30/5 minutes", key_func=address)
@public(again=confirm_link)
def confirm_by_link(token: str) -> Response:
    form = parse(forms.LinkPassword)
    entered = actions.confirm_by_link(token, waiting()[0], form.password.data or "", browser())
    if entered is None:
        wrong = WrongPassword("This is not the password that the account was made with.", field="password")
        return try_again(confirm_link, wrong, token=token)
    return welcome(entered, CONFIRMED)
