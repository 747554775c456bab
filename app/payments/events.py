"""Facts about money. `reference_id` is the order group that a payment is for."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class PaymentOpened(Event):
    """The hosted payment page is ready to be visited."""

    payment_id: UUID
    reference_id: UUID

    def topics(self) -> list[str]:
        return [f"order:{self.reference_id}"]


@dataclass(frozen=True, kw_only=True)
class PaymentProcessing(Event):
    """A delayed method: promised by the buyer's bank, not here yet. Nothing may be delivered."""

    payment_id: UUID
    reference_id: UUID

    def topics(self) -> list[str]:
        return [f"order:{self.reference_id}"]


@dataclass(frozen=True, kw_only=True)
class PaymentPaid(Event):
    payment_id: UUID
    reference_id: UUID

    def topics(self) -> list[str]:
        return [f"order:{self.reference_id}"]


@dataclass(frozen=True, kw_only=True)
class PaymentEnded(Event):
    """Over without money: `outcome` is expired, failed or cancelled."""

    payment_id: UUID
    reference_id: UUID
    outcome: str

    def topics(self) -> list[str]:
        return [f"order:{self.reference_id}"]


@dataclass(frozen=True, kw_only=True)
class RefundChanged(Event):
    """`state` is promised, pending, succeeded, failed or canceled; a succeeded refund may still fail later."""

    refund_id: UUID
    order_id: UUID
    state: str
    previous: str


@dataclass(frozen=True, kw_only=True)
class DisputeChanged(Event):
    dispute_id: UUID
    order_id: UUID
    status: str
    previous: str


@dataclass(frozen=True, kw_only=True)
class SellerAccountChanged(Event):
    workspace_id: UUID
    state: str

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:payouts"]
