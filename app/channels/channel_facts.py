"""Plain facts that adapters and channels hand each other about access, shops, listings and pushes; orders are in order_facts.py.

The rules of the port stand in channel.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from app.core.port import Field

T = TypeVar("T")


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
class Detail:
    """Something of the shop that a platform wants to be told for some acts; the seller types it once on the connection's page.

    It is kept in `Connection.settings` under `name`. `kind`: email or text. `refuses_returns`: no return is refused without it.
    """

    name: str
    label: str
    help: str = ""
    kind: str = "text"
    refuses_returns: bool = False


@dataclass(frozen=True)
class Profile:
    """What an adapter is and can do; pages offer only that.

    `per_second`, `burst`: our own limit per shop. `stock_batch`: most changes in one call of `set_stock`. `window`: longest span,
    in days, that `orders` takes; 0: any. `keeps_missed`: pushes that did not reach us can be asked for.
    """

    kind: str
    name: str
    fields: Sequence[Field] = ()
    details: Sequence[Detail] = ()
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

    def unsaid(self, settings: Mapping[str, Any]) -> Sequence[Detail]:
        """What has to be typed on the connection's page before the platform takes a no to a return."""
        return [one for one in self.details if one.refuses_returns and not settings.get(one.name)]
