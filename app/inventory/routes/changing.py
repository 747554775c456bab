"""A delivery, a count or an adjustment: from the list without leaving it, or from the page of one SKU."""

import json
from inspect import unwrap
from uuid import UUID

from flask import Response, flash, make_response, request

from app.catalogue.models import Variant
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.inventory import actions, forms, queries
from app.inventory.models import Location
from app.inventory.routes import blueprint
from app.inventory.routes.movements import movements
from app.inventory.routes.stock import WRITE, row_context, stock


def again(variant_id: UUID) -> object:
    """The form that was refused, where it stood: its row alone, the whole list, or the page of the SKU."""
    if request.args.get("from") != "list":
        return unwrap(movements)(variant_id=variant_id)
    if render.is_htmx():
        return _row(variant_id, _location(request.form.get("location", "")))
    return unwrap(stock)()


@blueprint.post("/w/<workspace>/inventory/<uuid:variant_id>/movements")
@requires(WRITE, again=again)
def change(variant_id: UUID) -> object:
    """Receive a delivery, count the shelf, or adjust by so many for a reason."""
    variant, location = db.get(Variant, variant_id), _location(request.form.get("location", ""))
    _change(variant, location)
    words = f"{variant.sku} is up to date."
    if request.args.get("from") != "list":
        flash(words, "good")
        return back(f"/w/{member().slug}/inventory/{variant_id}")
    if render.is_htmx():
        return _told(_row(variant_id, location), words)
    flash(words, "good")
    state = row_context([])["query"]
    return back(f"/w/{member().slug}/inventory?{state}#stock-{variant_id}-{location.id}")


def _change(variant: Variant, location: Location) -> None:
    raw, kind = request.form.get("quantity", ""), request.form.get("do", "")
    note = request.form.get("note", "").strip()[:200]
    if kind == "receive":
        actions.receive(actor(), variant, location, forms.units(raw), note)
    elif kind == "count":
        actions.count(actor(), variant, location, forms.units(raw), note)
    elif kind == "damaged":
        actions.count(actor(), variant, location, forms.units(raw), note, "damaged")
    elif kind == "adjust":
        reason = request.form.get("reason", "")
        actions.adjust(actor(), variant, location, forms.change_of_units(raw), reason, note)
    else:
        raise Refused("Say what happened: a delivery, a count or a correction. Nothing was changed.", field="do")


def _row(variant_id: UUID, location: Location) -> str:
    found = queries.row(variant_id, location.id)
    if found is None:
        raise NotFound
    return render.fragment("inventory/_row.html", row=found, **row_context([found]))


def _told(body: str, words: str) -> Response:
    response = make_response(body)
    response.headers["HX-Trigger"] = _toast(words)
    return response


def _toast(words: str) -> str:
    return json.dumps({"toast": {"text": words, "tone": "good"}})


def _location(raw: str) -> Location:
    """The chosen place, or the default one when the page offered no choice. Raises NotFound for any other."""
    if not raw:
        return actions.default_location()
    chosen = next((one for one in queries.locations() if str(one.id) == raw), None)
    if chosen is None:
        raise NotFound
    return chosen
