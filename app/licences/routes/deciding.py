"""One licence: its limits, its seats, its history, and whether it works."""

from uuid import UUID

from flask import Response, flash, request

from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.licences import actions, forms, queries, words
from app.licences.models import Licence
from app.licences.routes import blueprint

READ, WRITE = Permission.LICENCES_LICENCE_READ, Permission.LICENCES_LICENCE_WRITE
HERE = "/w/<workspace>/licences/<uuid:licence_id>"


@blueprint.get(HERE)
@requires(READ)
def licence(licence_id: UUID) -> str:
    """Everything about one key."""
    held = queries.one(licence_id)
    return render.page(
        "licences/licence.html",
        held=held,
        licence=held.licence,
        history=queries.history(licence_id),
        base=f"/w/{member().slug}",
        words=words,
        live_topics=f"order:{held.licence.order_id}",
    )


def _done(licence_id: UUID, text: str) -> Response:
    flash(text, "good")
    return back(f"/w/{member().slug}/licences/{licence_id}")


@blueprint.post(f"{HERE}/limits")
@requires(WRITE, again=licence)
def set_limits(licence_id: UUID) -> Response:
    row = db.get(Licence, licence_id)
    actions.set_limits(
        actor(), row, forms.number(request.form, "activation_limit"), forms.day(request.form, "expires_at")
    )
    return _done(licence_id, "Saved. Programs hear of it the next time they ask.")


@blueprint.post(f"{HERE}/state")
@requires(WRITE, again=licence)
def change_state(licence_id: UUID) -> Response:
    """Disable with a reason, or enable."""
    row = db.get(Licence, licence_id)
    if request.form.get("do") == "enable":
        actions.enable(actor(), row)
        return _done(licence_id, "This key works again.")
    actions.disable(actor(), row, request.form.get("reason", ""))
    return _done(licence_id, "Disabled. Programs hear of it the next time they ask.")


@blueprint.post(f"{HERE}/seats/<uuid:seat_id>/frees")
@requires(WRITE, again=licence)
def free_seat(licence_id: UUID, seat_id: UUID) -> Response:
    seat = actions.free(actor(), licence_id, seat_id, "seller")
    return _done(licence_id, f"The seat of {seat.name} is free.")
