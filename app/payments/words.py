"""What Stripe's names are called on pages. An unknown name shows itself, so a new one never breaks a page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Word = tuple[str, str]
"""Label and tone (good, info, warn, bad, neutral)."""

TRANSFERS: Mapping[str, Word] = {
    "promised": ("On its way", "info"),
    "sending": ("On its way", "info"),
    "held": ("Kept for you", "warn"),
    "sent": ("In your Stripe balance", "good"),
    "failed": ("Did not go through", "bad"),
    "void": ("Nothing left to send", "neutral"),
}
PAYOUTS: Mapping[str, Word] = {
    "pending": ("Planned", "info"),
    "in_transit": ("On its way to your bank", "info"),
    "paid": ("At your bank", "good"),
    "failed": ("Came back", "bad"),
    "canceled": ("Cancelled", "neutral"),
}
DISPUTES: Mapping[str, tuple[str, str, str]] = {
    "warning_needs_response": (
        "Question from the bank",
        "warn",
        "No money moved. Send Guildhall your side of it, or refund the order.",
    ),
    "warning_under_review": ("Question from the bank", "info", "No money moved. The bank is reading your answer."),
    "warning_closed": ("Question answered", "good", "Closed. No money moved."),
    "needs_response": (
        "Your answer is needed",
        "bad",
        "The bank took the money back for now. Send Guildhall in time what proves the sale: tracking, messages, pictures.",
    ),
    "under_review": (
        "With the bank",
        "info",
        "The bank is reading the evidence. The money is not yours until it decides.",
    ),
    "won": ("Won", "good", "The bank decided for you; your share came back."),
    "lost": ("Lost", "bad", "The bank decided for the buyer; the money stays with them."),
    "prevented": ("Prevented", "good", "It was stopped before it began. No money moved."),
}
REASONS: Mapping[str, str] = {
    "fraudulent": "The cardholder says they did not buy this",
    "product_not_received": "The buyer says nothing arrived",
    "product_unacceptable": "The buyer says it is not as described",
    "duplicate": "The buyer says they were charged twice",
    "credit_not_processed": "The buyer says a refund is missing",
    "subscription_canceled": "The buyer says they had cancelled",
    "unrecognized": "The cardholder does not recognise the charge",
    "general": "No reason given",
}
BOOKINGS: Mapping[str, str] = {
    "sale": "Sale",
    "transfer": "Sent to your Stripe balance",
    "refund": "Refund",
    "refund_failed": "Refund came back",
    "reversal": "Taken back from your Stripe balance",
    "receivable": "Owed to Guildhall",
    "receivable_settled": "No longer owed",
    "dispute": "Dispute",
    "dispute_won": "Dispute won",
    "dispute_fee": "Dispute fee",
    "payout": "Payout to your bank",
    "payout_failed": "Payout came back",
}
ACCOUNTS: Mapping[str, str] = {
    "clearing": "With Guildhall",
    "sales": "Sales",
    "delivery_income": "Delivery",
    "discounts": "Discounts",
    "commission": "Commission",
    "provider_fees": "Card fees",
    "refunds": "Refunds",
    "disputes": "Disputes",
    "stripe_balance": "Stripe balance",
    "bank": "Bank",
    "receivable": "Owed to Guildhall",
}
_ASKED = {
    "external_account": "a bank account for payouts",
    "tos_acceptance": "acceptance of Stripe's terms",
    "business_profile": "what you sell and where",
    "business_type": "whether you are a person or a company",
    "representative": "who runs the business",
    "individual": "your personal details",
    "person": "an identity document",
    "company": "details of the company",
    "owners": "who owns the company",
}


def asked_for(requirements: Mapping[str, Any]) -> list[str]:
    """What Stripe still wants, each thing once, in plain words."""
    names = [*(requirements.get("past_due") or []), *(requirements.get("currently_due") or [])]
    return list(
        dict.fromkeys(_ASKED.get(name.split(".")[0], name.replace("_", " ").replace(".", ": ")) for name in names)
    )


def deadline(requirements: Mapping[str, Any]) -> datetime | None:
    raw = requirements.get("deadline")
    return datetime.fromtimestamp(int(raw), UTC) if raw else None


def named(words: Mapping[str, Any], key: str) -> Any:
    """The words for a name, or the name itself made readable (a label, or a tuple shaped like the others)."""
    found = words.get(key)
    if found is not None:
        return found
    label, example = key.replace("_", " ").capitalize(), next(iter(words.values()))
    return label if isinstance(example, str) else (label, "neutral", "")[: len(example)]
