"""What buyers see of shipping: where their parcel is, and sending things back."""

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.core import db
from app.core.errors import NotFound
from app.core.web import render
from app.core.web.access import actor, back, owner_id, public
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.orders.models import Order
from app.shipping import forms, queries, words
from app.shipping.actions import files, photos, returning
from app.shipping.models import Parcel, Return
from app.shipping.routes import blueprint


@blueprint.get("/t/<code>")
@public
@limit("60 per minute")
def tracking(code: str) -> str:
    """The branded page about one parcel. Its code is the key: no name, street or price is shown."""
    with db.system("tracking page"):
        workspace_id, parcel_id = queries.parcel_by_code(code)
    with db.workspace(workspace_id):
        parcel = db.get(Parcel, parcel_id)
        order = db.get(Order, parcel.order_id)
        mine = owner_id() == order.buyer_id
        return render.page(
            "shipping/tracking.html",
            parcel=parcel,
            shop=order.shop,
            order=order,
            contents=queries.contents([parcel])[parcel.id],
            scans=queries.scans(parcel.id),
            steps=queries.steps(parcel),
            words=words,
            mine=mine,
            send_back=mine and parcel.state == "delivered" and returning.possible(order),
            live_topics=f"order:{order.group_id}" if mine else "",
            now=db.now(),
        )


def _order(order_id: UUID) -> Order:
    """The buyer's own order. Raises NotFound for anybody else's."""
    found = queries.own_order(order_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/returns/new/<uuid:order_id>")
@public
def new_return(order_id: UUID) -> str:
    """What of an order can go back, with a reason for each."""
    order = _order(order_id)
    with db.workspace(order.workspace_id):
        left = {line.id: returning.returnable(line) for line in order.lines if line.ships}
        return render.page(
            "shipping/new_return.html",
            order=order,
            left={line_id: count for line_id, count in left.items() if count},
            lines={line.id: line for line in order.lines},
            reasons=returning.REASONS,
            earlier=returning.of_order(order.id),
            most=returning.MOST_PHOTOS,
            words=words,
        )


@blueprint.post("/returns/new/<uuid:order_id>")
@public(again=new_return)
@limit("20 per hour")
@uploads(photos.MOST * photos.LARGEST, guests=True)
def ask_return(order_id: UUID) -> Any:
    """Ask the seller. Photos are kept privately and shown to the seller alone."""
    order = _order(order_id)
    with db.workspace(order.workspace_id):
        wanted = {
            line_id: (count, request.form.get(f"reason-{line_id}", ""))
            for line_id, count in forms.quantities([line.id for line in order.lines], request.form).items()
        }
        kept = photos.keep(order, request.files.getlist("photos"))
        row = returning.ask(actor(), db.get(Order, order_id), wanted, request.form.get("message", ""), kept)
    flash("Your return is asked for. You get a mail when the shop has answered; no money moved yet.", "good")
    return back(f"/returns/{row.id}")


def _return(return_id: UUID) -> Return:
    """The buyer's own return. Raises NotFound for anybody else's."""
    found = queries.own_return(return_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/returns/<uuid:return_id>")
@public
def own_return(return_id: UUID) -> str:
    """How a return stands, for the buyer."""
    row = _return(return_id)
    with db.workspace(row.workspace_id):
        order = db.get(Order, row.order_id)
        label = returning.label(row)
        return render.page(
            "shipping/own_return.html",
            row=row,
            order=order,
            lines={line.id: line for line in order.lines},
            parcel=db.get(Parcel, row.parcel_id) if row.parcel_id else None,
            label=label if row.state != "accepted" else None,
            reasons=returning.REASONS,
            timeline=queries.return_timeline(row),
            worth=returning.worth(row, order) if row.state != "refunded" else None,
            words=words,
            live_topics=f"order:{order.group_id}",
        )


@blueprint.post("/returns/<uuid:return_id>/withdrawal")
@public(again=own_return)
def withdraw(return_id: UUID) -> Any:
    row = _return(return_id)
    with db.workspace(row.workspace_id):
        returning.withdraw(actor(), row)
    return back(f"/returns/{return_id}")


@blueprint.get("/returns/<uuid:return_id>/label")
@public
def return_label(return_id: UUID) -> Response:
    """The prepaid label for the way back."""
    row = _return(return_id)
    with db.workspace(row.workspace_id):
        label = returning.label(row)
        if label is None or row.state in ("asked", "accepted", "declined", "withdrawn"):
            raise NotFound
        answer = Response(files.content(label, label.format), content_type=files.TYPES[label.format])
    answer.headers["Content-Disposition"] = f'inline; filename="return-{row.number}.{label.format}"'
    return answer
