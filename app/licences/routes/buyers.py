"""A buyer's licences, on the page of their purchase: freeing seats, and signed files for programs without a connection."""

import json
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.core import db
from app.core.errors import NotFound, Refused
from app.core.web.access import actor, back, public
from app.core.web.limits import limit
from app.licences import actions, queries
from app.licences.models import Licence, LicenceActivation
from app.licences.routes import blueprint
from app.licences.routes.asked import LONGEST
from app.licences.shelf import doors

HERE = "/library/<uuid:grant_id>/licences/<uuid:licence_id>"


class NeedsDevice(Refused):
    message = "This licence counts devices, so its file is made for one of them. Enter the code that the program shows."


class TooLong(Refused):
    message = "A device code is at most 200 characters. Copy it once more from the program; no seat was taken."


def purchase(grant_id: UUID) -> Any:
    """The page that these forms stand on."""
    return doors.purchase(grant_id=grant_id)


@blueprint.post(f"{HERE}/seats/<uuid:seat_id>/frees")
@limit("60/minute")
@public(again=purchase)
def free_own_seat(grant_id: UUID, licence_id: UUID, seat_id: UUID) -> Response:
    """The buyer's old computer is gone: its seat is free for the next one, or goes to the one whose code was typed before."""
    licence = queries.own(grant_id, licence_id)
    with db.workspace(licence.workspace_id):
        seat = actions.free(actor(), licence.id, seat_id, "buyer")
        if request.form.get("fingerprint", "").strip():
            _seat_typed(licence)
    flash(f"The seat of {seat.name} is free. The program there stops the next time it asks.", "good")
    return back(f"/library/{grant_id}#licence-{licence_id}")


@blueprint.post(f"{HERE}/seats")
@limit("20/hour")
@public(again=purchase)
def seat_offline(grant_id: UUID, licence_id: UUID) -> Response:
    """A device that cannot ask us: its code is typed in here, and the signed file carried over."""
    licence = queries.own(grant_id, licence_id)
    with db.workspace(licence.workspace_id):
        _seat_typed(licence)
    return back(f"/library/{grant_id}#licence-{licence_id}")


def _seat_typed(licence: Licence) -> None:
    """In the seller's scope. Raises NeedsDevice, TooLong, and as actions.activate."""
    code, name = request.form.get("fingerprint", "").strip(), request.form.get("name", "").strip()
    if not code:
        raise NeedsDevice(field="fingerprint")
    if len(code) > LONGEST["fingerprint"]:
        raise TooLong(field="fingerprint")
    actions.activate(licence.id, code, name[: LONGEST["name"]])
    flash("This device has a seat now. Download its licence file and open it with the program.", "good")


@blueprint.get(f"{HERE}/seats/<uuid:seat_id>/file")
@limit("60/minute")
@public
def seat_file(grant_id: UUID, licence_id: UUID, seat_id: UUID) -> Response:
    """The signed file of one device."""
    return _file(queries.own(grant_id, licence_id), seat_id)


@blueprint.get(f"{HERE}/file")
@limit("60/minute")
@public
def whole_file(grant_id: UUID, licence_id: UUID) -> Response:
    """The signed file of a licence that counts no devices."""
    licence = queries.own(grant_id, licence_id)
    if licence.activation_limit is not None:
        raise NeedsDevice
    return _file(licence, None)


def _file(licence: Licence, seat_id: UUID | None) -> Response:
    with db.workspace(licence.workspace_id):
        fresh = queries.locked(licence.id)
        actions.refuse_closed(fresh)
        signed = actions.signed_file(fresh, _seat(fresh, seat_id))
    name = f"{licence.product.slug}.licence"
    return Response(
        json.dumps(signed, indent=2) + "\n",
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _seat(licence: Licence, seat_id: UUID | None) -> LicenceActivation | None:
    """Raises NotFound for a seat that is free by now."""
    if seat_id is None:
        return None
    found = queries.seat(licence, seat_id, "")
    if found is None:
        raise NotFound
    return found
