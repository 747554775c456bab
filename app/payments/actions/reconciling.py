"""What nobody told us: a sweep over everything that is not settled, and a look into Stripe's own list of events."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, extract, func, or_, select

from app.core import db, inbox
from app.core.inbox import InboundEvent
from app.core.outbox import later
from app.payments import gateway
from app.payments.actions.evidence import ANSWERABLE
from app.payments.actions.receipts import ACCOUNT_ENDPOINT, CONNECT_ENDPOINT
from app.payments.models import Dispute, Payment, Refund, SellerAccount, Transfer, TransferReversal

AT_ONCE = 200
YOUNG = timedelta(minutes=1)
STUCK = timedelta(minutes=5)
KEPT = timedelta(days=30)
OVERLAP = timedelta(hours=1)


def reconcile() -> int:
    """Ask again about every payment, refund, transfer, reversal and receipt that should be further by now. Returns how many.

    Asking is free of effects: each job looks before it acts. A slot per row keeps two sweeps from asking twice.
    """
    slot = db.now().strftime("%Y%m%d%H%M")
    with db.system("reconcile"):
        return sum(
            _ask(job, f"reconcile:{job}:{key}:{slot}", arguments)
            for job, key, arguments in [
                *_payments(),
                *_refunds(),
                *_transfers(),
                *_reversals(),
                *_evidence(),
                *_receipts(),
            ]
        )


def _ask(job: str, dedupe_key: str, arguments: dict[str, Any]) -> int:
    later(job, dedupe_key=dedupe_key, **arguments)
    return 1


Work = Iterator[tuple[str, UUID, dict[str, Any]]]


def _payments() -> Work:
    """Open ones are asked about more rarely the older they get: every minute at first, every ten minutes at most."""
    now = db.now()
    age, asked = extract("epoch", now - Payment.created_at), extract("epoch", now - Payment.checked_at)
    statement = (
        select(Payment.id, Payment.session_id)
        .where(
            Payment.state.in_(("pending", "open", "processing")),
            Payment.created_at < now - YOUNG,
            or_(Payment.checked_at.is_(None), asked > func.least(func.greatest(age / 4, 60), 600)),
        )
        .order_by(Payment.checked_at.nulls_first())
        .limit(AT_ONCE)
    )
    for payment_id, session_id in db.session().execute(statement):
        yield "payments.settle" if session_id else "payments.open_checkout", payment_id, {"payment_id": payment_id}


def _refunds() -> Work:
    old = db.now() - STUCK
    statement = select(Refund.workspace_id, Refund.id, Refund.state).where(
        Refund.state.in_(("promised", "pending")), Refund.created_at < old
    )
    for workspace_id, refund_id, state in db.session().execute(statement.order_by(Refund.id).limit(AT_ONCE)):
        job = "payments.send_refund" if state == "promised" else "payments.refresh_refund"
        yield job, refund_id, {"workspace_id": workspace_id, "refund_id": refund_id}


def _transfers() -> Work:
    statement = select(Transfer.workspace_id, Transfer.id).where(
        Transfer.state.in_(("promised", "sending")), Transfer.created_at < db.now() - STUCK
    )
    for workspace_id, transfer_id in db.session().execute(statement.order_by(Transfer.id).limit(AT_ONCE)):
        yield "payments.send_transfer", transfer_id, {"workspace_id": workspace_id, "transfer_id": transfer_id}


def _reversals() -> Work:
    """What a seller owes is tried again every hour; what was only promised or never answered, now."""
    now = db.now()
    due = ("promised", "sending", "failed") if now.minute == 0 else ("promised", "sending")
    statement = select(TransferReversal.workspace_id, TransferReversal.id).where(
        TransferReversal.state.in_(due), TransferReversal.created_at < now - STUCK
    )
    for workspace_id, reversal_id in db.session().execute(statement.order_by(TransferReversal.id).limit(AT_ONCE)):
        yield "payments.take_back", reversal_id, {"workspace_id": workspace_id, "reversal_id": reversal_id}


def _evidence() -> Work:
    """Answers that were handed in and are not at the bank: because somebody else's part is missing, or by mishap."""
    statement = (
        select(Dispute.stripe_dispute_id, func.min(cast(Dispute.id, String)))
        .where(
            Dispute.evidence_given_at.is_not(None),
            Dispute.evidence_sent_at.is_(None),
            Dispute.evidence_error == "",
            Dispute.status.in_(ANSWERABLE),
        )
        .group_by(Dispute.stripe_dispute_id)
    )
    for stripe_id, row_id in db.session().execute(statement.limit(AT_ONCE)):
        yield "payments.send_evidence", UUID(row_id), {"stripe_dispute_id": stripe_id}


def _receipts() -> Work:
    statement = select(InboundEvent.id).where(
        InboundEvent.handled_at.is_(None),
        InboundEvent.source.in_(("stripe", "stripe-connect")),
        InboundEvent.received_at < db.now() - YOUNG,
    )
    for (inbound_id,) in db.session().execute(statement.order_by(InboundEvent.received_at).limit(AT_ONCE)):
        yield "webhooks.apply", inbound_id, {"inbound_id": inbound_id}


# --- Stripe's own list of events
def backfill() -> int:
    """Take in the events that never reached us, from Stripe's list (it keeps 30 days). Returns how many were listed."""
    count = _take_in("stripe", None, ACCOUNT_ENDPOINT)
    for account_id in _accounts():
        count += _take_in("stripe-connect", account_id, CONNECT_ENDPOINT)
    return count


def _accounts() -> list[str]:
    with db.system("backfill events") as session:
        found = session.scalars(
            select(SellerAccount.stripe_account_id).where(
                SellerAccount.stripe_account_id.is_not(None), SellerAccount.state != "deauthorised"
            )
        )
        return [account_id for account_id in found if account_id]


def _take_in(source: str, account_id: str | None, kinds: tuple[str, ...]) -> int:
    count = 0
    for event in gateway.current().events_since(_since(source), account_id):
        if event.get("type") not in kinds:
            continue
        body = {**event, "account": account_id} if account_id else event
        with db.system("backfill events"):
            inbox.receive(source, str(event["id"]), str(event["type"]), body, json.dumps(body).encode())
        count += 1
    return count


def _since(source: str) -> datetime:
    """An hour before the newest receipt of this source: deliveries overtake each other, receipts do not repeat."""
    with db.system("backfill events") as session:
        newest = session.scalar(select(func.max(InboundEvent.received_at)).where(InboundEvent.source == source))
    oldest = db.now() - KEPT
    return max(newest - OVERLAP, oldest) if newest else oldest
