"""Plain facts that adapters and channels hand each other; the rules of the port stand in channel.py."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

T = TypeVar("T")

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
DOCUMENTS = ("label", "packing_slip")


def _free() -> None:
    """No limit."""


@dataclass(frozen=True)
class App:
    """Our own registration at a platform, and its addresses (without a trailing slash).

    `api`: the Open API; `auth`: where tokens are exchanged; `consent`: where the seller says yes. `redirect`: our page that the
    seller comes back to; `push`: our address for webhooks, exactly as registered, because some sign it (TRAPS.md C21).
    """

    key: str = ""
    secret: str = field(default="", repr=False)
    service_id: str = ""
    api: str = ""
    auth: str = ""
    consent: str = ""
    redirect: str = ""
    push: str = ""
    push_key: str = field(default="", repr=False)
    push_key_is_hex: bool = False


@dataclass(frozen=True)
class Tokens:
    """What opens a seller's data. `owner` tells apart what is refreshed on its own: TikTok's grant, each of Shopee's shops.

    `until`: end of the access token; `refresh_until`: of the refresh token; `ends`: of the seller's consent. None: not known.
    Platforms without tokens keep their keys in `access` and `refresh`.
    """

    owner: str
    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    until: datetime | None = None
    refresh_until: datetime | None = None
    ends: datetime | None = None
    scopes: Sequence[str] = ()


@dataclass(frozen=True)
class ShopFacts:
    """A shop at the platform. `secret` is what goes along with each call for it (TikTok's cipher)."""

    id: str
    name: str
    region: str = ""
    currency: str = ""
    url: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Authorised:
    """One shop that the seller's consent opened."""

    shop: ShopFacts
    tokens: Tokens


@dataclass(frozen=True)
class Connection:
    """Whose shop is spoken for. `pace` waits for its turn under the platform's limit, or raises ProviderError with a wait.

    `settings`: what the platform alone needs, such as {"warehouse": "…"} or {"exponent": 0}.
    """

    app: App
    shop: ShopFacts
    tokens: Tokens
    pace: Callable[[], None] = field(default=_free, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Warehouse:
    id: str
    name: str
    default: bool = False
    sells: bool = True


@dataclass(frozen=True, order=True)
class Ref:
    """What a listing is at the platform. `variant` is "" where a product has none (Shopee's model 0, Woo's variation 0)."""

    product: str
    variant: str = ""


@dataclass(frozen=True)
class Member:
    """So many units of another listing inside a bundle."""

    ref: Ref
    quantity: int
    sku: str = ""


@dataclass(frozen=True)
class ListingFacts:
    """One SKU as it is listed. `quantity` None: the platform does not count it, which is never zero (TRAPS.md A9).

    `stock` is per warehouse, `committed` what open orders hold there. `state`: active, inactive, pending, refused or gone.
    """

    ref: Ref
    title: str
    sku: str = ""
    variant_title: str = ""
    state: str = "active"
    quantity: int | None = None
    stock: Mapping[str, int] = field(default_factory=dict)
    committed: int = 0
    price_minor: int | None = None
    currency: str = ""
    picture: str = ""
    url: str = ""
    members: Sequence[Member] = ()
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page(Generic[T]):
    """`cursor` leads to the next page; "" at the end. `left` is how many are still to come, where the platform says."""

    items: Sequence[T]
    cursor: str = ""
    left: int | None = None


@dataclass(frozen=True)
class StockChange:
    """Set, not add. `stock` is per warehouse; {"": n} where the platform has one place.

    `resume`: the product was taken off sale for want of stock (`Outcome.paused`), so it goes on sale again.
    """

    ref: Ref
    stock: Mapping[str, int]
    resume: bool = False

    @property
    def quantity(self) -> int:
        return sum(self.stock.values())


@dataclass(frozen=True)
class PriceChange:
    ref: Ref
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Outcome:
    """What became of one item of a batch; `error` is the platform's words. `gone`: the listing is not there any more.

    `paused`: the platform takes no zero here, so its whole product was taken off sale instead (TRAPS.md A6).
    """

    ref: Ref
    ok: bool
    error: str = ""
    code: str = ""
    permanent: bool = False
    gone: bool = False
    paused: bool = False


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
    `platform_sends`: the goods lie with the platform, which sends them itself; neither our shelves nor our queue know of it. `cancel_id` is there when an answer to a
    buyer's wish needs it. `sample`: nothing is paid.
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


@dataclass(frozen=True)
class Hooks:
    """Which pushes should reach us and which are registered to. `healthy` False: the platform switched one off."""

    wanted: Sequence[str]
    present: Sequence[str]
    healthy: bool = True

    @property
    def missing(self) -> Sequence[str]:
        return [one for one in self.wanted if one not in self.present]


@dataclass(frozen=True)
class Push:
    """A webhook, reduced to what is read again. `key` tells it from every other push and is the same when it is repeated.

    `kind`: order, package, address, cancellation, return, listing, stock, document, access_ended, access_ends or other. `shop_id`
    says whose it is; "" where the address does. `ids` are orders for the first six, products for listing and stock.
    """

    key: str
    kind: str
    shop_id: str = ""
    ids: Sequence[str] = ()
    status: str = ""
    at: datetime | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """One box on the connect page, for platforms that need to be told where a shop is."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True)
class Profile:
    """What an adapter is and can do; pages offer only that.

    `per_second`, `burst`: our own limit per shop. `stock_batch`: most changes in one call of `set_stock`. `window`: longest span,
    in days, that `orders` takes; 0: any. `keeps_missed`: pushes that did not reach us can be asked for. `zero_stock`: whether a quantity of 0 is taken as such.
    """

    kind: str
    name: str
    fields: Sequence[Field] = ()
    tokens: bool = True
    labels: bool = False
    answers_cancellations: bool = False
    part_cancels: bool = False
    returns: bool = False
    many_warehouses: bool = False
    prices: bool = True
    webhooks_per_shop: bool = True
    per_second: float = 5.0
    burst: int = 10
    stock_batch: int = 50
    orders_batch: int = 50
    window: int = 0
    keeps_missed: bool = False
