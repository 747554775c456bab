"""What happened at Stripe without us, brought home: refunds from its dashboard, disputes, payouts. Objects are read again first."""

from collections.abc import Sequence
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core import audit, db
from app.core.actor import STRIPE
from app.core.errors import ProviderError
from app.core.money import Money
from app.core.outbox import emit
from app.payments import gateway, ledger
from app.payments.actions.checkout import parts_of
from app.payments.actions.refunds import mirror_unknown, record
from app.payments.actions.reversals import give_back, take_back
from app.payments.actions.settling import settle
from app.payments.events import DisputeChanged
from app.payments.gateway import DisputeFacts, PayoutFacts, RefundFacts
from app.payments.models import Dispute, Payment, PaymentPart, Payout, Refund, SellerAccount
from app.payments.shares import share_of

log = structlog.get_logger()
DISPUTE_RANK = {
    "warning_needs_response": 0,
    "warning_under_review": 0,
    "needs_response": 1,
    "under_review": 2,
    "warning_closed": 3,
    "prevented": 3,
    "lost": 3,
    "won": 4,
}
CLOSED = ("won", "lost", "warning_closed", "prevented")
PAYOUT_RANK = {"pending": 0, "in_transit": 1, "paid": 2, "failed": 3, "canceled": 3}


def mirror_refunds(charge_id: str) -> int:
    """Bring every refund of a charge in line, ours and those made in the dashboard (T26, T29, T32). Returns how many there are."""
    _settle_first(charge_id)
    facts = gateway.current().refunds_of(charge_id)
    with db.system("mirror refunds"):
        payment = _payment_of(charge_id)
        if payment is None:
            log.warning("payments.unknown_charge", charge_id=charge_id)
            return 0
        for one in facts:
            _mirror_refund(payment, one)
    return len(facts)


def _settle_first(charge_id: str) -> None:
    """News about a charge may overtake the news of its payment: then that is brought in line first."""
    with db.system("mirror refunds") as session:
        if session.scalars(select(Payment.id).where(Payment.charge_id == charge_id)).first():
            return
    named = gateway.current().payment_of(charge_id)
    if named is None or not _is_id(named):
        return
    with db.system("mirror refunds"):
        known = db.find(Payment, UUID(named))
    if known is not None:
        settle(known.id)


def _payment_of(charge_id: str) -> Payment | None:
    """The payment of a charge, locked, so that one mirror works at a time."""
    return db.session().scalars(select(Payment).where(Payment.charge_id == charge_id).with_for_update()).one_or_none()


def _mirror_refund(payment: Payment, facts: RefundFacts) -> None:
    known = _known_refunds(payment, facts)
    if not known and facts.status not in ("failed", "canceled"):
        known = _write_unknown(payment, facts)
    for workspace_id, refund_id in known:
        with db.workspace(workspace_id):
            record(refund_id, facts)


def _known_refunds(payment: Payment, facts: RefundFacts) -> Sequence[tuple[UUID, UUID]]:
    """Our rows of a Stripe refund. Its metadata is believed only for a refund of this very payment (T49)."""
    ours = select(Refund.workspace_id, Refund.id).join(
        PaymentPart, (PaymentPart.workspace_id == Refund.workspace_id) & (PaymentPart.id == Refund.part_id)
    )
    ours = ours.where(PaymentPart.payment_id == payment.id).order_by(Refund.workspace_id)
    session = db.session()
    if _is_id(facts.ours) and (rows := session.execute(ours.where(Refund.id == UUID(facts.ours))).all()):
        return [(row.workspace_id, row.id) for row in rows]
    rows = session.execute(ours.where(Refund.stripe_refund_id == facts.id)).all()
    return [(row.workspace_id, row.id) for row in rows]


def _is_id(text: str | None) -> bool:
    try:
        return bool(text) and UUID(text) is not None
    except ValueError:
        return False


def _write_unknown(payment: Payment, facts: RefundFacts) -> list[tuple[UUID, UUID]]:
    """Share a dashboard refund among the sellers by what each can still give back, or to the one order it names."""
    parts = parts_of(payment)
    named = [part for part in parts if str(part.order_id) == facts.order]
    written = []
    for part, amount in _shared(named or parts, facts.amount_minor):
        with db.workspace(part.workspace_id):
            _need_sale(part)
            written.append((part.workspace_id, mirror_unknown(part, amount, facts).id))
    return written


def _shared(parts: Sequence[PaymentPart], amount_minor: int) -> list[tuple[PaymentPart, Money]]:
    """`amount_minor` over parts in proportion to what each has left, and never more than that."""
    room = sum(part.refundable.minor for part in parts)
    if not room:
        return []
    whole = Money(min(amount_minor, room), parts[0].currency)
    pieces = whole.split([part.refundable.minor for part in parts])
    return [(part, piece) for part, piece in zip(parts, pieces, strict=True) if piece]


def _need_sale(part: PaymentPart) -> None:
    """The order hears of its payment by a job; until it has booked the sale there is nothing to take back from."""
    if not ledger.booked(f"sale:{part.order_id}"):
        raise ProviderError("stripe", "the sale is not booked yet", permanent=False, retry_after=3)


# --- disputes
def mirror_dispute(dispute_id: str) -> str | None:
    """Bring a dispute in line: an inquiry moves nothing, a chargeback takes the sellers' shares, a won one returns them."""
    facts = gateway.current().dispute(dispute_id)
    _settle_first(facts.charge_id)
    with db.system("mirror dispute"):
        payment = _payment_of(facts.charge_id)
        if payment is None:
            log.warning("payments.unknown_charge", charge_id=facts.charge_id)
            return None
        for workspace_id, row_id in _dispute_rows(payment, facts):
            with db.workspace(workspace_id):
                _move_dispute(row_id, facts)
        _book_platform_share(payment, facts)
    return facts.status


