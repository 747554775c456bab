"""Holding an order back, letting it go, and the team's own words on it."""

from collections.abc import Iterable

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.orders.actions.refunding import changed
from app.orders.models import Order
from app.orders.timeline import tell

LONGEST_TAG, MOST_TAGS = 30, 20


class CannotHold(Refused):
    status = 409
    message = "Only an open order can be put on hold; this one is finished, cancelled or not paid. Nothing was changed."


def hold(actor: Actor, order: Order, reason: str) -> None:
    """Nothing is sent until it is released. Raises CannotHold, or Refused without a reason."""
    reason = " ".join(reason.split())
    if not reason or len(reason) > 200:
        raise Refused("Say in up to 200 characters why it waits. Nothing was changed.", field="reason")
    order = db.lock(order)
    if order.state != "open":
        raise CannotHold
    if order.held_at is not None and order.hold_reason == reason:
        return
    order.held_at, order.hold_reason = order.held_at or db.now(), reason
    tell(order, "order", actor, f"Put on hold: {reason}")
    audit.record(actor, "orders.hold", order, reason=reason)
    changed(order)


def release(actor: Actor, order: Order) -> None:
    """Let it be sent again. Releasing what is not held changes nothing."""
    order = db.lock(order)
    if order.held_at is None:
        return
    order.held_at, order.hold_reason = None, ""
    tell(order, "order", actor, "Released from hold")
    audit.record(actor, "orders.release", order)
    changed(order)


def tag(actor: Actor, order: Order, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
    """Add and remove words. Raises Refused for a word that is too long, or when there would be more than 20."""
    order = db.lock(order)
    wanted = {clean_tag(word) for word in add} - {""}
    after = sorted((set(order.tags) | wanted) - {clean_tag(word) for word in remove})
    if len(after) > MOST_TAGS:
        raise Refused(f"An order has at most {MOST_TAGS} tags. Nothing was changed.", field="tag")
    if after == order.tags:
        return
    told = [f"+{word}" for word in after if word not in order.tags]
    told += [f"−{word}" for word in order.tags if word not in after]
    order.tags = after
    tell(order, "order", actor, f"Tags: {', '.join(told)}")
    audit.record(actor, "orders.tag", order, tags=after)
    changed(order)


def clean_tag(word: str) -> str:
    """Lower case, single spaces, no commas. Raises Refused when longer than 30 characters."""
    word = " ".join(word.replace(",", " ").lower().split())
    if len(word) > LONGEST_TAG:
        raise Refused(f"A tag has at most {LONGEST_TAG} characters. Nothing was changed.", field="tag")
    return word
