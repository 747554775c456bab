"""Sources, states, providers and failures in plain words."""

import re
from dataclasses import dataclass
from datetime import timedelta

SOURCES = {
    "stripe": "Stripe",
    "stripe-connect": "Stripe, sellers' accounts",
    "easypost": "EasyPost",
    "shippo": "Shippo",
    "shipstation": "ShipStation",
}
RECEIPTS = {
    "waiting": ("queued", "Waiting"),
    "failed": ("failed", "Not applied"),
    "handled": ("done", "Applied"),
}
"""State of a receipt: the chip's name, its word."""
JOBS = {
    "dead": ("dead", "Gave up"),
    "failing": ("retrying", "Trying again"),
    "overdue": ("overdue", "Overdue"),
    "running": ("running", "Running"),
    "waiting": ("queued", "Waiting"),
    "discarded": ("void", "Discarded"),
    "done": ("done", "Done"),
}
PROVIDERS = {"smtp": "The mail server", "stripe": "Stripe", "easypost": "EasyPost", "shippo": "Shippo"} | {
    "shipstation": "ShipStation",
    "google": "Google",
}
RULES = {
    "ledger_balances": "Every booking sums to zero",
    "parts_make_the_payment": "The sellers' parts make up each payment",
    "refunds_within_part": "No seller refunds more than was paid",
    "refunds_within_payment": "No payment is refunded beyond its amount",
    "transfers_within_part": "No seller is sent more than the sale brought",
    "sent_transfers_are_booked": "Every transfer that left is in the books",
    "paid_parts_are_booked": "Every paid order is in the books",
    "flagged_payments": "No payment waits for a person to look",
    "platform_mirrors_sellers": "The platform's books mirror the sellers'",
}


@dataclass(frozen=True)
class Failure:
    """What went wrong, and what helps."""

    what: str
    helps: str


WAIT = "It is tried again by itself; nothing is needed unless it goes on."
KINDS = {
    "JobTimeoutException": Failure(
        "It took longer than a minute and was stopped.", "Often the provider was slow. " + WAIT
    ),
    "WorkerLost": Failure(
        "Its worker ended each time it ran this.",
        "Look for the worker's last lines in the log; memory is a usual cause. Retry after that is mended, or discard it.",
    ),
    "OperationalError": Failure("The database did not answer in time.", "Retrying is safe."),
    "TimeoutError": Failure("Something did not answer in time.", "Retrying is safe."),
    "IntegrityError": Failure(
        "The database refused what it would have written.",
        "Usually it was done already by another way. Look at what it is about, then discard it.",
    ),
    "NotFound": Failure("What it is about is gone.", "Look whether it was deleted on purpose, then discard it."),
}


def explain(error: str | None) -> Failure | None:
    """A stored error, «ProviderError: easypost: answered 502», in words; None when there is none."""
    if not error:
        return None
    kind, _, text = error.partition(": ")
    if kind == "ProviderError":
        provider, _, said = text.partition(": ")
        return Failure(
            f"{PROVIDERS.get(provider, provider.capitalize() or 'A provider')}: {said.rstrip('.') or 'no answer'}.",
            "Read what the provider says before retrying; if it was away, retry once it is back.",
        )
    if kind == "KeyError" and "no job is registered" in text:
        return Failure(
            "This version of Guildhall does not know this work.", "Deploy the version that does, then retry."
        )
    known = KINDS.get(kind)
    return known or Failure(
        f"Our own code failed: {_spaced(kind)}.",
        "Retrying helps once the cause is mended. The log has the whole story.",
    )


def _spaced(kind: str) -> str:
    """«ValueError» as «value error»."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def every(length: timedelta) -> str:
    """«every 5 minutes», «every hour»."""
    seconds = int(length.total_seconds())
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"every {word}" if count == 1 else f"every {count} {word}s"
    raise ValueError("periods are whole seconds")


WORK = {
    "accounts.sweep": "Forget expired sessions and codes",
    "workspaces.anchor_trails": "Note the end of every audit trail",
    "inventory.expire": "Give back stock held by expired carts",
    "payments.reconcile": "Compare unsettled money with Stripe",
    "payments.backfill": "Fetch events that Stripe could not deliver",
    "payments.check_invariants": "Check that the money adds up",
    "inventory.check_invariants": "Check that stock adds up",
    "shipping.sweep": "Finish labels that lost their job",
    "shipping.poll_due": "Ask carriers about quiet parcels",
    "shipping.check_accounts": "Check the carriers' accounts",
    "reviews.remind_everywhere": "Ask buyers what they think",
    "storefront.look_for_stock": "Tell buyers what is back in stock",
}


def work(name: str) -> str:
    """What a job does; one without words is named «shipping: buy label»."""
    feature, _, verb = name.partition(".")
    return WORK.get(name) or f"{feature.capitalize()}: {verb.rpartition('.')[2].replace('_', ' ')}"


def source(name: str) -> str:
    return SOURCES.get(name, name)
