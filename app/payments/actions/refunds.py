"""Refunds: promised in one transaction with the order, sent by a job, true when Stripe says so; a refund may fail later."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.core import audit, db
from app.core.actor import STRIPE, Actor
from app.core.errors import ProviderError, Refused
from app.core.money import Money
from app.core.outbox import emit, later
from app.payments import gateway, ledger
from app.payments.actions.reversals import give_back, take_back
from app.payments.actions.sales import NotPaid, part_for
from app.payments.events import RefundChanged
from app.payments.gateway import RefundFacts
from app.payments.models import Dispute, Payment, PaymentPart, Refund
from app.payments.shares import Share, share_of

RANK = {"promised": 0, "pending": 1, "succeeded": 2, "failed": 3, "canceled": 3}
UNDONE = ("failed", "canceled")
CONTESTED = ("needs_response", "under_review")


class RefundTooLarge(Refused):
    message = "At most {refundable} can still be refunded. No money was moved; choose a smaller amount."


class DisputeOpen(Refused):
    status = 409
    message = (
        "The buyer's bank is already taking this money back through a dispute, so a refund would pay twice. "
        "No money was moved; answer the dispute instead."
    )


def promise_refund(
    actor: Actor,
    order_id: UUID,
    amount: Money,
    *,
    fee: Money | None,
    lines: Sequence[Mapping[str, Any]],
    reason: str,
    note: str = "",
    restock: bool = False,
) -> Refund:
    """Promise money back from an order of the open workspace; Stripe is told by a job.

    `fee` is the commission to give back (None: in proportion). Raises NotPaid, DisputeOpen, RefundTooLarge.
    """
    part = _locked_with_payment(part_for(order_id))
    _check(part, amount)
    share = share_of(part, amount, fee)
    refund = _add(part, share, actor.name, reason=reason, note=note, lines=lines, restock=restock)
    audit.record(actor, "payments.promise_refund", refund, amount=amount, reason=reason)
    later("payments.send_refund", workspace_id=refund.workspace_id, refund_id=refund.id)
    emit(RefundChanged(refund_id=refund.id, order_id=order_id, state="promised", previous=""))
    return refund


def _check(part: PaymentPart, amount: Money) -> None:
    if part.state != "paid":
        raise NotPaid
    contested = select(Dispute.id).where(Dispute.part_id == part.id, Dispute.status.in_(CONTESTED))
    if db.session().scalars(contested).first():
        raise DisputeOpen
    if not 0 < amount.minor <= part.refundable.minor:
        raise RefundTooLarge(refundable=part.refundable)


def _add(part: PaymentPart, share: Share, actor_name: str, **fields: Any) -> Refund:
    """The row, and its amounts taken off what is left of part and payment."""
    refund = db.add(
        Refund(
            part_id=part.id,
            order_id=part.order_id,
            currency=part.currency,
            amount_minor=share.amount.minor,
            fee_minor=share.fee.minor,
            provider_fee_minor=share.provider_fee.minor,
            actor_name=actor_name,
            **{**fields, "lines": [dict(line) for line in fields.get("lines", [])]},
        )
    )
    _count(part, refund, +1)
    return refund


def _count(part: PaymentPart, refund: Refund, sign: int) -> None:
    part.refunded_minor += sign * refund.amount_minor
    part.fee_refunded_minor += sign * refund.fee_minor
    part.provider_fee_refunded_minor += sign * refund.provider_fee_minor
    db.session().flush()
    with db.system("count refund") as session:
        session.execute(
            update(Payment)
            .where(Payment.id == part.payment_id)
            .values(refunded_minor=Payment.refunded_minor + sign * refund.amount_minor)
        )


def send_refund(workspace_id: UUID, refund_id: UUID) -> str | None:
    """Tell Stripe, once: an earlier try that went through is found among the charge's refunds. Returns the state."""
    with db.workspace(workspace_id):
        refund, charge_id = _prepare(refund_id)
    if refund is None:
        return None
    provider = gateway.current()
    try:
        facts = next((one for one in provider.refunds_of(charge_id) if one.ours == str(refund_id)), None)
        facts = facts or provider.refund(
            charge_id,
            refund.amount_minor,
            refund.reason,
            refund.id,
            refund.order_id,
            key=f"refund:{refund.id}",
        )
    except ProviderError as error:
        if not error.permanent:
            raise
        with db.workspace(workspace_id):
            return _move(refund_id, "failed", None, str(error))
    with db.workspace(workspace_id):
        return record(refund_id, facts)


