"""The account's own pages: name, address, password, shortcuts, signed-in browsers."""

from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

from flask import Response, flash, request
from wtforms import Form

from app.accounts import actions, forms, passkeys, queries
from app.accounts.routes import blueprint
from app.accounts.routes.browser import WrongPassword, somebody, try_again, wanted
from app.accounts.routes.google import offered
from app.core.web import render
from app.core.web.access import back, problem, signed_in
from app.core.web.forms import parse, show_refused
from app.core.web.limits import limit

F = TypeVar("F", bound=Form)


def _form(kind: type[F], path: str, **data: Any) -> F:
    """The page holds several forms; only the one that was sent keeps what was typed in it."""
    return show_refused(kind, **data) if request.path in ("/me", path) else kind(**data)


@blueprint.get("/me")
@signed_in
def me() -> Any:
    person = somebody()
    return render.page(
        "accounts/me.html",
        name_form=_form(forms.Name, "/me/name", name=person.name),
        email_form=_form(forms.ChangeEmail, "/me/email"),
        password_form=_form(forms.ChangePassword, "/me/password"),
        preferences_form=_form(forms.Preferences, "/me/preferences", hotkeys_off=person.hotkeys_off),
        devices=queries.devices(person.id),
        has_password=queries.has_password(person.id),
        has_google=queries.has_google(person.id),
        google=offered(),
        passkeys=queries.passkeys_of(person.id),
        passkeys_offered=passkeys.offered(),
        add_refused=problem() if request.path == "/me/passkeys" else "",
    )


@blueprint.get("/me/again")
@signed_in
def again() -> Any:
    """Before what could take the account over: the person signs in once more, by any way they have, and comes back."""
    person = somebody()
    return render.page(
        "accounts/again.html",
        next=wanted(),
        has_password=queries.has_password(person.id),
        google=offered() and queries.has_google(person.id),
        passkeys=passkeys.offered() and bool(queries.passkeys_of(person.id)),
    )


@blueprint.app_errorhandler(actions.ConfirmFirst)
def confirm_first(_: actions.ConfirmFirst) -> Response:
    target = request.full_path.rstrip("?") if request.method == "GET" else "/me#passkeys"
    return back(f"/me/again?next={quote(target, safe='')}")


@blueprint.post("/me/name")
@signed_in(again=me)
def change_name() -> Response:
    actions.rename(somebody().id, parse(forms.Name).name.data)
    return _done("Name saved.")


@blueprint.post("/me/preferences")
@signed_in(again=me)
def change_preferences() -> Response:
    actions.set_hotkeys(somebody().id, parse(forms.Preferences).hotkeys_off.data)
    return _done("Preference saved.")


@blueprint.post("/me/password")
@limit("20/hour")
@signed_in(again=me)
def change_password() -> Response:
    form, person = parse(forms.ChangePassword), somebody()
    if not actions.change_password(person.id, person.session_id, form.current.data or "", form.password.data):
        return try_again(me, WrongPassword(field="current"))
    return _done("Password saved. All other browsers were signed out.")


@blueprint.post("/me/email")
@limit("20/hour")
@signed_in(again=me)
def ask_email_change() -> Response:
    form, person = parse(forms.ChangeEmail), somebody()
    if not actions.ask_email_change(person.id, person.session_id, form.email.data, form.proof.data or ""):
        return try_again(me, WrongPassword(field="proof"))
    return _done(f"We sent a link to {form.email.data}. Your address changes when you open it.")


@blueprint.get("/me/email/<token>")
@signed_in
def email_link(token: str) -> Any:
    return render.page("accounts/email_link.html", email=actions.email_in(token, somebody().id), token=token)


@blueprint.post("/me/email/<token>")
@signed_in
def change_email(token: str) -> Response:
    person = somebody()
    email = actions.change_email(person.id, person.session_id, token)
    return _done(f"Your address is now {email}. All other browsers were signed out.")


@blueprint.post("/me/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> Response:
    actions.end_session(somebody().id, session_id)
    return _done("That browser is signed out.")


@blueprint.post("/me/sessions/end-others")
@signed_in
def end_other_sessions() -> Response:
    person = somebody()
    count = actions.end_other_sessions(person.id, person.session_id)
    return _done(
        f"{count} other browser{'s were' if count != 1 else ' was'} signed out."
        if count
        else "No other browser was signed in."
    )


def _done(words: str) -> Response:
    flash(words, "success")
    return back("/me")
