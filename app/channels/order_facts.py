"""Plain facts that adapters and channels hand each other about orders, parcels and returns; the rules of the port stand in channel.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.channels.channel_facts import Member, Ref

STATES = (
    "unknown",
    "unpaid",
    "on_hold",
    "to_ship",
    "part_shipped",
    "awaiting_collection",
    "in_transit",
    "delivered",
    "completed",
    "cancel_requested",
    "cancelled",
)
"""An order's way in our words. `on_hold`: paid, and the buyer may still cancel without asking. `cancel_requested`: the buyer asks."""
PACKAGE_STATES = ("unknown", "to_ship", "arranged", "in_transit", "delivered", "failed", "cancelled")
RETURN_STATES = ("unknown", "asked", "accepted", "on_the_way", "refused", "disputed", "refunded", "cancelled")
REASONS = ("out_of_stock", "buyer_asked", "undeliverable", "price_error")
"""Why a seller cancels, in our words; adapters choose the platform's nearest."""


@dataclass(frozen=True)
class OrderRef:
    id: str
    updated_at: datetime | None = None
    status: str = ""


@dataclass(frozen=True)
class Item:
    """One SKU of an order. `quantity` is what was bought, `cancelled` and `returned` are how many of them are not any more.

    `unit_minor` is the list price of one. `total_minor` is what the buyer pays for all of them after both discounts.
    `ids` are the platform's own lines: one for most, one per unit at TikTok (TRAPS.md F37).
    """

    ids: Sequence[str]
    ref: Ref
    title: str
    sku: str = ""
    variant_title: str = ""
    quantity: int = 1
    cancelled: int = 0
    returned: int = 0
    unit_minor: int = 0
    seller_discount_minor: int = 0
    platform_discount_minor: int = 0
    total_minor: int = 0
    members: Sequence[Member] = ()
    gift: bool = False
    packages: Sequence[str] = ()

    @property
    def key(self) -> str:
        """The name that our order lines carry of it."""
        return min(self.ids) if self.ids else f"{self.ref.product}/{self.ref.variant}"

    @property
    def active(self) -> int:
        return max(self.quantity - self.cancelled, 0)


@dataclass(frozen=True)
class Recipient:
    """`masked`: some of it is hidden by the platform, so it must never replace a good address (TRAPS.md E36)."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    masked: bool = False


@dataclass(frozen=True)
class PackageFacts:
    """`orders` has more than one id when parcels were combined. `items` are platform lines (`Item.ids`); empty means all."""

    id: str
    state: str = "unknown"
    status: str = ""
    tracking_number: str = ""
    carrier: str = ""
    items: Sequence[str] = ()
    orders: Sequence[str] = ()


@dataclass(frozen=True)
class Amounts:
    """As the platform adds them up; never computed again from lines (TRAPS.md E34). `subtotal` is what the lines cost before
    both discounts, and `refunded` is positive.
    """

    subtotal: int = 0
    seller_discount: int = 0
    platform_discount: int = 0
    delivery: int = 0
    tax: int = 0
    other: int = 0
    total: int = 0
    refunded: int = 0


@dataclass(frozen=True)
class OrderFacts:
    """One order as it is now. `status` is the platform's word, `state` one of STATES.

    `number` is what people see. `platform_ships`: the label must be the platform's own.
    `platform_sends`: the goods lie with the platform, which sends them itself; neither our shelves nor our queue know of it.
    `cancel_id` is there when an answer to a buyer's wish needs it. `sample`: nothing is paid.
    """

    id: str
    number: str
    status: str
    state: str
    currency: str
    amounts: Amounts
    items: Sequence[Item]
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    recipient: Recipient = field(default_factory=Recipient)
    buyer_id: str = ""
    buyer_name: str = ""
    buyer_email: str = ""
    note: str = ""
    platform_ships: bool = False
    platform_sends: bool = False
    cash_on_delivery: bool = False
    sample: bool = False
    packages: Sequence[PackageFacts] = ()
    cancel_id: str = ""
    cancel_reason: str = ""
    cancel_by: str = ""
    restock: bool | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Handover:
    """A way to give a parcel to the platform's carrier. `id` goes back with `ship`; `kind`: pickup, drop_off or own."""

    id: str
    kind: str
    words: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Sent:
    """What is told the platform. Without `handover` it is the seller's own parcel, with carrier and tracking number.

    `items` are platform lines; empty means all that are left. `carrier` is in the words of our own fulfilment.
    """

    order_id: str
    package_id: str = ""
    handover: Handover | None = None
    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    items: Sequence[str] = ()


@dataclass(frozen=True)
class Shipped:
    """`already`: it had been told before, which is as good (TRAPS.md F44). The number may come later ("")."""

    tracking_number: str = ""
    package_id: str = ""
    already: bool = False


@dataclass(frozen=True)
class Document:
    """A label or slip as a file; addresses of files die within a day, so bytes are kept (TRAPS.md F39)."""

    data: bytes
    content_type: str


@dataclass(frozen=True)
class Scan:
    at: datetime
    text: str
    status: str = ""


@dataclass(frozen=True)
class CancelLine:
    """`ids` are platform lines; `quantity` of them."""

    ref: Ref
    quantity: int
    ids: Sequence[str] = ()


@dataclass(frozen=True)
class ReturnFacts:
    """`refund_minor` is in the order's currency. `restock` None: the platform does not say."""

    id: str
    order_id: str
    state: str
    status: str
    reason: str = ""
    refund_minor: int = 0
    currency: str = ""
    items: Sequence[CancelLine] = ()
    goods_come_back: bool = True
    tracking_number: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
