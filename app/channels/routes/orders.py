"""What an order of a platform needs beside the order book: its items, its parcels there, its buyer's wishes, and what was told back."""

import json
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.channels import forms
from app.channels.actions import asking, labelling, returning, telling
from app.channels.models import ChannelOrder, ChannelReturn, ChannelShipment
from app.channels.order_facts import REASONS
from app.channels.queries import listings
from app.channels.queries import orders as queries
from app.channels.routes import blueprint
from app.channels.routes.place import base, shown
from app.core import db, storage
from app.core.errors import NotFound, Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, can, member, requires
from app.inventory import queries as inventory
from app.orders import queries as order_queries
from app.orders.models import Order

READ, WRITE = Permission.ORDERS_ORDER_READ, Permission.ORDERS_ORDER_WRITE
REFUND, LABEL = Permission.ORDERS_ORDER_REFUND, Permission.SHIPPING_LABEL_BUY


@blueprint.get("/w/<workspace>/channels/orders/<int:number>")
@requires(READ)
def order(number: int) -> str:
    """The platform's side of an order; the order's own page shows the same block."""
    return _shown(order_queries.order_by_number(number))


def _shown(row: Order) -> str:
    told = queries.of_order(row)
    may_see = can(Permission.CHANNELS_CONNECTION_WRITE)
    products = {part.variant.product_id for one in told.unmatched for part in one.parts}
    return render.page(
        "channels/order.html",
        **{
            **shown(
                order=row,
                told=told,
                raw=json.dumps(told.row.raw, indent=2, ensure_ascii=False) if may_see and told.row.raw else "",
                reasons=REASONS,
                shops=listings.shops_of(told.unmatched),
                pictures=inventory.pictures(products),
                slug=member().slug,
                here=f"{base()}/orders/{row.number}",
                order_url=_page(row),
            ),
            "live_topics": f"order:{row.id}",
        },
    )


def _page(row: Order) -> str:
    return f"/w/{member().slug}/orders/{row.number}"


def _told(number: int) -> tuple[Order, queries.Told]:
    row = order_queries.order_by_number(number)
    return row, queries.of_order(row)


@blueprint.post("/w/<workspace>/channels/orders/<int:number>/cancellation")
@requires(REFUND, again=order)
def cancel(number: int) -> Any:
    """Ask the platform to cancel: the whole order, or the typed units where it can. Its buyer is refunded by the platform."""
    row, told = _told(number)
    asking.cancel(actor(), told.row, request.form.get("reason", ""), forms.cancelled(request.form))
    flash(f"{told.connection.name} is being asked to cancel. The order follows once it says yes.", "info")
    return back(_page(row))


@blueprint.post("/w/<workspace>/channels/orders/<int:number>/cancellation/answer")
@requires(REFUND, again=order)
def answer_cancellation(number: int) -> Any:
    """Yes or no to the buyer's wish to cancel."""
    row, told = _told(number)
    asking.answer_cancellation(actor(), told.row, _yes())
    flash("Your answer is on its way to the platform.", "info")
    return back(_page(row))


def _yes() -> bool:
    wanted = request.form.get("do", "")
    if wanted not in ("accept", "refuse"):
        raise Refused("Choose yes or no. Nothing was changed.")
    return wanted == "accept"


@blueprint.post("/w/<workspace>/channels/orders/<int:number>/labels")
@requires(LABEL, again=order)
def label(number: int) -> Any:
    """Have the platform asked how it takes a parcel; its answer is chosen from on the panel."""
    row, told = _told(number)
    labelling.look(told.row, request.form.get("package", "")[:200])
    return back(_page(row))


def of_shipment(shipment_id: UUID, **_: Any) -> str:
    """The page once more after a refusal about one telling."""
    return _shown(_order(db.get(ChannelShipment, shipment_id).channel_order_id))


@blueprint.post("/w/<workspace>/channels/shipments/<uuid:shipment_id>/handover")
@requires(LABEL, again=of_shipment)
def hand_over(shipment_id: UUID) -> Any:
    """Have the platform make its label, handed over in the chosen way."""
    row = db.get(ChannelShipment, shipment_id)
    labelling.want(actor(), row, request.form.get("handover", ""))
    flash("The platform is making its label. It shows up here, usually within a minute.", "info")
    return back(_page(_order(row.channel_order_id)))


def of_return(return_id: UUID, **_: Any) -> str:
    """The page once more after a refusal about one return."""
    return _shown(_order(db.get(ChannelReturn, return_id).channel_order_id))


def _order(channel_order_id: UUID | None) -> Order:
    mine = db.get(ChannelOrder, channel_order_id) if channel_order_id else None
    if mine is None or mine.order_id is None:
        raise NotFound
    return order_queries.order_by_number(db.get(Order, mine.order_id).number)


@blueprint.post("/w/<workspace>/channels/shipments/<uuid:shipment_id>/retries")
@requires(LABEL, again=of_shipment)
def tell_again(shipment_id: UUID) -> Any:
    """Tell once more what the platform refused: a tracking number, or the wish for its label."""
    row = db.get(ChannelShipment, shipment_id)
    if row.state != "failed":
        raise Refused("It is not refused any more, so there is nothing to try again.")
    if row.fulfilment_id is None:
        labelling.again(row)
    else:
        telling.again(row)
    flash("The platform is being told again.", "info")
    return back(_page(_order(row.channel_order_id)))


@blueprint.get("/w/<workspace>/channels/shipments/<uuid:shipment_id>/label")
@requires(LABEL)
def platform_label(shipment_id: UUID) -> Response:
    """The platform's label as it was kept. Raises NotFound until it is here."""
    row = db.get(ChannelShipment, shipment_id)
    if not row.document:
        raise NotFound
    types = {"pdf": "application/pdf", "png": "image/png", "zpl": "text/plain; charset=utf-8"}
    return Response(storage.read(row.document), content_type=types[row.document.rpartition(".")[2]])


@blueprint.post("/w/<workspace>/channels/returns/<uuid:return_id>/answer")
@requires(REFUND, again=of_return)
def answer_return(return_id: UUID) -> Any:
    """Yes or no to a return; a no needs words for the buyer."""
    row = db.get(ChannelReturn, return_id)
    asking.answer_return(actor(), row, _yes(), request.form.get("words", ""))
    flash("Your answer is on its way to the platform.", "info")
    return back(_page(_order(row.channel_order_id)))


@blueprint.post("/w/<workspace>/channels/returns/<uuid:return_id>/receipt")
@requires(WRITE, again=of_return)
def receive_return(return_id: UUID) -> Any:
    """Unpacked: back on the shelf, or written off."""
    row, wanted = db.get(ChannelReturn, return_id), request.form.get("do", "")
    if wanted not in ("restock", "write_off"):
        raise Refused("Choose what became of the goods. Nothing was changed.")
    returning.receive(actor(), row, wanted == "restock")
    flash("Back on the shelf." if wanted == "restock" else "Written off.", "good")
    return back(_page(_order(row.channel_order_id)))
