"""Facts about orders."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderFact(Event):
    """What every order fact carries; the seller's list and both detail pages listen."""

    workspace_id: UUID
    order_id: UUID
    group_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:orders", f"order:{self.order_id}", f"order:{self.group_id}"]


@dataclass(frozen=True, kw_only=True)
class OrderPaid(OrderFact):
    """Stock is sold, access granted, the sale booked."""


@dataclass(frozen=True, kw_only=True)
class OrderChanged(OrderFact):
    """Anything else that a page about the order shows."""


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(OrderFact):
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderFulfilled(OrderFact):
    fulfilment_id: UUID


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(OrderFact):
    refund_id: UUID