def _dispute_rows(payment: Payment, facts: DisputeFacts) -> Sequence[tuple[UUID, UUID]]:
    known = db.session().execute(
        select(Dispute.workspace_id, Dispute.id)
        .where(Dispute.stripe_dispute_id == facts.id)
        .order_by(Dispute.workspace_id)
    )
    return [(row.workspace_id, row.id) for row in known] or _write_dispute(payment, facts)


def _write_dispute(payment: Payment, facts: DisputeFacts) -> list[tuple[UUID, UUID]]:
    """One row per seller, pro rata to what each has left of the payment (T37)."""
    written = []
    for part, amount in _shared(parts_of(payment), facts.amount_minor):
        with db.workspace(part.workspace_id):
            row = db.add(
                Dispute(
                    part_id=part.id,
                    order_id=part.order_id,
                    stripe_dispute_id=facts.id,
                    currency=part.currency,
                    amount_minor=amount.minor,
                    status="",
                    reason=facts.reason,
                )
            )
            written.append((part.workspace_id, row.id))
    return written


def _move_dispute(row_id: UUID, facts: DisputeFacts) -> None:
    row = db.get(Dispute, row_id)
    part = db.find(PaymentPart, row.part_id, lock=True)
    row, previous = db.lock(row), row.status
    if part is None or DISPUTE_RANK.get(facts.status, 1) < DISPUTE_RANK.get(previous, 0):
        return
    row.status, row.reason, row.evidence_due_at = facts.status, facts.reason, facts.evidence_due_at
    row.closed_at = (row.closed_at or db.now()) if facts.status in CLOSED else None
    if facts.money_moved and not row.money_moved:
        _taken(part, row)
    elif row.money_moved and not facts.money_moved:
        _restored(part, row)
    if previous != facts.status:
        audit.record(STRIPE, "payments.dispute_changed", row, status=facts.status, previous=previous)
        emit(DisputeChanged(dispute_id=row.id, order_id=row.order_id, status=facts.status, previous=previous))


def _taken(part: PaymentPart, row: Dispute) -> None:
    _need_sale(part)
    share = share_of(part, Money(min(row.amount_minor, part.refundable.minor), row.currency))
    row.amount_minor, row.money_moved = share.amount.minor, True
    row.fee_minor, row.provider_fee_minor = share.fee.minor, share.provider_fee.minor
    _count(part, row, +1)
    ledger.book_dispute(row)
    take_back(part, share.net, row.id)


def _restored(part: PaymentPart, row: Dispute) -> None:
    row.money_moved = False
    _count(part, row, -1)
    ledger.undo_both(f"dispute:{row.id}", "dispute_won")
    give_back(part, row.id)


def _count(part: PaymentPart, row: Dispute, sign: int) -> None:
    part.disputed_minor += sign * row.amount_minor
    part.fee_refunded_minor += sign * row.fee_minor
    part.provider_fee_refunded_minor += sign * row.provider_fee_minor
    db.session().flush()


def _book_platform_share(payment: Payment, facts: DisputeFacts) -> None:
    """What the bank took beyond the sellers' shares, and Stripe's fee for the dispute, are the platform's."""
    shares = select(Dispute.amount_minor).where(Dispute.stripe_dispute_id == facts.id)
    excess = facts.amount_minor - sum(db.session().scalars(shares))
    key = f"dispute_excess:{facts.id}"
    with db.workspace(db.PLATFORM):
        if facts.fee_minor:
            entries = {"provider_fees": facts.fee_minor, "stripe_balance": -facts.fee_minor}
            ledger.book("dispute_fee", f"dispute_fee:{facts.id}", payment.currency, entries)
        if facts.money_moved and excess > 0:
            ledger.book("dispute", key, payment.currency, {"disputes": excess, "stripe_balance": -excess})
        elif facts.status == "won":
            ledger.undo(key, "dispute_won")


# --- payouts
def mirror_payout(account_id: str, payout_id: str) -> str | None:
    """Bring a payout of a seller's account in line. The tenant is found by the account, never by what an event says (T49)."""
    with db.system("mirror payout") as session:
        workspace_id = session.scalars(
            select(SellerAccount.workspace_id).where(SellerAccount.stripe_account_id == account_id)
        ).one_or_none()
    if workspace_id is None:
        log.warning("payments.unknown_account", account_id=account_id)
        return None
    facts = gateway.current().payout(account_id, payout_id)
    with db.workspace(workspace_id):
        return _move_payout(facts)


def _move_payout(facts: PayoutFacts) -> str:
    account = db.session().scalars(select(SellerAccount).with_for_update()).one()
    found = db.session().scalars(select(Payout).where(Payout.stripe_payout_id == facts.id)).one_or_none()
    payout = found or db.add(
        Payout(stripe_payout_id=facts.id, currency=facts.currency, amount_minor=facts.amount_minor, status="pending")
    )
    if PAYOUT_RANK.get(facts.status, 0) < PAYOUT_RANK.get(payout.status, 0):
        return payout.status
    payout.status, payout.arrives_at, payout.failure = facts.status, facts.arrives_at, facts.failure
    db.session().flush()
    if facts.status == "paid":
        ledger.book_payout(payout)
    elif facts.status in ("failed", "canceled"):
        ledger.unbook_payout(payout)
    audit.record(STRIPE, "payments.payout_changed", account, payout=facts.id, status=facts.status)
    return facts.status
