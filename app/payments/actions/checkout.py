"""A payment from its start to its hosted page: written with the orders, opened by a job, closed when nobody wants it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.core import db, settings
from app.core.errors import NotFound, ProviderError, Refused
from app.core.ids import new_id
from app.core.money import Money
from app.core.outbox import emit, later
from app.payments import gateway
from app.payments.events import PaymentEnded, PaymentOpened, PaymentPaid
from app.payments.gateway import CheckoutFacts, CheckoutRequest
from app.payments.models import Payment, PaymentPart

SHORTEST, LONGEST = timedelta(minutes=31), timedelta(hours=23, minutes=55)
KEY_LIVES = timedelta(hours=23)
OVER = ("expired", "failed", "cancelled")


class PaymentOver(Refused):
    status = 409
    message = "This payment is over, and nothing was charged. Your cart is kept: check out again to pay."


@dataclass(frozen=True)
class PartRequest:
    """One seller's share of a payment; `fee` is the platform's commission on it."""

    workspace_id: UUID
    order_id: UUID
    amount: Money
    fee: Money


def start(
    buyer_id: UUID,
    reference_id: UUID,
    email: str,
    currency: str,
    parts: Sequence[PartRequest],
    lines: Sequence[Mapping[str, Any]],
    expires_at: datetime,
) -> Payment:
    """Promise a payment; its page is opened by a job. A total of zero is paid at once.

    `lines` are {name, amount_minor, quantity}; raises ValueError when they do not sum to the parts.
    """
    total = sum(part.amount.minor for part in parts)
    if total != sum(int(line["amount_minor"]) * int(line["quantity"]) for line in lines):
        raise ValueError("the lines that the buyer sees do not sum to the parts")
    with db.system("start payment"):
        payment = db.add(
            Payment(
                buyer_id=buyer_id,
                reference_id=reference_id,
                email=email,
                currency=currency,
                amount_minor=total,
                lines=[dict(line) for line in lines],
                expires_at=expires_at,
            )
        )
        for part in parts:
            _add_part(payment, part)
        if total:
            later("payments.open_checkout", payment_id=payment.id)
        else:
            mark_paid(payment, None)
    return payment


def _add_part(payment: Payment, part: PartRequest) -> None:
    with db.workspace(part.workspace_id):
        db.add(
            PaymentPart(
                id=new_id(),
                payment_id=payment.id,
                order_id=part.order_id,
                currency=payment.currency,
                amount_minor=part.amount.minor,
                fee_minor=part.fee.minor,
            )
        )


def mark_paid(payment: Payment, facts: CheckoutFacts | None) -> None:
    """The money is here: tell it once, with Stripe's fee shared among the sellers. The payment row is locked by the caller."""
    payment.state, payment.paid_at, payment.error = "paid", db.now(), None
    if facts is not None:
        payment.intent_id, payment.charge_id = facts.intent_id, facts.charge_id
        payment.provider_fee_minor = facts.fee_minor
    parts = parts_of(payment)
    for part, share in zip(parts, _fee_shares(payment, parts), strict=True):
        part.state, part.provider_fee_minor = "paid", share
    db.session().flush()
    emit(PaymentPaid(payment_id=payment.id, reference_id=payment.reference_id))


def _fee_shares(payment: Payment, parts: Sequence[PaymentPart]) -> list[int]:
    if not payment.provider_fee_minor or not payment.amount_minor:
        return [0] * len(parts)
    fee = Money(payment.provider_fee_minor, payment.currency)
    return [share.minor for share in fee.split([part.amount_minor for part in parts])]


def parts_of(payment: Payment) -> list[PaymentPart]:
    """Every seller's part, in a fixed order (system scope)."""
    statement = select(PaymentPart).where(PaymentPart.payment_id == payment.id)
    return list(db.session().scalars(statement.order_by(PaymentPart.workspace_id, PaymentPart.id).with_for_update()))


def end(payment: Payment, outcome: str, error: str | None = None) -> None:
    """Over without money. The payment row is locked by the caller."""
    payment.state, payment.error, payment.session_url = outcome, error, None
    for part in parts_of(payment):
        part.state = "ended"
    db.session().flush()
    emit(PaymentEnded(payment_id=payment.id, reference_id=payment.reference_id, outcome=outcome))


