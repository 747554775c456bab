"""The port to a carrier or an aggregator of carriers: what shipping asks, and the plain facts it gets back.

Grams, millimetres, minor currency units, UTC moments. Every method may raise ProviderError: `permanent` when asking again
is useless, `unknown` when the effect may have happened (then `find` is asked, never `buy` again).

To add a carrier: copy the file in `carriers/` that is nearest to it, keep the method names, translate the answers, add one
line to `CARRIERS` in app/wiring.py and one to KINDS in tests/shipping/stage.py, and run tests/shipping/test_contract*.py, which
take every adapter there is.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from app.core.port import Field, Headers

STATUSES = (
    "unknown",
    "pre_transit",
    "in_transit",
    "out_for_delivery",
    "available_for_pickup",
    "delivered",
    "return_to_sender",
    "failure",
    "cancelled",
)
"""A parcel's way in our words. `pre_transit`: the carrier knows the number but has not seen the parcel (TRAPS.md B15)."""

FORMATS = ("pdf", "png", "zpl")
SIGNATURES = ("none", "standard", "adult")


@dataclass(frozen=True)
class Address:
    """`country` is ISO 3166-1 alpha-2, `region` a state or province in the country's own short form."""

    name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    residential: bool | None = None


@dataclass(frozen=True)
class Box:
    """What is put on the scale, packing included: grams and millimetres. Sizes of 0 mean not known."""

    weight_g: int
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(frozen=True)
class CustomsLine:
    """One kind of thing in the box. `value_minor` and `weight_g` are of ONE unit; adapters multiply where asked for totals."""

    description: str
    quantity: int
    value_minor: int
    currency: str
    weight_g: int
    origin: str
    hs_code: str = ""
    sku: str = ""


@dataclass(frozen=True)
class Customs:
    """`contents`: merchandise, gift, documents, sample, returned_goods, other. `undeliverable`: return or abandon."""

    lines: Sequence[CustomsLine]
    signer: str
    contents: str = "merchandise"
    explanation: str = ""
    undeliverable: str = "return"
    filing: str = ""


@dataclass(frozen=True)
class Shipment:
    """One parcel to be carried. `reference` is our label's id and travels with every call, so that it can be looked up."""

    reference: str
    sender: Address
    recipient: Address
    box: Box
    customs: Customs | None = None
    insured_minor: int = 0
    currency: str = "USD"
    signature: str = "none"
    is_return: bool = False
    format: str = "pdf"
    note: str = ""
    ship_on: date | None = None
    tracking_number: str = ""
    """Typed by a seller who bought the postage elsewhere; only «Own label» takes one."""
    number: int = 1
    of: int = 1
    tracking_page: str = ""
    """Parcel `number` of `of` in its order, and the buyer's page about it: printed by «Own label»."""

    @property
    def international(self) -> bool:
        return self.sender.country != self.recipient.country


@dataclass(frozen=True)
class Rate:
    """One way to send it. `total_minor` is all of the price; `parts` says what it is made of (postage, insurance, …)."""

    id: str
    carrier: str
    service: str
    service_name: str
    total_minor: int
    currency: str
    days: int | None = None
    guaranteed: bool = False
    parts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Quote:
    """`shipment_id` is the provider's. `notes` is what single carriers said instead of a price."""

    shipment_id: str
    rates: Sequence[Rate]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Bought:
    """A paid label. `files` maps a format to an address to fetch at once (they expire) or to nothing when it must be asked for."""

    id: str
    shipment_id: str
    carrier: str
    service: str
    service_name: str
    tracking_number: str
    total_minor: int
    currency: str
    files: Mapping[str, str] = field(default_factory=dict)
    tracking_url: str = ""
    test: bool = False
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Voided:
    """`state`: requested (the money comes later), refunded, refused, not_needed (billed on scan, never scanned)."""

    state: str
    message: str = ""


@dataclass(frozen=True)
class Seen:
    """One scan. `key` tells it from every other scan of the parcel; `local` is the moment as the carrier wrote it."""

    key: str
    at: datetime
    status: str
    text: str
    place: str = ""
    local: str = ""


@dataclass(frozen=True)
class Tracking:
    """Where a parcel is. `seen` is oldest first."""

    carrier: str
    number: str
    status: str
    seen: Sequence[Seen] = ()
    expected_at: datetime | None = None
    remote_id: str = ""


@dataclass(frozen=True)
class AddressCheck:
    """`corrected` is None when nothing would change. `messages` are the carrier's own words."""

    deliverable: bool
    corrected: Address | None = None
    messages: Sequence[str] = ()


@dataclass(frozen=True)
class AccountFacts:
    """`mode` is test or live, as the provider says."""

    name: str
    mode: str
    carriers: Sequence[str] = ()


