"""The port to a marketplace or to a shop of the seller's own: what channels ask, and the plain facts they get back.

Ids are strings, whatever the platform sends (TRAPS.md A25). Money is minor units of the order's own currency, by that
currency's exponent (E32). Moments are UTC. Quantities are whole units. Unknown fields and values never raise: a status nobody
knows is `unknown`, and `raw` keeps what was said.

Every method may raise ProviderError: `permanent` when asking again is useless, `unknown` when the effect may have happened (then
the order is read again before anything is repeated). AccessExpired asks for a refresh, AccessEnded for the seller.

To add a platform:
1. copy the file in `platforms/` that is nearest to it, with the `_facts` and `_requests` beside it, and keep the method names;
2. sign byte for byte what the documents say, in one function, and add its vectors to tests/recorded/channels;
3. translate answers in `_facts`: statuses to STATES (order_facts.py), money by exponent, masked addresses marked, lines one per SKU;
4. say in `profile` what it cannot do, and raise NotOffered (app/core/port.py) there; no page offers that then;
5. add one line to CHANNELS in app/wiring.py, its settings, and its protocol to app/sandbox;
6. say how it is played in tests/channels/stages and run tests/channels/test_contract*.py, which take every adapter there is.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from app.channels.channel_facts import (
    App,
    Authorised,
    Connection,
    Hooks,
    ListingFacts,
    Outcome,
    Page,
    PriceChange,
    Profile,
    Push,
    ShopFacts,
    StockChange,
    Tokens,
    Warehouse,
)
from app.channels.order_facts import (
    CancelLine,
    Document,
    Handover,
    OrderFacts,
    OrderRef,
    ReturnFacts,
    Scan,
    Sent,
    Shipped,
)
from app.core.errors import ProviderError
from app.core.port import Headers


class AccessExpired(ProviderError):
    """The access token is over; a refresh helps."""

    def __init__(self, provider: str, message: str, remote_code: str | None = None) -> None:
        super().__init__(provider, message, permanent=False, retry_after=0, remote_code=remote_code)


class AccessEnded(ProviderError):
    """The seller took the access back, or it ran out: only connecting again helps."""

    def __init__(self, provider: str, message: str, remote_code: str | None = None) -> None:
        super().__init__(provider, message, permanent=True, remote_code=remote_code)


class Channel(Protocol):
    """What an adapter does. It is made for one Connection and holds no state besides it."""

    profile: Profile

    def __init__(self, connection: Connection) -> None: ...

    # --- access
    @classmethod
    def consent_url(cls, app: App, state: str, typed: Mapping[str, str]) -> str:
        """Where the seller's browser goes to say yes. `state` comes back; `typed` is what `profile.fields` asked for."""
        ...

    @classmethod
    def authorise(cls, app: App, answer: Mapping[str, str]) -> Sequence[Authorised]:
        """Exchange what came back with the seller. Raises ProviderError (permanent) when it is refused or too old."""
        ...

    @classmethod
    def refresh(cls, app: App, tokens: Tokens) -> Tokens:
        """New tokens for old ones; the old refresh token may be dead afterwards. Raises AccessEnded when it already was."""
        ...

    # --- the shop
    def shop(self) -> ShopFacts: ...

    def warehouses(self) -> Sequence[Warehouse]: ...

    # --- listings, stock, price
    def listings(self, cursor: str = "", since: datetime | None = None) -> Page[ListingFacts]:
        """What is listed, changed after `since` where the platform can tell; deleted ones are left out."""
        ...

    def listing(self, product_id: str) -> Sequence[ListingFacts]:
        """All SKUs of one product; none when it is gone."""
        ...

    def set_stock(self, changes: Sequence[StockChange]) -> Sequence[Outcome]:
        """Set quantities; one outcome per change, in order. Raises only when nothing of it was tried."""
        ...

    def set_price(self, changes: Sequence[PriceChange]) -> Sequence[Outcome]: ...

    # --- orders
    def orders(self, since: datetime, until: datetime, cursor: str = "") -> Page[OrderRef]:
        """Orders changed in [since, until), oldest change first where the platform can sort."""
        ...

    def read_orders(self, ids: Sequence[str]) -> Sequence[OrderFacts]:
        """Those of `ids` that exist, at most `profile.orders_batch`."""
        ...

    @classmethod
    def follows(cls, before: str, after: str) -> bool:
        """Whether a platform's status may come after another: forward by rank, or one of its legal ways back."""
        ...

    # --- parcels
    def handovers(self, order_id: str, package_id: str) -> Sequence[Handover]: ...

    def ship(self, sent: Sent) -> Shipped:
        """Tell the platform that it is, or will be, on its way. Told twice it says `already`."""
        ...

    def tracking_number(self, order_id: str, package_id: str) -> str:
        """ "" while the platform has none yet."""
        ...

    def document(self, order_id: str, package_id: str, kind: str = "label") -> Document | None:
        """The platform's `kind` of paper, label or packing_slip; None while it is being made: ask again."""
        ...

    def scans(self, order_id: str, package_id: str) -> Sequence[Scan]: ...

    # --- when it does not happen
    def cancel(self, order_id: str, reason: str, lines: Sequence[CancelLine] = ()) -> None:
        """Cancel it, or only `lines` where `profile.part_cancels`. `reason` is one of REASONS."""
        ...

    def answer_cancellation(self, order_id: str, cancel_id: str, accept: bool) -> None: ...

    def returns(self, since: datetime, until: datetime, cursor: str = "") -> Page[ReturnFacts]: ...

    def answer_return(self, return_id: str, accept: bool, words: str = "") -> None: ...

    # --- pushes
    def subscribe(self, secret: str = "") -> None:
        """Have every wanted push sent to us; asked again it mends what is missing or switched off."""
        ...

    def hooks(self) -> Hooks: ...

    @classmethod
    def read_push(cls, app: App, headers: Headers, raw: bytes, secret: str = "") -> Sequence[Push]:
        """The pushes in a webhook, proven. None for a ping. Raises Forged. `secret` is the connection's, where there is one."""
        ...

    @classmethod
    def missed(cls, app: App, seen: str = "") -> Page[Push]:
        """Pushes that never reached us, for all shops of ours; `seen`, the cursor of a page that is kept by now, ends its telling.

        Asked until nothing comes. Raises NotOffered where the platform keeps none (`profile.keeps_missed`).
        """
        ...

    @classmethod
    def open_shops(cls, app: App) -> Sequence[str]:
        """Shops whose consent stands, for an end of access that names none. Raises NotOffered like `missed`."""
        ...


_adapters: dict[str, type[Channel]] = {}
_apps: dict[str, App] = {}


def use(adapters: Mapping[str, type[Channel]], apps: Mapping[str, App]) -> None:
    """Choose the adapters and our registrations; called by app/wiring.py alone."""
    _adapters.clear()
    _adapters.update(adapters)
    _apps.clear()
    _apps.update(apps)


def profiles() -> dict[str, Profile]:
    return {kind: adapter.profile for kind, adapter in _adapters.items()}


def adapter(kind: str) -> type[Channel]:
    """Raises KeyError for a kind that is not wired."""
    return _adapters[kind]


def app_of(kind: str) -> App:
    """Our registration at a platform; empty keys where there is none."""
    return _apps.get(kind, App())
