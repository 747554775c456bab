"""Rows of the sandbox's ledger of effects about labels, so that a test can prove "exactly once" without asking the API."""

from app.sandbox.stripe import effects
from app.sandbox.stripe.scope import Scope

from .store import Doc

CURRENCY = "usd"


def record(scope: Scope, kind: str, parcel: Doc, amount: int) -> None:
    """One row about a parcel: label, return_label or void; `amount` in cents."""
    effects.record(
        scope,
        kind,
        {"id": parcel["label"], "amount": amount, "currency": CURRENCY},
        provider=parcel["provider"],
        reference=parcel["reference"],
        tracking_number=parcel["number"],
        carrier=parcel["carrier"],
        service=parcel["service"],
        parcel=parcel["id"],
    )


def bought(scope: Scope, parcel: Doc) -> None:
    """A label was paid for."""
    record(scope, "return_label" if parcel["is_return"] else "label", parcel, parcel["amount"])


def manifested(scope: Scope, provider: str, identifier: str, numbers: list[str]) -> None:
    """A manifest was made; it costs nothing."""
    effects.record(
        scope,
        "manifest",
        {"id": identifier, "amount": 0, "currency": CURRENCY},
        provider=provider,
        reference="",
        tracking_number="",
        tracking_numbers=numbers,
    )
