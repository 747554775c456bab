"""Facts about parcels, labels and returns."""

from dataclasses import dataclass
from uuid import UUID

from app.core.events import Event


@dataclass(frozen=True, kw_only=True)
class ShippingFact(Event):
    """What each carries: both pages of the order and the seller's list listen."""

    workspace_id: UUID
    order_id: UUID
    group_id: UUID

    def topics(self) -> list[str]:
        return [f"workspace:{self.workspace_id}:orders", f"order:{self.order_id}", f"order:{self.group_id}"]


@dataclass(frozen=True, kw_only=True)
class ParcelChanged(ShippingFact):
    """A parcel was packed, moved or arrived. `status` is the carrier's."""

    parcel_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True)
class LabelChanged(ShippingFact):
    label_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class LabelSettled(Event):
    """An attempt came to its end: the label is bought, or surely it is not."""

    workspace_id: UUID
    label_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReturnChanged(ShippingFact):
    return_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class BatchMoved(Event):
    """A row of a batch of labels came to an end, or all of it did."""

    workspace_id: UUID
    batch_id: UUID

    def topics(self) -> list[str]:
        return [f"run:{self.batch_id}"]
