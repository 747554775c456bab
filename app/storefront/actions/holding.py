"""Holding stock for a checkout: ten minutes, extendable twice, taken again by itself when the time is over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.core import db
from app.core.errors import Refused
from app.inventory import actions as inventory
from app.inventory.actions import SoldOut, Want
from app.storefront.models import Checkout
from app.storefront.queries.cart import CartView, Line, held_key
from app.storefront.queries.checkout import priced

HOLD = timedelta(minutes=10)
MOST_EXTENSIONS = 2


class CannotHold(Refused):
    """Something in the cart cannot be had as wanted; the message names each item and what is left of it."""

    status = 409


class NoMoreTime(Refused):
    status = 409


@dataclass(frozen=True)
class Holding:
    """How the stock of a checkout stands: what it pays now, whether all of it is held, and what changed, in words."""

    view: CartView
    complete: bool
    words: str = ""


def hold(checkout: Checkout, view: CartView) -> None:
    """Reserve every line for ten minutes, all or nothing. Raises CannotHold naming what cannot be had."""
    if view.short:
        raise CannotHold(in_words(view.short))
    wanted = wanted_items(view)
    until = db.now() + HOLD
    if checkout.items != wanted:
        let_go(checkout)
    try:
        with db.session().begin_nested():
            inventory.reserve(checkout.id, _wants(view.lines), until)
    except SoldOut as sold_out:
        left = dict(sold_out.items)
        raise CannotHold(in_words([line for line in view.lines if line.variant.id in left], left)) from sold_out
    inventory.extend(checkout.id, sellers_of(wanted), until)
    checkout.items, checkout.held_until, checkout.extensions = wanted, until, 0


def let_go(checkout: Checkout) -> None:
    """Give back what the checkout holds."""
    inventory.release(checkout.id, sellers_of(checkout.items))
    checkout.items = {}
    db.session().flush()


def keep(checkout: Checkout) -> Holding:
    """Before every look and step: hold again when the time is over or the cart changed. Never refuses; says what it found.

    What is overdue is given back first, so the stock is counted as everybody else sees it.
    """
    over, had_some = checkout.held_until <= db.now(), bool(checkout.items)
    if over:
        let_go(checkout)
    view = priced(checkout)
    if not over and wanted_items(view) == checkout.items:
        return Holding(view, True)
    try:
        hold(checkout, view)
    except CannotHold as refused:
        return Holding(view, False, refused.message)
    again = "The 10 minutes were over. Everything is still there, and it is held for you once more."
    return Holding(priced(checkout), True, again if over and had_some else "")


def extend(checkout: Checkout) -> None:
    """Ten more minutes, at most twice. Raises NoMoreTime, CannotHold."""
    held = keep(checkout)
    if not held.complete:
        raise CannotHold(held.words)
    if checkout.extensions >= MOST_EXTENSIONS:
        raise NoMoreTime(
            f"The time was extended {MOST_EXTENSIONS} times already, so others get a chance. Everything stays held"
            " until the clock runs out, and is held again after that if it is still there."
        )
    checkout.held_until += HOLD
    checkout.extensions += 1
    inventory.extend(checkout.id, sellers_of(checkout.items), checkout.held_until)


def wanted_items(view: CartView) -> dict[str, int]:
    return {held_key(line.item.seller_id, line.item.variant_id): line.item.quantity for line in view.lines}


def keep_until(checkout: Checkout, until: datetime) -> None:
    """Hold on for as long as the payment page is open."""
    inventory.extend(checkout.id, sellers_of(checkout.items), until)


def sellers_of(items: Iterable[str]) -> list[UUID]:
    return sorted({UUID(key.partition(":")[0]) for key in items}, key=str)


def _wants(lines: Sequence[Line]) -> list[Want]:
    return [
        Want(line.item.seller_id, line.item.variant_id, line.item.quantity) for line in lines if line.left is not None
    ]


def in_words(lines: Sequence[Line], left: dict[UUID, int] | None = None) -> str:
    """«Espresso cup is sold out. Only 2 of Saucer are left.»"""
    sentences = []
    for line in lines:
        units = (left or {}).get(line.variant.id, line.left or 0)
        name = line.item.title or line.product.title
        sentences.append(
            f"Only {units} of {name} {'is' if units == 1 else 'are'} left." if units > 0 else f"{name} is sold out."
        )
    return " ".join([*sentences, "Nothing was bought and nothing was charged."])
