"""The port to a payment provider: what payments asks, and the plain facts it gets back.

Amounts are integers in the minor unit, currencies three upper-case letters, moments UTC. Every method may raise
ProviderError; `key` is the idempotency key, made from a row of ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True)
class CheckoutRequest:
    """A hosted payment page to be made. `lines` are {name, amount_minor, quantity, image?}."""

    payment_id: UUID
    reference_id: UUID
    email: str
    currency: str
    lines: Sequence[Mapping[str, Any]]
    expires_at: datetime
    success_url: str
    cancel_url: str


@dataclass(frozen=True)
class CheckoutFacts:
    """A hosted payment page as it is now. `payment_status`: paid, unpaid, no_payment_required. `failed`: the bank said no for good."""

    id: str
    url: str | None
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    reference: str
    payment_id: str
    intent_id: str | None = None
    charge_id: str | None = None
    fee_minor: int = 0
    failed: bool = False
    failure: str | None = None


@dataclass(frozen=True)
class AccountFacts:
    """A seller's account. `requirements` keeps currently_due, past_due, eventually_due, pending_verification, deadline, disabled_reason, errors."""

    id: str
    country: str
    details_submitted: bool
    charges_enabled: bool
    payouts_enabled: bool
    transfers_active: bool
    has_dashboard: bool
    requirements: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TransferRequest:
    """Money for a seller. `charge_id` binds it to a payment whose money may still be on its way."""

    transfer_id: UUID
    part_id: UUID
    amount_minor: int
    currency: str
    account_id: str
    group: str
    charge_id: str | None


@dataclass(frozen=True)
class RefundFacts:
    """Money going back to a buyer. `ours` and `order` are what our metadata says, when there is any."""

    id: str
    charge_id: str
    amount_minor: int
    currency: str
    status: str
    reason: str
    failure: str | None
    ours: str | None
    order: str | None


@dataclass(frozen=True)
class DisputeFacts:
    id: str
    charge_id: str
    amount_minor: int
    currency: str
    status: str
    reason: str
    evidence_due_at: datetime | None
    fee_minor: int = 0

    @property
    def money_moved(self) -> bool:
        """An inquiry, a prevented and a won dispute leave the money where it was."""
        return self.status in ("needs_response", "under_review", "lost")


@dataclass(frozen=True)
class EvidenceFile:
    """A paper for the bank; `kind` is the provider's name for it."""

    kind: str
    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class PayoutFacts:
    id: str
    amount_minor: int
    currency: str
    status: str
    arrives_at: datetime | None
    failure: str | None


class Gateway(Protocol):
    """What a payment provider can do for a marketplace."""

    def open_checkout(self, request: CheckoutRequest, key: str) -> CheckoutFacts: ...
    def checkout(self, session_id: str) -> CheckoutFacts: ...
    def find_checkout(self, email: str, payment_id: UUID, since: datetime) -> CheckoutFacts | None: ...
    def close_checkout(self, session_id: str) -> None: ...
    def create_account(self, workspace_id: UUID, country: str, email: str, key: str) -> str: ...
    def account(self, account_id: str) -> AccountFacts: ...
    def onboarding_url(self, account_id: str, refresh_url: str, return_url: str) -> str: ...
    def dashboard_url(self, account_id: str) -> str: ...
    def send(self, request: TransferRequest, key: str) -> str: ...
    def find_transfer(self, group: str, transfer_id: UUID) -> str | None: ...
    def take_back(self, stripe_transfer_id: str, amount_minor: int, reversal_id: UUID, key: str) -> str: ...
    def find_reversal(self, stripe_transfer_id: str, reversal_id: UUID) -> str | None: ...
    def refund(
        self, charge_id: str, amount_minor: int, reason: str, refund_id: UUID, order_id: UUID, key: str
    ) -> RefundFacts: ...
    def payment_of(self, charge_id: str) -> str | None: ...
    def refunds_of(self, charge_id: str) -> Sequence[RefundFacts]: ...
    def dispute(self, dispute_id: str) -> DisputeFacts: ...
    def upload_evidence(self, paper: EvidenceFile) -> str: ...
    def submit_evidence(self, dispute_id: str, text: str, files: Mapping[str, str], key: str) -> None: ...
    def payout(self, account_id: str, payout_id: str) -> PayoutFacts: ...
    def subscriptions(self) -> dict[str, set[str]]: ...
    def events_since(self, moment: datetime, account_id: str | None) -> Iterator[dict[str, Any]]: ...


_gateway: Gateway | None = None


def use(adapter: Gateway) -> None:
    """Choose the provider; called by app/wiring.py alone."""
    global _gateway
    _gateway = adapter


def current() -> Gateway:
    if _gateway is None:
        raise RuntimeError("no payment provider is wired")
    return _gateway
