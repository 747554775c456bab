"""A paid order's money: booked once, and promised to its seller (or held until they can be paid)."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.errors import NotFound, Refused
from app.core.money import Money
from app.core.outbox import later
from app.payments import ledger, states
from app.payments.models import PaymentPart, SellerAccount, Transfer


class NotPaid(Refused):
    status = 409
    message = "The buyer's payment has not arrived, so no money was moved."


def book_sale(order_id: UUID, *, delivery: Money | None = None, discount: Money | None = None) -> bool:
    """Book a paid order in the open workspace and promise its transfer. False when that was done before. Raises NotPaid."""
    part = part_for(order_id, lock=True)
    if part.state != "paid":
        raise NotPaid
    zero = Money.zero(part.currency)
    if not ledger.book_sale(ledger.Sale(part, delivery or zero, discount or zero)):
        return False
    if part.net:
        promise_transfer(part, part.net, cause_id=None)
    return True


def part_for(order_id: UUID, *, lock: bool = False) -> PaymentPart:
    """The open workspace's part of the payment for an order. Raises NotFound."""
    statement = select(PaymentPart).where(PaymentPart.order_id == order_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    part = db.session().scalars(statement).one_or_none()
    if part is None:
        raise NotFound
    return part


def promise_transfer(part: PaymentPart, amount: Money, cause_id: UUID | None) -> Transfer:
    """Money that is the seller's: sent by a job, or held while their account cannot take it."""
    account = seller_account()
    state = "promised" if states.can_be_paid(account) else "held"
    transfer = db.add(
        Transfer(part_id=part.id, currency=amount.currency, amount_minor=amount.minor, cause_id=cause_id, state=state)
    )
    if state == "promised":
        ask_to_send(transfer)
    return transfer


def ask_to_send(transfer: Transfer, delay: timedelta | None = None) -> None:
    later("payments.send_transfer", delay=delay, workspace_id=transfer.workspace_id, transfer_id=transfer.id)


def seller_account() -> SellerAccount | None:
    """The open workspace's account with Stripe, if it ever connected one."""
    return db.session().scalars(select(SellerAccount)).one_or_none()
