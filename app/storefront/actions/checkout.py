"""The checkout: one row per attempt. Its id holds the stock and becomes the order group's id, so nothing is placed twice."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from app.core import db
from app.core.errors import NotFound, Refused
from app.core.idempotency import once
from app.core.money import Money
from app.orders import actions as orders
from app.orders.actions import LineRequest, SellerOrder
from app.storefront import quotes
from app.storefront.actions import holding
from app.storefront.actions.cart import agree, own_cart
from app.storefront.models import Checkout
from app.storefront.queries import checkout as queries
from app.storefront.queries.cart import CartView, Group, cart

PAYING = timedelta(minutes=35)
"""Stripe keeps a payment page open for at least 30 minutes; the stock is held a little longer than the page."""


LAPSED = (
    "The carrier's price for delivery from {} does not hold any more: it is kept for an hour, for the same cart and"
    " address. Nothing was charged; choose again below."
)


class EmptyCart(Refused):
    message = "There is nothing in your cart that can be bought right now. Nothing was charged."


class PayingAlready(Refused):
    """An earlier attempt is still being paid."""

    status = 409
    message = "You have a payment that is not finished. Finish or cancel it first, so you never pay twice."


class StepMissing(Refused):
    """`step` says where to go on: contact or delivery."""

    def __init__(self, step: str, message: str) -> None:
        super().__init__(message)
        self.step = step


class TotalChanged(Refused):
    status = 409
    message = "The total changed from {shown} to {total} since you looked. Nothing was charged; check it below and pay the new total if you agree."


def begin(owner_id: UUID, currency: str, contact: Mapping[str, str] | None = None) -> Checkout:
    """Start or take up the checkout of the cart's part in `currency`, and hold its stock.

    `contact` is what is known of a signed-in person. Raises EmptyCart, PayingAlready, CannotHold.
    """
    own = own_cart(owner_id)
    if queries.unfinished_payment(owner_id) is not None:
        raise PayingAlready
    checkout = queries.open_checkout(owner_id, currency, lock=True)
    if checkout is not None and checkout.held_until <= db.now():
        holding.let_go(checkout)
    before = queries.latest(owner_id)
    view = cart(owner_id, (before.address if before else {}).get("country", "")).of(currency)
    if not view.lines:
        raise EmptyCart
    if checkout is None:
        checkout = db.add(
            Checkout(
                owner_id=owner_id,
                cart_id=own.id,
                contact=dict(contact or {}) | (before.contact if before else {}),
                address=dict(before.address) if before else {},
                rates=dict(before.rates) if before else {},
                items={},
                currency=currency,
                held_until=db.now(),
            )
        )
    holding.hold(checkout, view)
    agree(view)
    return checkout


def set_contact(checkout: Checkout, contact: dict[str, str]) -> None:
    checkout.contact = contact


def set_address(checkout: Checkout, address: dict[str, str], rates: Mapping[str, str]) -> None:
    """`rates` maps shop id to rate id; which of them are offered is decided when they are priced."""
    checkout.address = address
    chosen = checkout.rates | dict(rates)
    checkout.rates = chosen
    asked = ask_carriers(checkout, queries.priced(checkout))
    checkout.rates = {shop: rate for shop, rate in chosen.items() if shop not in asked}


def ask_carriers(checkout: Checkout, view: CartView) -> set[str]:
    """Have carriers asked for this address, where shops do so; returns the ids of the shops that ask now.

    Nothing is asked twice within the hour. What was chosen before the question is to be chosen again.
    """
    if not queries.address_complete(checkout):
        return set()
    return {str(group.shop.id) for group in view.groups if _asks(checkout, group)}


def _asks(checkout: Checkout, group: Group) -> bool:
    if group.undeliverable or not group.posted or group.total.free_delivery or group.quoted.state != "off":
        return False
    return quotes.doors.ask(group.shop.workspace_id, checkout.address, group.posted, group.currency)


def place(owner_id: UUID, checkout_id: UUID, shown_minor: int) -> UUID:
    """Turn a checkout into unpaid orders, once, however often it is asked. Returns the order group's id.

    `shown_minor` is the total on the button that was pressed. Raises NotFound, StepMissing, TotalChanged, CannotHold,
    EmptyCart, and KeyReused when it was placed before with another total.
    """
    if queries.find(owner_id, checkout_id) is None:
        raise NotFound
    return UUID(
        once(owner_id, f"checkout:{checkout_id}", shown_minor, lambda: _place(owner_id, checkout_id, shown_minor))
    )


def _place(owner_id: UUID, checkout_id: UUID, shown_minor: int) -> UUID:
    own_cart(owner_id)
    checkout = queries.find(owner_id, checkout_id, lock=True)
    if checkout is None or checkout.state != "open":
        raise NotFound
    held = holding.keep(checkout)
    view = held.view
    _refuse_incomplete(checkout, view)
    if not held.complete:
        raise holding.CannotHold(held.words)
    if view.total.minor != shown_minor:
        raise TotalChanged(shown=Money(shown_minor, checkout.currency), total=view.total)
    until = db.now() + PAYING
    holding.keep_until(checkout, until + timedelta(minutes=5))
    orders.place(
        owner_id,
        checkout.id,
        checkout.contact["email"],
        checkout.contact["name"],
        checkout.currency,
        [_seller_order(checkout, group) for group in view.groups],
        until,
    )
    checkout.state, checkout.order_group_id = "placed", checkout.id
    return checkout.id


def _refuse_incomplete(checkout: Checkout, view: CartView) -> None:
    if not view.groups:
        raise EmptyCart
    if not checkout.contact.get("email") or not checkout.contact.get("name"):
        raise StepMissing("contact", "Say who you are first: name and e-mail. Nothing was charged.")
    if view.ships and not queries.address_complete(checkout):
        raise StepMissing("delivery", "Say where it should go first. Nothing was charged.")
    for group in view.groups:
        if group.undeliverable:
            raise StepMissing("delivery", f"{group.shop.name} does not deliver to that country. Nothing was charged.")
        if group.lapsed:
            raise StepMissing("delivery", LAPSED.format(group.shop.name))


def _seller_order(checkout: Checkout, group: Group) -> SellerOrder:
    lines = [
        LineRequest(line.wanted.variant_id, line.wanted.quantity, line.wanted.unit, line.discount)
        for line in group.total.lines
    ]
    used = group.code if group.code and not group.code_refused else ""
    return SellerOrder(
        workspace_id=group.shop.workspace_id,
        shop_id=group.shop.id,
        lines=lines,
        delivery=group.total.delivery,
        delivery_name=group.chosen.name if group.chosen and group.ships else "",
        discount_code=used,
        ship_to=_parcel_address(checkout) if group.ships else {},
        billing={key: checkout.contact[key] for key in ("company", "vat_id") if checkout.contact.get(key)},
        gift_note=str(checkout.address.get("gift_note", "")) if group.ships else "",
    )


def _parcel_address(checkout: Checkout) -> dict[str, str]:
    return {key: text for key, text in checkout.address.items() if key != "gift_note"}
