"""What Stripe wants to know of a seller, in plain words, with how urgent each thing is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_THINGS = {
    "external_account": "a bank account for payouts",
    "tos_acceptance": "acceptance of Stripe's terms",
    "business_profile.url": "the address of your shop or social profile",
    "business_profile.mcc": "what kind of things you sell",
    "business_profile": "what you sell and where",
    "business_type": "whether you are a person or a company",
    "individual.verification": "an identity document",
    "individual.id_number": "your tax or identity number",
    "individual.ssn_last_4": "the last four digits of your social security number",
    "individual.dob": "your date of birth",
    "individual.address": "your address",
    "individual.email": "your e-mail address",
    "individual.phone": "your telephone number",
    "individual": "your personal details",
    "representative.dob": "the date of birth of who runs the business",
    "representative.address": "the address of who runs the business",
    "representative": "who runs the business",
    "person.verification": "an identity document",
    "person": "details of a person in the business",
    "company.tax_id": "the company's tax number",
    "company.vat_id": "the company's VAT number",
    "company.address": "the company's address",
    "company.verification": "a document about the company",
    "company.directors": "who the directors are",
    "company.owners": "who owns the company",
    "company": "details of the company",
    "directors": "who the directors are",
    "owners": "who owns the company",
}
_STOPPED = {
    "requirements.past_due": "Stripe stopped because something it asked for is overdue.",
    "requirements.pending_verification": "Stripe is checking what you sent. That takes minutes, sometimes two days; you need not do anything.",
    "under_review": "Stripe is looking at the account. It writes to you when it needs something.",
    "listed": "A name on the account may be on a list of sanctions. Stripe is comparing; it writes to you.",
    "platform_paused": "Guildhall paused payments to this account. Write to us; your money is kept.",
    "rejected.fraud": "Stripe closed this account because it suspects fraud.",
    "rejected.listed": "Stripe closed this account because a name on it is on a list of sanctions.",
    "rejected.terms_of_service": "Stripe closed this account because it broke Stripe's terms.",
    "rejected.incomplete_verification": "Stripe closed this account because it could not check who you are.",
    "action_required.requested_capabilities": "Stripe needs you to agree to being paid. Go on with the set-up.",
}


@dataclass(frozen=True)
class Asked:
    """`state` and `tone` say how urgent `thing` is; `by` is Stripe's deadline (UTC)."""

    thing: str
    state: str
    tone: str
    by: datetime | None = None


def asked(requirements: Mapping[str, Any]) -> list[Asked]:
    """Each thing once, the most urgent first."""
    found: dict[str, Asked] = {}
    for one in _all(requirements):
        found.setdefault(one.thing, one)
    return list(found.values())


def _all(requirements: Mapping[str, Any]) -> Iterator[Asked]:
    by = deadline(requirements)
    for name in requirements.get("past_due") or []:
        yield Asked(thing(name), "Overdue", "bad")
    for name in requirements.get("currently_due") or []:
        yield Asked(thing(name), "Needed now", "warn", by)
    for name in requirements.get("pending_verification") or []:
        yield Asked(thing(name), "Being checked", "info")
    for name in requirements.get("eventually_due") or []:
        yield Asked(thing(name), "Needed later", "neutral")


def thing(name: str) -> str:
    """«your address» for individual.address.city: by the longest beginning we have words for, else readable as it is."""
    parts = name.split(".")
    parts[0] = "person" if parts[0].startswith("person_") else parts[0]
    for length in range(len(parts), 0, -1):
        words = _THINGS.get(".".join(parts[:length]))
        if words:
            return words
    return name.replace("_", " ").replace(".", ": ")


def stopped(requirements: Mapping[str, Any]) -> str:
    """Why the account cannot be paid, as a sentence; empty when it can."""
    reason = str(requirements.get("disabled_reason") or "")
    if not reason:
        return ""
    if reason.startswith("rejected."):
        return _STOPPED.get(reason, "Stripe closed this account.")
    return _STOPPED.get(reason, f"Stripe stopped it: {reason.replace('_', ' ').replace('.', ', ')}.")


def deadline(requirements: Mapping[str, Any]) -> datetime | None:
    raw = requirements.get("deadline")
    return datetime.fromtimestamp(int(raw), UTC) if raw else None
