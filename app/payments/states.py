"""The states of a seller's account, out of Stripe's own facts, with the words that people read."""

from dataclasses import dataclass

from app.payments.gateway import AccountFacts
from app.payments.models import SellerAccount

READY = ("enabled", "restricted_soon")
CHECKING = ("requirements.pending_verification", "under_review")


@dataclass(frozen=True)
class Words:
    """How a state is called, what it means for money, and the label of the one thing to do (empty: nothing)."""

    title: str
    tone: str
    text: str
    todo: str = ""


WORDS = {
    "none": Words(
        "Not connected",
        "neutral",
        "Guildhall pays you through Stripe. Until you connect an account, your buyers can pay and the money is kept for you.",
        "Connect with Stripe",
    ),
    "pending": Words(
        "Being set up",
        "warn",
        "Stripe still needs something before it can pay you. Sales go on; your money is kept for you and sent when the account is ready.",
        "Continue set-up",
    ),
    "enabled": Words("Ready", "good", "Your share of each sale is sent to your Stripe balance as soon as it is paid."),
    "restricted_soon": Words(
        "Answer needed soon",
        "warn",
        "You are being paid as usual. Stripe asks for more details; after the deadline it stops paying you.",
        "Give the details",
    ),
    "restricted": Words(
        "Payments to you are paused",
        "bad",
        "Stripe stopped payments to this account. Your share of new sales is kept for you and sent when the account works again.",
        "Solve it with Stripe",
    ),
    "deauthorised": Words(
        "Disconnected",
        "bad",
        "This Stripe account no longer belongs to Guildhall. Your share of new sales is kept for you until you connect again.",
        "Connect again",
    ),
}


def can_be_paid(account: SellerAccount | None) -> bool:
    """Flags are checked by us: a test account may be paid by Stripe although it should not (TRAPS T23)."""
    return (
        account is not None
        and account.stripe_account_id is not None
        and account.state in READY
        and account.transfers_active
        and account.payouts_enabled
    )


def state_of(facts: AccountFacts) -> str:
    """pending, enabled, restricted_soon or restricted; it may go backwards at any time."""
    asked = facts.requirements
    reason = str(asked.get("disabled_reason") or "")
    if not facts.details_submitted:
        return "pending"
    if reason and reason not in CHECKING:
        return "restricted"
    if facts.transfers_active and facts.payouts_enabled:
        return "restricted_soon" if asked.get("currently_due") else "enabled"
    return "pending" if reason or not facts.transfers_active else "restricted"


def words_for(account: SellerAccount | None) -> Words:
    return WORDS[account.state if account and account.stripe_account_id else "none"]


def rejected(account: SellerAccount | None) -> bool:
    return account is not None and str(account.requirements.get("disabled_reason") or "").startswith("rejected")
