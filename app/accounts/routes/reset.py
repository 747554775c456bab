"""A forgotten password."""

from typing import Any

from flask import Response, make_response, request

from app.accounts import actions, forms
from app.accounts.routes import blueprint
from app.accounts.routes.browser import browser, welcome
from app.core.web import render
from app.core.web.access import public
from app.core.web.forms import parse, show_refused
from app.core.web.limits import address, limit


@blueprint.get("/reset")
@public
def reset() -> Any:
    return render.page(
        "accounts/reset.html", form=show_refused(forms.Email, email=request.args.get("email", "")), sent=""
    )


@blueprint.post("/reset")
@limit("10/10 minutes;40/day", key_func=address)
@public(again=reset)
def ask_reset() -> Any:
    form = parse(forms.Email)
    actions.ask_reset(form.email.data)
    return render.page("accounts/reset.html", form=form, sent=form.email.data)


@blueprint.get("/reset/<token>")
@public
def new_password(token: str) -> Response:
    email = actions.reset_reader(token)
    page = render.page("accounts/new_password.html", form=show_refused(forms.NewPassword), email=email, token=token)
    response = make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/reset/<token>")
@limit("30/5 minutes", key_func=address)
@public(again=new_password)
def set_new_password(token: str) -> Response:
    form = parse(forms.NewPassword)
    entered = actions.reset_password(token, form.password.data, browser())
    return welcome(entered, "Your password is changed, and all other browsers were signed out.")
