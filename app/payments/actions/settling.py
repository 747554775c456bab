"""Settling: read the hosted page again and bring the payment to where it is. Webhook, success page and reconciliation all do this."""

from uuid import UUID

import structlog

from app.core import db
from app.core.errors import NotFound, ProviderError
from app.core.outbox import emit
from app.payments import gateway
from app.payments.actions.checkout import OVER, end, mark_paid
from app.payments.events import PaymentProcessing
from app.payments.gateway import CheckoutFacts
from app.payments.models import Payment

log = structlog.get_logger()


def settle(payment_id: UUID, session_id: str | None = None) -> str:
    """Ask Stripe how the payment's page stands and move the state; any number of times, at the same time, in any order.

    `session_id` helps when the page's id was lost between Stripe and us; it is taken only if the page says it is for
    this payment. Returns the state. Raises ProviderError, NotFound.
    """
    with db.system("settle payment"):
        payment = db.find(Payment, payment_id)
        if payment is None:
            raise NotFound
        known, state = payment.session_id or session_id, payment.state
    if known is None or state in ("paid", "flagged"):
        return state
    facts = gateway.current().checkout(known)
    with db.system("settle payment"):
        return _apply(payment_id, facts, "expired")


def close_checkout(payment_id: UUID) -> str:
    """Close an open page on the buyer's wish. A payment that was quicker stands."""
    with db.system("close checkout"):
        payment = db.find(Payment, payment_id)
        session_id = payment.session_id if payment and payment.state == "open" else None
    if session_id is None:
        return settle(payment_id)
    provider = gateway.current()
    try:
        provider.close_checkout(session_id)
    except ProviderError as error:
        if not error.permanent:
            raise
        log.info("payments.page_already_closed", payment_id=str(payment_id), code=error.remote_code)
    facts = provider.checkout(session_id)
    with db.system("close checkout"):
        return _apply(payment_id, facts, "cancelled")


def _apply(payment_id: UUID, facts: CheckoutFacts, outcome: str) -> str:
    payment = db.find(Payment, payment_id, lock=True)
    if payment is None:
        raise NotFound
    payment.checked_at = db.now()
    if payment.state in ("paid", "flagged"):
        return payment.state
    wrong = _mismatch(payment, facts)
    if wrong:
        return _flag(payment, facts, wrong)
    payment.session_id = payment.session_id or facts.id
    _move(payment, facts, outcome)
    db.session().flush()
    return payment.state


def _move(payment: Payment, facts: CheckoutFacts, outcome: str) -> None:
    """Paid wins over everything, also over an end that we believed in: the order then gives the money back (T14)."""
    if facts.status == "complete" and facts.payment_status != "unpaid":
        mark_paid(payment, facts)
    elif payment.state in OVER:
        return
    elif facts.status == "expired":
        end(payment, outcome)
    elif facts.status == "complete" and facts.failed:
        end(payment, "failed", facts.failure)
    elif facts.status == "complete" and payment.state != "processing":
        payment.state, payment.intent_id = "processing", facts.intent_id
        emit(PaymentProcessing(payment_id=payment.id, reference_id=payment.reference_id))


def _mismatch(payment: Payment, facts: CheckoutFacts) -> str | None:
    """What the page says otherwise than we asked for, in words (T15)."""
    checks = {
        "another payment": facts.payment_id == str(payment.id),
        "another reference": facts.reference == str(payment.reference_id),
        "another page": payment.session_id in (None, facts.id),
        f"{facts.amount_minor} instead of {payment.amount_minor}": facts.amount_minor == payment.amount_minor,
        f"{facts.currency} instead of {payment.currency}": facts.currency == payment.currency,
    }
    return next((words for words, fits in checks.items() if not fits), None)


def _flag(payment: Payment, facts: CheckoutFacts, wrong: str) -> str:
    """A page that is not ours by its own words cannot flag our payment; one that is ours but differs needs a person."""
    log.error("payments.mismatch", payment_id=str(payment.id), session_id=facts.id, wrong=wrong)
    if facts.id == payment.session_id or (payment.session_id is None and facts.payment_id == str(payment.id)):
        payment.state, payment.error = "flagged", f"Stripe's page says {wrong}"
        payment.intent_id, payment.charge_id = facts.intent_id, facts.charge_id
    return payment.state