@dataclass(frozen=True)
class ManifestFacts:
    """`state`: creating, created, failed. `url` is there when created."""

    id: str
    state: str
    url: str = ""
    message: str = ""


@dataclass(frozen=True)
class News:
    """What a webhook says, reduced to what must be read again. `kind`: tracking, void, manifest or other.

    `remote_id` is unique per message and account; `tracking` is set when the body carries it whole.
    """

    remote_id: str
    kind: str
    carrier: str = ""
    number: str = ""
    label_id: str = ""
    tracking: Tracking | None = None
    fetch: str = ""


@dataclass(frozen=True)
class Profile:
    """What an adapter is and can do; pages offer only that."""

    kind: str
    name: str
    fields: Sequence[Field]
    formats: Sequence[str] = FORMATS
    rates: bool = True
    checks_addresses: bool = False
    voids: bool = True
    tracks: bool = True
    manifests: bool = False
    webhooks: bool = False
    buys_once: bool = False
    """Whether the provider itself refuses a second label for the same rate, or answers with the first. Where it does
    not, only the rule of `buy` and `find` stands between a lost answer and a second charge."""


@dataclass(frozen=True)
class Connection:
    """Whose account is spoken for: the seller's own keys, never the platform's. `base` is the provider's address."""

    account_id: UUID
    base: str
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    webhook_secret: str = field(default="", repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def with_settings(self, **settings: Any) -> "Connection":
        return replace(self, settings={**self.settings, **settings})


class Carrier(Protocol):
    """What an adapter does. It is made for one Connection and holds no state besides it."""

    profile: Profile

    def __init__(self, connection: Connection) -> None: ...

    def account(self) -> AccountFacts:
        """Whose keys these are. Raises ProviderError (permanent) when they are refused."""
        ...

    def check_address(self, address: Address) -> AddressCheck: ...

    def estimate(self, shipment: Shipment) -> Sequence[Rate]:
        """Prices for a checkout: nothing is stored at the provider where it can be avoided."""
        ...

    def quote(self, shipment: Shipment) -> Quote:
        """Prices that can be bought."""
        ...

    def buy(self, shipment: Shipment, shipment_id: str, rate_id: str) -> Bought:
        """Pay for a label. Asked once per attempt; afterwards only `find`."""
        ...

    def find(self, shipment_id: str, rate_id: str, reference: str) -> Bought | None:
        """The label that an attempt of ours bought, or None when it certainly bought none."""
        ...

    def file(self, bought_id: str, format: str, address: str) -> bytes:
        """The label itself; `address` is what `Bought.files` said, renewed when it has expired."""
        ...

    def void(self, bought_id: str) -> Voided: ...

    def void_state(self, bought_id: str) -> Voided:
        """How a void stands; also the look-up after an unknown outcome. `state` is "" when none was asked for."""
        ...

    def manifest(self, bought_ids: Sequence[str], sender: Address, on: date) -> ManifestFacts: ...

    def manifest_state(self, manifest_id: str) -> ManifestFacts: ...

    def find_manifest(self, bought_ids: Sequence[str]) -> ManifestFacts | None: ...

    def track(self, carrier: str, number: str, bought_id: str = "") -> Tracking: ...

    def subscribe(self, url: str, secret: str) -> str:
        """Ask for news at `url`; returns the subscription's id. Asked again for the same url it makes no second one."""
        ...

    def subscribed(self, url: str) -> bool: ...

    @classmethod
    def read_news(
        cls, connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
    ) -> Sequence[News]:
        """The news in a webhook; `query` is what its address says after «?», where some carry their secret.

        Raises Forged when it is not proven to come for this account from its provider, and ProviderError while that
        cannot be found out (the provider's keys are away): answered 503, it is sent again.
        """
        ...


_adapters: dict[str, type[Carrier]] = {}
_bases: dict[str, str] = {}


def without_carrier(service: str, carrier: str) -> str:
    """The service's name without the carrier's in front («UPS Ground»), which stands before it wherever it is shown."""
    return re.sub(rf"^{re.escape(carrier)}\b\W*", "", service, flags=re.IGNORECASE) if carrier else service


def use(adapters: Mapping[str, type[Carrier]], bases: Mapping[str, str]) -> None:
    """Choose the adapters and the addresses they speak to; called by app/wiring.py alone."""
    _adapters.clear()
    _adapters.update(adapters)
    _bases.clear()
    _bases.update(bases)


def profiles() -> dict[str, Profile]:
    return {kind: adapter.profile for kind, adapter in _adapters.items()}


def adapter(kind: str) -> type[Carrier]:
    """Raises KeyError for a kind that is not wired."""
    return _adapters[kind]


def base(kind: str) -> str:
    """The address of the provider's API, without a trailing slash; "" for those without one."""
    return _bases.get(kind, "").rstrip("/")
