"""Stripe's objects as plain facts. StripeObject is no dict, so each is turned into one first (STRIPE.md §0)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from app.core.money import exponent
from app.payments.gateway import AccountFacts, CheckoutFacts, DisputeFacts, PayoutFacts, RefundFacts

FAILED_INTENTS = ("requires_payment_method", "canceled")


def plain(thing: Any) -> dict[str, Any]:
    """A StripeObject, with everything inside it, as dicts and lists."""
    return thing.to_dict(recursive=True) if hasattr(thing, "to_dict") else dict(thing or {})


def checkout_facts(thing: Any) -> CheckoutFacts:
    doc = plain(thing)
    intent = _expanded(doc.get("payment_intent"))
    charge = _expanded(intent.get("latest_charge"))
    error = intent.get("last_payment_error") or {}
    unpaid = doc["status"] == "complete" and doc["payment_status"] == "unpaid"
    return CheckoutFacts(
        id=doc["id"],
        url=doc.get("url"),
        status=str(doc["status"]),
        payment_status=str(doc["payment_status"]),
        amount_minor=int(doc.get("amount_total") or 0),
        currency=str(doc.get("currency") or "").upper(),
        reference=str(doc.get("client_reference_id") or ""),
        payment_id=str((doc.get("metadata") or {}).get("payment_id") or ""),
        intent_id=intent.get("id"),
        charge_id=charge.get("id"),
        fee_minor=_fee(charge, str(doc.get("currency") or "").upper()),
        failed=unpaid and intent.get("status") in FAILED_INTENTS,
        failure=error.get("message"),
    )


def _expanded(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"id": value} if value else {}


def _fee(charge: Mapping[str, Any], currency: str) -> int:
    """Stripe's fee in the charge's currency; the balance may be kept in another one, at `exchange_rate`."""
    txn = _expanded(charge.get("balance_transaction"))
    fee, kept_in = int(txn.get("fee") or 0), str(txn.get("currency") or "").upper()
    if not fee or kept_in == currency or not txn.get("exchange_rate"):
        return fee
    main = Decimal(fee).scaleb(-exponent(kept_in)) / Decimal(str(txn["exchange_rate"]))
    return int(main.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_EVEN))


def account_facts(thing: Any) -> AccountFacts:
    doc = plain(thing)
    asked = doc.get("requirements") or {}
    dashboard = ((doc.get("controller") or {}).get("stripe_dashboard") or {}).get("type")
    return AccountFacts(
        id=doc["id"],
        country=str(doc.get("country") or ""),
        details_submitted=bool(doc.get("details_submitted")),
        charges_enabled=bool(doc.get("charges_enabled")),
        payouts_enabled=bool(doc.get("payouts_enabled")),
        transfers_active=(doc.get("capabilities") or {}).get("transfers") == "active",
        has_dashboard=dashboard == "express",
        requirements={
            "currently_due": list(asked.get("currently_due") or []),
            "past_due": list(asked.get("past_due") or []),
            "eventually_due": list(asked.get("eventually_due") or []),
            "pending_verification": list(asked.get("pending_verification") or []),
            "disabled_reason": asked.get("disabled_reason"),
            "deadline": asked.get("current_deadline"),
            "errors": [str(error.get("reason") or "") for error in asked.get("errors") or []],
        },
    )


def refund_facts(thing: Any) -> RefundFacts:
    doc = plain(thing)
    metadata = doc.get("metadata") or {}
    return RefundFacts(
        id=doc["id"],
        charge_id=str(_expanded(doc.get("charge")).get("id") or ""),
        amount_minor=int(doc["amount"]),
        currency=str(doc["currency"]).upper(),
        status=str(doc.get("status") or "pending"),
        reason=str(doc.get("reason") or ""),
        failure=doc.get("failure_reason") or doc.get("pending_reason"),
        ours=metadata.get("refund_id"),
        order=metadata.get("order_id"),
    )


def dispute_facts(thing: Any) -> DisputeFacts:
    doc = plain(thing)
    movements = [entry for entry in doc.get("balance_transactions") or [] if isinstance(entry, dict)]
    return DisputeFacts(
        id=doc["id"],
        charge_id=str(_expanded(doc.get("charge")).get("id") or ""),
        amount_minor=int(doc["amount"]),
        currency=str(doc["currency"]).upper(),
        status=str(doc["status"]),
        reason=str(doc.get("reason") or ""),
        evidence_due_at=moment((doc.get("evidence_details") or {}).get("due_by")),
        fee_minor=sum(int(entry.get("fee") or 0) for entry in movements),
    )


def payout_facts(thing: Any) -> PayoutFacts:
    doc = plain(thing)
    return PayoutFacts(
        id=doc["id"],
        amount_minor=int(doc["amount"]),
        currency=str(doc["currency"]).upper(),
        status=str(doc["status"]),
        arrives_at=moment(doc.get("arrival_date")),
        failure=doc.get("failure_message") or doc.get("failure_code"),
    )


def moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(int(seconds), UTC) if seconds else None
