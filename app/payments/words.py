"""What Stripe's names are called on pages. An unknown name shows itself, so a new one never breaks a page."""

from collections.abc import Mapping
from typing import Any

from app.payments.evidence import KINDS

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
EVIDENCE: Mapping[str, str] = {
    "open": "Not handed in yet",
    "given": "Handed in, on its way to the bank",
    "sent": "At the bank",
    "failed": "Not taken by the bank",
    "late": "Not given; the last day has passed",
    "none": "None was given",
}
PAPERS: Mapping[str, str] = KINDS
BOOKINGS: Mapping[str, str] = {
    "sale": "Sale",
    "transfer": "Sent to your Stripe balance",
    "refund": "Refund",
    "refund_failed": "Refund came back",
    "reversal": "Taken back from your Stripe balance",
    "receivable": "Owed to Guildhall",
    "platforms": "Owed by platforms",
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


def named(words: Mapping[str, Any], key: str) -> Any:
    """The words for a name, or the name itself made readable (a label, or a tuple shaped like the others)."""
    found = words.get(key)
    if found is not None:
        return found
    label, example = key.replace("_", " ").capitalize(), next(iter(words.values()))
    return label if isinstance(example, str) else (label, "neutral", "")[: len(example)]