# --- the hosted page
def open_checkout(payment_id: UUID) -> None:
    """Make the hosted page, once per payment: same key after an unknown outcome, a look-up when the key may be forgotten."""
    request, forgotten = _prepare(payment_id)
    if request is None:
        return
    provider = gateway.current()
    found = provider.find_checkout(request.email, payment_id, forgotten) if forgotten else None
    try:
        facts = found or provider.open_checkout(request, key=str(payment_id))
    except ProviderError as error:
        if error.permanent:
            _could_not_open(payment_id, error)
        raise
    if not _opened(payment_id, facts):
        provider.close_checkout(facts.id)


def _prepare(payment_id: UUID) -> tuple[CheckoutRequest | None, datetime | None]:
    """What to ask for, written down before asking; and since when to look for an earlier try, if its key may be gone."""
    with db.system("open checkout"):
        payment = _locked(payment_id)
        if payment.state != "pending" or payment.session_id:
            return None, None
        tried = payment.session_expires_at is not None
        if payment.session_expires_at is None or payment.session_expires_at < _clock():
            payment.session_expires_at = _session_end(payment.expires_at)
        forgotten = payment.created_at if tried and payment.created_at < db.now() - KEY_LIVES else None
        return _request(payment), forgotten


def _session_end(wanted: datetime) -> datetime:
    """Stripe takes 30 minutes to 24 hours from its own now."""
    return min(max(wanted, _clock() + SHORTEST), _clock() + LONGEST).replace(microsecond=0)


def _clock() -> datetime:
    """The wall clock: what Stripe compares with, also while the demo's past is written."""
    return datetime.now(UTC)


def _request(payment: Payment) -> CheckoutRequest:
    place = f"{settings.current().app_url}/checkout/{payment.reference_id}"
    return CheckoutRequest(
        payment_id=payment.id,
        reference_id=payment.reference_id,
        email=payment.email,
        currency=payment.currency,
        lines=payment.lines,
        expires_at=payment.session_expires_at or payment.expires_at,
        success_url=f"{place}/done?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{place}/back",
    )


def _could_not_open(payment_id: UUID, error: ProviderError) -> None:
    with db.system("open checkout"):
        payment = _locked(payment_id)
        if payment.state == "pending":
            end(payment, "failed", str(error))


def _opened(payment_id: UUID, facts: CheckoutFacts) -> bool:
    """Keep the page's address. False when nobody wants it any more."""
    with db.system("open checkout"):
        payment = _locked(payment_id)
        if payment.state in OVER:
            return False
        if payment.session_id is None:
            payment.session_id, payment.session_url = facts.id, facts.url
        if payment.state == "pending":
            payment.state = "open"
            emit(PaymentOpened(payment_id=payment.id, reference_id=payment.reference_id))
        return True


def _locked(payment_id: UUID) -> Payment:
    payment = db.find(Payment, payment_id, lock=True)
    if payment is None:
        raise NotFound
    return payment


# --- asked by the buyer
def reopen(payment: Payment) -> Payment:
    """The payment to go on with: an open page is used again, one that is still missing is asked for again.

    Raises PaymentOver when it has ended (a paid or processing payment is simply given back).
    """
    with db.system("reopen payment"):
        payment = _locked(payment.id)
        if payment.state in OVER:
            raise PaymentOver
        if payment.state == "pending":
            later("payments.open_checkout", payment_id=payment.id)
        return payment


def cancel(payment: Payment) -> None:
    """The buyer does not want to pay any more. A page that is open is closed first, so that nobody can pay it later."""
    with db.system("cancel payment"):
        payment = _locked(payment.id)
        if payment.session_id and payment.state == "open":
            later("payments.close_checkout", payment_id=payment.id)
        elif payment.state == "pending":
            end(payment, "cancelled")


def move_buyer(reference_id: UUID, buyer_id: UUID) -> None:
    """A guest's payment becomes a person's (orders found out that they are the same)."""
    with db.system("claim payment") as session:
        session.execute(update(Payment).where(Payment.reference_id == reference_id).values(buyer_id=buyer_id))
