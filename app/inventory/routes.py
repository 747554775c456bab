"""Stock: what is on the shelf, what buyers hold, and why it changed."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Response, flash, request

from app.catalogue.models import Variant
from app.core import db
from app.core.csv import lines as csv_lines
from app.core.errors import NotFound, Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.inventory import actions, queries
from app.inventory.models import Location

blueprint = Blueprint("inventory", __name__)
READ, WRITE = Permission.INVENTORY_STOCK_READ, Permission.INVENTORY_STOCK_WRITE
PAGE = 100


@blueprint.get("/w/<workspace>/inventory")
@requires(READ)
def stock() -> str:
    """SKU by SKU: on hand, reserved, available."""
    q, low = request.args.get("q", "").strip()[:100], request.args.get("view") == "low"
    rows, after = queries.whole_skus(queries.table(q, low, request.args.get("after", ""), PAGE + 1), PAGE)
    return render.page(
        "inventory/stock.html",
        rows=rows,
        q=q,
        low=low,
        after=after,
        low_count=queries.low_count(),
        base=f"/w/{member().slug}/inventory",
    )


@blueprint.get("/w/<workspace>/inventory/<uuid:variant_id>")
@requires(READ)
def movements(variant_id: UUID) -> str:
    """One SKU: change its stock, and every change so far with who and why."""
    variant, before = db.get(Variant, variant_id), request.args.get("before", "")
    moved = queries.movements(variant.id, _id(before), 51)
    levels = {level.location_id: level for level in queries.levels(variant.id)}
    return render.page(
        "inventory/movements.html",
        variant=variant,
        product=queries.product_of(variant),
        movements=moved[:50],
        before=moved[49].id if len(moved) > 50 else "",
        locations=queries.locations(),
        levels=levels,
        base=f"/w/{member().slug}/inventory",
    )


@blueprint.post("/w/<workspace>/inventory/<uuid:variant_id>/movements")
@requires(WRITE, again=movements)
def change(variant_id: UUID) -> object:
    """Receive a delivery, count the shelf, or write off damage."""
    variant, raw = db.get(Variant, variant_id), request.form.get("quantity", "").strip()
    if not raw.isdecimal() or len(raw) > 7:
        raise Refused("Enter a whole number of units, zero or more.", field="quantity")
    location = _location(request.form.get("location", ""))
    note, kind = request.form.get("note", "").strip()[:200], request.form.get("do")
    if kind == "receive":
        actions.receive(actor(), variant, location, int(raw), note)
    elif kind in ("count", "damaged"):
        actions.count(actor(), variant, location, int(raw), note, "damaged" if kind == "damaged" else "counted")
    else:
        raise Refused("Say what happened: a delivery, a count or damage. Nothing was changed.", field="do")
    flash("Stock is up to date.", "good")
    return back(f"/w/{member().slug}/inventory/{variant_id}")


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _location(raw: str) -> Location:
    """The chosen place, or the default one when the page offered no choice. Raises NotFound for any other."""
    if not raw:
        return actions.default_location()
    chosen = next((one for one in queries.locations() if str(one.id) == raw), None)
    if chosen is None:
        raise NotFound
    return chosen


@blueprint.post("/w/<workspace>/inventory/locations")
@requires(WRITE, again=stock)
def add_location() -> object:
    name = request.form.get("name", "").strip()[:60]
    if not name:
        raise Refused("Name the place.", field="name")
    actions.create_location(actor(), name)
    return back(f"/w/{member().slug}/inventory")


@blueprint.get("/w/<workspace>/inventory/export.csv")
@requires(READ)
def export() -> Response:
    workspace_id = member().workspace_id

    def stream() -> Iterator[str]:
        with db.workspace(workspace_id):
            rows = (
                [r.variant.sku, r.product_title, r.variant.title, r.location.name, r.on_hand, r.reserved, r.available]
                for r in queries.table(limit=100_000)
            )
            yield from csv_lines(["SKU", "Product", "Variant", "Location", "On hand", "Reserved", "Available"], rows)

    return Response(stream(), mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="stock.csv"'})
