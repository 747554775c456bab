"""A person's passkeys: added by the page's script, named and removed by plain pages."""

from typing import Any
from uuid import UUID

from flask import Response, flash, jsonify, request

from app.accounts import actions, forms, queries
from app.accounts.routes import blueprint
from app.accounts.routes.browser import asked, somebody, was_asked
from app.accounts.routes.me import me
from app.core.web import render
from app.core.web.access import back, signed_in
from app.core.web.forms import parse, show_refused
from app.core.web.limits import limit

LIST = "/me#passkeys"


@blueprint.post("/me/passkeys/options")
@limit("30/hour")
@signed_in
def ask_to_add_passkey() -> Response:
    """What the page's script gives to the authenticator."""
    person = somebody()
    challenge_id, options = actions.ask_to_add(person.id, person.session_id)
    asked(challenge_id)
    return jsonify(challenge=str(challenge_id), publicKey=options)


@blueprint.post("/me/passkeys")
@limit("30/hour")
@signed_in(again=me)
def add_passkey() -> Response:
    form, person = parse(forms.PasskeyAnswer), somebody()
    challenge_id, agent = was_asked(form.challenge.data), request.user_agent.string
    row = actions.add_passkey(person.id, person.session_id, challenge_id, form.answer.data or "", agent)
    flash(f"Passkey added as «{row.name}». It can sign you in from now on.", "success")
    return back(LIST)


@blueprint.get("/me/passkeys/<uuid:passkey_id>")
@signed_in
def passkey(passkey_id: UUID) -> Any:
    row = queries.passkey(passkey_id)
    return render.page("accounts/passkey.html", passkey=row, form=show_refused(forms.PasskeyName, name=row.name))


@blueprint.post("/me/passkeys/<uuid:passkey_id>")
@signed_in(again=passkey)
def rename_passkey(passkey_id: UUID) -> Response:
    actions.rename_passkey(passkey_id, parse(forms.PasskeyName).name.data)
    flash("Name saved.", "success")
    return back(LIST)


@blueprint.get("/me/passkeys/<uuid:passkey_id>/remove")
@signed_in
def removing(passkey_id: UUID) -> Any:
    """Asked before it is done, and only of somebody who signed in a moment ago."""
    row = queries.passkey(passkey_id)
    actions.confirmed(somebody().session_id)
    return render.page("accounts/passkey_remove.html", passkey=row)


@blueprint.post("/me/passkeys/<uuid:passkey_id>/remove")
@limit("30/hour")
@signed_in
def remove_passkey(passkey_id: UUID) -> Response:
    person = somebody()
    name = actions.remove_passkey(person.id, person.session_id, passkey_id)
    flash(f"The passkey «{name}» no longer signs you in.", "success")
    return back(LIST)
