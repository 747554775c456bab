"""Labels: print, give back, look up."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core import db
from app.core.web.access import actor, back, requires
from app.orders.models import Order
from app.shipping import imposing
from app.shipping.actions import buying, files, presets, voiding
from app.shipping.models import Label, Parcel
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, WRITE, order_of, page_of


def _order(label: Label) -> Order:
    return db.get(Order, db.get(Parcel, label.parcel_id).order_id)


def label_again(label_id: UUID, **_: Any) -> str:
    """The order's page once more after a refusal about one of its labels."""
    return order_of(db.get(Label, label_id).parcel_id)


@blueprint.get("/w/<workspace>/shipping/labels/<uuid:label_id>.<format>")
@requires(READ)
def label(label_id: UUID, format: str) -> Response:
    """The label itself. Opening it again never buys."""
    row = db.get(Label, label_id)
    data, sheet = files.content(row, format), request.args.get("sheet", type=int, default=1)
    if format == "pdf" and sheet in (2, 4):
        data = imposing.on_a4(data, sheet)
    answer = Response(data, content_type=files.TYPES[format])
    name = f"label-{_order(row).number}-{str(row.id)[-6:]}.{format}"
    answer.headers["Content-Disposition"] = f'{"attachment" if format == "zpl" else "inline"}; filename="{name}"'
    return answer


@blueprint.post("/w/<workspace>/shipping/labels/<uuid:label_id>/printing")
@requires(WRITE, again=label_again)
def printing(label_id: UUID) -> Any:
    """Note who printed it and on what, then show it; on its own in the format it was bought in."""
    row, wanted = db.get(Label, label_id), request.form.get("sheet", type=int, default=1)
    sheet = presets.choose_sheet(actor(), wanted) if "sheet" in request.form else 1
    format = "pdf" if sheet > 1 else row.format
    files.content(row, format)
    buying.printed(actor(), [row])
    here = f"{page_of(_order(row)).rsplit('/orders/', 1)[0]}/labels/{row.id}.{format}"
    return back(f"{here}?sheet={sheet}" if sheet > 1 else here)


@blueprint.post("/w/<workspace>/shipping/labels/<uuid:label_id>/void")
@requires(WRITE, again=label_again)
def void(label_id: UUID) -> Any:
    row = db.get(Label, label_id)
    voiding.void(actor(), row)
    return back(page_of(_order(row)))


@blueprint.post("/w/<workspace>/shipping/labels/<uuid:label_id>/lookup")
@requires(WRITE, again=label_again)
def look_up(label_id: UUID) -> Any:
    row = db.get(Label, label_id)
    buying.look_up(actor(), row)
    return back(page_of(_order(row)))
