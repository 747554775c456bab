"""Labels: print, give back, look up."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core import db
from app.core.web.access import actor, back, requires
from app.orders.models import Order
from app.shipping.actions import buying, files, voiding
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
    answer = Response(files.content(row, format), content_type=files.TYPES[format])
    name = f"label-{_order(row).number}-{str(row.id)[-6:]}.{format}"
    answer.headers["Content-Disposition"] = f'{"attachment" if format == "zpl" else "inline"}; filename="{name}"'
    return answer


@blueprint.post("/w/<workspace>/shipping/labels/<uuid:label_id>/printing")
@requires(WRITE, again=label_again)
def printing(label_id: UUID) -> Any:
    """Note who printed it, then show it in the format it was bought in."""
    row = db.get(Label, label_id)
    files.content(row, row.format)
    buying.printed(actor(), [row])
    return back(f"{page_of(_order(row)).rsplit('/orders/', 1)[0]}/labels/{row.id}.{row.format}")


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