def _prepare(refund_id: UUID) -> tuple[Refund | None, str]:
    refund = db.find(Refund, refund_id)
    if refund is None or refund.state != "promised":
        return None, ""
    part = db.get(PaymentPart, refund.part_id)
    payment = db.session().scalars(select(Payment).where(Payment.id == part.payment_id)).one()
    return refund, payment.charge_id or ""


def record(refund_id: UUID, facts: RefundFacts) -> str:
    """Bring a refund of the open workspace to what Stripe says; a state never goes back, except that success may fail."""
    state = facts.status if facts.status in RANK else "pending"
    return _move(refund_id, state, facts.id, facts.failure)


def _move(refund_id: UUID, state: str, stripe_id: str | None, error: str | None) -> str:
    """Change the state with everything that hangs on it: ledger, transfer, what is left to refund."""
    part = _part_of(refund_id)
    refund = db.find(Refund, refund_id, lock=True)
    if refund is None or part is None:
        return state
    refund.stripe_refund_id = refund.stripe_refund_id or stripe_id
    previous = refund.state
    if RANK[state] <= RANK[previous]:
        return previous
    if previous == "promised" and state not in UNDONE:
        _accepted(part, refund)
    elif state in UNDONE:
        _undone(part, refund, accepted=previous != "promised")
    refund.state, refund.error = state, error
    db.session().flush()
    audit.record(STRIPE, "payments.refund_changed", refund, state=state, previous=previous)
    emit(RefundChanged(refund_id=refund.id, order_id=refund.order_id, state=state, previous=previous))
    return state


def _part_of(refund_id: UUID) -> PaymentPart | None:
    """The refund's part, locked before the refund itself."""
    known = db.find(Refund, refund_id)
    return _locked_with_payment(db.get(PaymentPart, known.part_id)) if known else None


def _locked_with_payment(part: PaymentPart) -> PaymentPart:
    """Payment, part, then what hangs on it: everybody locks in this order, so nobody waits in a circle."""
    with db.system("count refund") as session:
        session.execute(select(Payment.id).where(Payment.id == part.payment_id).with_for_update())
    return db.lock(part)


def _accepted(part: PaymentPart, refund: Refund) -> None:
    ledger.book_refund(refund)
    net = refund.amount_minor - refund.fee_minor - refund.provider_fee_minor
    take_back(part, Money(net, refund.currency), refund.id)


def _undone(part: PaymentPart, refund: Refund, *, accepted: bool) -> None:
    """The buyer did not get it: the seller is credited again, and it may be refunded anew."""
    _count(part, refund, -1)
    if accepted:
        ledger.undo_both(f"refund:{refund.id}", "refund_failed")
        give_back(part, refund.id)


def mirror_unknown(part: PaymentPart, amount: Money, facts: RefundFacts) -> Refund:
    """A refund made at Stripe itself, written into the open workspace. The part is locked by the caller."""
    refund = _add(
        part,
        share_of(part, amount),
        "Stripe dashboard",
        reason=facts.reason or "requested_by_customer",
        note="Made in the Stripe dashboard",
        stripe_refund_id=facts.id,
    )
    emit(RefundChanged(refund_id=refund.id, order_id=part.order_id, state="promised", previous=""))
    return refund


def refresh_refund(workspace_id: UUID, refund_id: UUID) -> str | None:
    """Read a refund that waits at Stripe again. Returns its state."""
    with db.workspace(workspace_id):
        refund = db.find(Refund, refund_id)
        part = db.get(PaymentPart, refund.part_id) if refund else None
        if refund is None or part is None:
            return None
        payment = db.session().scalars(select(Payment).where(Payment.id == part.payment_id)).one()
        charge_id, stripe_id = payment.charge_id or "", refund.stripe_refund_id
    facts = next((one for one in gateway.current().refunds_of(charge_id) if one.id == stripe_id), None)
    if facts is None:
        return None
    with db.workspace(workspace_id):
        return record(refund_id, facts)
