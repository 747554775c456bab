"""What happens to an order when its payment moves. All of it may be called twice, and in any order."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.access import actions as access
from app.catalogue import actions as catalogue
from app.catalogue.models import Shop
from app.core import db
from app.core.actor import STRIPE, SYSTEM
from app.core.outbox import emit
from app.inventory import actions as inventory
from app.licences import actions as licences
from app.orders import states
from app.orders.actions.telling import tell_buyer_of_bank, tell_buyer_of_failure
from app.orders.events import OrderCancelled, OrderChanged, OrderPaid
from app.orders.models import Order, OrderLine
from app.orders.timeline import tell
from app.payments import actions as payments

BANK_TAKES = timedelta(days=14)


def mark_paid(order: Order) -> bool:
    """The money is here: sell the stock, open what was bought, book the sale. False when that was done before.

    An order that had ended meanwhile is not revived: its money goes back. So does that of an order whose hold was over
    when the payment became known, and whose things somebody else has by now (TRAPS T13, T14).
    """
    order = db.lock(order)
    if order.paid_at is not None:
        return False
    lines = states.lines_of(order)
    if order.state == "cancelled":
        return _give_money_back(order, "Paid after the order had ended")
    if not _hold_again(order, lines):
        _end_sold_out(order)
        return _give_money_back(order, "It sold out before your payment reached us")
    inventory.commit(STRIPE, order.group_id, order.id)
    order.state, order.payment_state, order.paid_at = "open", "paid", db.now()
    order.ship_by = _ship_by(order) if any(line.ships for line in lines) else None
    states.refresh(order, lines)
    catalogue.count_sold(states.units_of(lines))
    tell(order, "money", STRIPE, "Payment received", amount=order.total)
    _open(order, lines)
    payments.book_sale(order.id, delivery=order.money(order.delivery_minor), discount=order.money(order.discount_minor))
    emit(OrderPaid(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
    return True


def _open(order: Order, lines: Sequence[OrderLine]) -> None:
    """What is shipped opens buyers' rooms, as downloads do; files and keys are handed over for what was sold with them."""
    purchase = licences.Purchase(order.number, order.buyer_name, order.buyer_email)
    for line in lines:
        if line.product_id:
            grant = access.grant(
                order.buyer_id, line.product_id, line.variant_id, order.id, line.id, downloads=line.downloads
            )
            licences.issue(grant, line.quantity, purchase)


def _hold_again(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Take anew what ran out of its hold while the payment was on its way. False when it is sold out."""
    units: Counter[UUID] = Counter()
    for line in lines:
        if line.variant_id:
            units[line.variant_id] += line.quantity
    try:
        with db.session().begin_nested():
            inventory.hold_again(order.group_id, units, db.now() + BANK_TAKES)
    except inventory.SoldOut:
        return False
    return True


def _end_sold_out(order: Order) -> None:
    order.state, order.cancelled_at = "cancelled", db.now()
    inventory.release(order.group_id, [order.workspace_id])
    catalogue.release_discount(order.id)
    tell(order, "order", SYSTEM, "Sold out before the payment arrived, so the order ended", outcome="sold_out")
    ended = OrderCancelled(
        workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, reason="sold_out"
    )
    emit(ended)


def _give_money_back(order: Order, why: str) -> bool:
    """Paid, and nothing to be had for it: refund in full, automatically, and say so to both sides."""
    order.paid_at, order.payment_state = db.now(), "paid"
    tell(
        order,
        "money",
        STRIPE,
        "Payment arrived after the order had ended; it is being returned in full",
        amount=order.total,
    )
    payments.book_sale(order.id, delivery=order.money(order.delivery_minor), discount=order.money(order.discount_minor))
    if order.total:
        payments.promise_refund(
            SYSTEM,
            order.id,
            order.total,
            fee=order.money(order.fee_minor),
            lines=[],
            reason="requested_by_customer",
            note=why,
            restock=False,
        )
    _changed(order)
    return False


def _ship_by(order: Order) -> datetime:
    days = db.session().scalars(select(Shop.dispatch_days).where(Shop.id == order.shop_id)).one()
    return db.now() + timedelta(days=days)


def hold_for_bank(order: Order) -> None:
    """A delayed method: keep the stock while the bank decides, deliver nothing (TRAPS T10)."""
    order = db.lock(order)
    if order.paid_at is not None or order.payment_state == "processing" or order.state == "cancelled":
        return
    order.payment_state = "processing"
    _hold_again(order, states.lines_of(order))  # sold out now may be back when the bank has decided
    inventory.extend(order.group_id, [order.workspace_id], db.now() + BANK_TAKES)
    tell(order, "money", STRIPE, "The buyer's bank is still processing the payment")
    tell_buyer_of_bank(order)
    _changed(order)


def end_unpaid(order: Order, outcome: str) -> bool:
    """Over without money (expired, failed, cancelled): stock and discount go back. A paid order is left alone (TRAPS T12, T16)."""
    order = db.lock(order)
    if order.paid_at is not None or order.state == "cancelled":
        return False
    if order.payment_state == "processing":
        tell_buyer_of_failure(order)
    order.state, order.cancelled_at, order.payment_state = "cancelled", db.now(), "unpaid"
    inventory.release(order.group_id, [order.workspace_id])
    catalogue.release_discount(order.id)
    tell(order, "order", SYSTEM, _OUTCOMES.get(outcome, "Ended without payment"), outcome=outcome)
    emit(OrderCancelled(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, reason=outcome))
    return True


_OUTCOMES = {
    "expired": "The buyer left without paying; stock was released",
    "failed": "The payment failed; stock was released",
    "cancelled": "The buyer cancelled before paying; stock was released",
}


def _changed(order: Order) -> None:
    db.session().flush()
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
