"""Stripe's messages are hints: each asks for a job that reads the object again, in the same transaction that marks it handled."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core import db, settings
from app.core.outbox import later
from app.payments import gateway
from app.payments.models import Payment

log = structlog.get_logger()
Body = dict[str, Any]

SESSION_EVENTS = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
)
REFUND_EVENTS = ("refund.created", "refund.updated", "refund.failed", "charge.refund.updated")
DISPUTE_EVENTS = (
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)
ACCOUNT_EVENTS = ("account.updated", "capability.updated")
PAYOUT_EVENTS = ("payout.created", "payout.updated", "payout.paid", "payout.failed", "payout.canceled")
DEAUTHORISED = "account.application.deauthorized"
INTENT_EVENTS = ("payment_intent.succeeded",)

ACCOUNT_ENDPOINT = (*SESSION_EVENTS, *INTENT_EVENTS, "charge.refunded", *REFUND_EVENTS, *DISPUTE_EVENTS)
"""What the endpoint /webhooks/stripe has to be subscribed to; the self-check compares (T50)."""
CONNECT_ENDPOINT = (*ACCOUNT_EVENTS, DEAUTHORISED, *PAYOUT_EVENTS)
"""The same for /webhooks/stripe-connect."""


def missing_subscriptions() -> dict[str, list[str]]:
    """Webhook address → events that Stripe is not asked to send there although we act on them (T50). Empty is good."""
    asked = gateway.current().subscriptions()
    missing = {}
    for path, wanted in (("/webhooks/stripe", ACCOUNT_ENDPOINT), ("/webhooks/stripe-connect", CONNECT_ENDPOINT)):
        address = settings.current().app_url + path
        sent = asked.get(address, set())
        if "*" not in sent and (lacking := sorted(set(wanted) - sent)):
            missing[address] = lacking
    return missing


def apply_stripe(event: Body) -> None:
    """An event of the platform's own account (system scope). Unknown types and objects are let be (T51)."""
    kind, found = str(event.get("type")), _object(event)
    if _other_mode(event):
        return
    handler = _ACCOUNT.get(kind)
    if handler is None:
        log.info("stripe.event_without_meaning", kind=kind, id=event.get("id"))
        return
    handler(found)


def apply_connect(event: Body) -> None:
    """An event of a seller's account; its `account` names the tenant (T49)."""
    kind, found, account = str(event.get("type")), _object(event), event.get("account")
    if _other_mode(event) or not isinstance(account, str):
        return
    if kind in ACCOUNT_EVENTS:
        later("payments.refresh_account", stripe_account_id=account)
    elif kind == DEAUTHORISED:
        later("payments.disconnect_account", stripe_account_id=account)
    elif kind in PAYOUT_EVENTS and isinstance(found.get("id"), str):
        later("payments.mirror_payout", stripe_account_id=account, payout_id=found["id"])
    else:
        log.info("stripe.event_without_meaning", kind=kind, id=event.get("id"))


def _object(event: Body) -> Body:
    data = event.get("data")
    found = data.get("object") if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def _other_mode(event: Body) -> bool:
    """A test event at a live endpoint (or the other way round) is acknowledged and has no effect (T48)."""
    live = "_live_" in settings.current().stripe_secret_key
    if bool(event.get("livemode")) == live:
        return False
    log.warning("stripe.other_mode", id=event.get("id"), livemode=event.get("livemode"))
    return True


def _session(found: Body) -> None:
    """Our payment by the page's id, or, when that was not written yet, by what its metadata says (T4); settling checks it."""
    session_id = found.get("id")
    payment_id = _by(Payment.session_id == session_id) or _by_metadata(found)
    if payment_id is not None and isinstance(session_id, str):
        later("payments.settle", payment_id=payment_id, session_id=session_id)
    else:
        log.warning("stripe.unknown_session", session_id=session_id)


def _intent(found: Body) -> None:
    payment_id = _by(Payment.intent_id == found.get("id")) or _by_metadata(found)
    if payment_id is not None:
        later("payments.settle", payment_id=payment_id)


def _by(condition: Any) -> UUID | None:
    return db.session().scalars(select(Payment.id).where(condition)).one_or_none()


def _by_metadata(found: Body) -> UUID | None:
    metadata = found.get("metadata")
    raw = str(metadata.get("payment_id", "")) if isinstance(metadata, dict) else ""
    try:
        return _by(Payment.id == UUID(raw))
    except ValueError:
        return None


def _refund(found: Body) -> None:
    _about_charge(found.get("charge"), "payments.mirror_refunds")


def _charge(found: Body) -> None:
    _about_charge(found.get("id"), "payments.mirror_refunds")


def _about_charge(charge_id: Any, job: str) -> None:
    if isinstance(charge_id, str):
        later(job, charge_id=charge_id)


def _dispute(found: Body) -> None:
    if isinstance(found.get("id"), str):
        later("payments.mirror_dispute", dispute_id=found["id"])


_ACCOUNT: dict[str, Callable[[Body], None]] = {
    **dict.fromkeys(SESSION_EVENTS, _session),
    **dict.fromkeys(INTENT_EVENTS, _intent),
    **dict.fromkeys(REFUND_EVENTS, _refund),
    "charge.refunded": _charge,
    **dict.fromkeys(DISPUTE_EVENTS, _dispute),
}
