"""Returns as the seller works through them."""

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.core import db, storage
from app.core.errors import NotFound, Refused
from app.core.money import BadAmount, Money, parse_money
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.orders.models import Order
from app.shipping import queries, words
from app.shipping.actions import quoting, returning
from app.shipping.actions.parcels import CannotShip
from app.shipping.models import Parcel, Return
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, WRITE, base

PAGE = 50
TABS = {"asked": "To answer", "open": "On their way", "received": "To refund", "over": "Over"}


@blueprint.get("/w/<workspace>/shipping/returns")
@requires(READ)
def returns() -> str:
    """Returns in one view, the oldest waiting first."""
    view = request.args.get("view", "asked")
    view = view if view in TABS else "asked"
    return render.page(
        "shipping/returns.html",
        rows=queries.returns_in(view, PAGE),
        view=view,
        tabs=TABS,
        counts=queries.return_counts(),
        reasons=returning.REASONS,
        words=words,
        base=base(),
        live_topics=f"workspace:{member().workspace_id}:orders",
    )


@blueprint.get("/w/<workspace>/shipping/returns/<int:number>")
@requires(READ)
def one_return(number: int) -> str:
    """One return from the question to the refund."""
    row = queries.return_by_number(number)
    order = db.get(Order, row.order_id)
    parcel = db.get(Parcel, row.parcel_id) if row.parcel_id else None
    return render.page(
        "shipping/return.html",
        row=row,
        order=order,
        lines={line.id: line for line in order.lines},
        parcel=parcel,
        label=queries.living_label(parcel.id) if parcel else None,
        worth=returning.worth(row, order),
        timeline=queries.return_timeline(row),
        reasons=returning.REASONS,
        words=words,
        base=base(),
        order_url=f"/w/{member().slug}/orders/{order.number}",
        live_topics=f"order:{order.id}",
    )


def _here(row: Return) -> Any:
    return back(f"{base()}/returns/{row.number}")


@blueprint.post("/w/<workspace>/shipping/returns/<int:number>/answer")
@requires(WRITE, again=one_return)
def answer(number: int) -> Any:
    """Yes or no, with words that the buyer reads."""
    row, typed = queries.return_by_number(number), request.form
    if typed.get("answer") == "decline":
        returning.decline(actor(), row, typed.get("words", ""))
        return _here(row)
    pays = "buyer" if typed.get("pays") == "buyer" else "seller"
    returning.accept(actor(), row, typed.get("words", ""), pays)
    if pays == "seller" and row.parcel_id is not None:
        try:
            quoting.ask(db.get(Parcel, row.parcel_id))
        except CannotShip as refused:
            flash(refused.message, "warn")
    return _here(row)


@blueprint.post("/w/<workspace>/shipping/returns/<int:number>/label")
@requires(WRITE, again=one_return)
def send_label(number: int) -> Any:
    """The label is bought: the buyer gets it."""
    row = queries.return_by_number(number)
    returning.send_label(actor(), row)
    return _here(row)


@blueprint.post("/w/<workspace>/shipping/returns/<int:number>/receipt")
@requires(WRITE, again=one_return)
def receive(number: int) -> Any:
    """Unpacked: each line goes back to stock or is written off."""
    row = queries.return_by_number(number)
    outcomes = {UUID(entry["line_id"]): request.form.get(f"outcome-{entry['line_id']}", "") for entry in row.contents}
    returning.receive(actor(), row, outcomes)
    return _here(row)


@blueprint.post("/w/<workspace>/shipping/returns/<int:number>/refund")
@requires(Permission.ORDERS_ORDER_REFUND, again=one_return)
def refund(number: int) -> Any:
    row = queries.return_by_number(number)
    order = db.get(Order, row.order_id)
    raw = request.form.get("delivery", "").strip()
    try:
        delivery = parse_money(raw, order.currency) if raw else Money.zero(order.currency)
    except BadAmount as error:
        raise Refused(error.message, field="delivery") from error
    returning.refund(actor(), row, delivery)
    return _here(row)


@blueprint.get("/w/<workspace>/shipping/returns/<int:number>/photos/<int:place>")
@requires(READ)
def photo(number: int, place: int) -> Response:
    """A photo that the buyer sent; re-encoded, so that it is only a picture."""
    row = queries.return_by_number(number)
    if not 0 <= place < len(row.photos) or not storage.exists(row.photos[place]):
        raise NotFound
    return Response(storage.read(row.photos[place]), content_type="image/webp")
