"""What the contract of the Channel port needs to know of a platform, and the scene it plays on: one shop in a live sandbox.

A platform joins by a file `tests/channels/stages/<platform>.py` that says `STAGE = Stage(…)`; there is nothing else to write.
"""

import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from app.channels.channel import Channel
from app.channels.channel_facts import App, Authorised, Connection, Push, Ref, Tokens
from app.channels.order_facts import OrderFacts
from app.core.http import breaker
from tests.channels.browsing import Browser
from tests.letters import Letters
from tests.sandbox.conftest import wait_until

Doc = dict[str, Any]
Told = tuple[CaseInsensitiveDict[str], bytes, Push]  # headers, raw body, and what the adapter made of them
SECRET = "secret & <of> this shop"


@dataclass(frozen=True)
class Stage:
    """How one platform is played.

    `app(sandbox's address, our address)`: our registration there. `consent(scene, address, allow)`: what a seller's browser does
    on the consent page that `consent_url` named, up to what comes back to us: the `answer` of `authorise`. `typed(scene)`: what
    the seller wrote on our connect page. `settings(scene)`: the connection's settings.

    `paths`: the sandbox's paths as globs, a method before them where it matters (`PUT /shop/*`), for planting trouble: any, stock,
    ship, cancel, where the effect happens. `shown`: states
    that look different from the marketplace's own. The rest says what the platform has.
    """

    adapter: type[Channel]
    app: Callable[[str, str], App]
    consent: Callable[["Scene", str, bool], Mapping[str, str]]
    paths: Mapping[str, str]
    typed: Callable[["Scene"], Mapping[str, str]] = lambda scene: {}
    settings: Callable[["Scene"], Mapping[str, Any]] = lambda scene: {}
    shown: Mapping[str, str] = field(default_factory=dict)
    shop: Mapping[str, Any] = field(default_factory=lambda: {"currency": "USD"})
    whole_currency: str = "VND"
    # One yes for several shops, whose ids are given; None where each shop says yes for itself.
    consent_to: Callable[["Scene", str, list[str]], Mapping[str, str]] | None = None
    # Makes the connection's access token run out; None where keys never do.
    expire: Callable[["Scene"], None] | None = None
    single_use_refresh: bool = False
    uncounted: bool = False  # SKUs may go without a count
    floors: bool = False  # promotions reserve stock
    own_tracking: bool = True
    masks: bool = True
    splits: bool = True
    combines: bool = False
    units: bool = False  # a line per unit
    kits: bool = False  # bundles name their parts
    retries: bool = False  # a pick-up that failed leads back to «to ship»
    platform_discounts: bool = True
    part_cancel: str = "cancel"  # the marketplace's act that takes one unit out of an order: cancel or refund
    # Takes one of our pushes away at the platform, or switches it off.
    break_hook: Callable[["Scene"], None] | None = None
    pings: bool = False  # subscribing sends a ping
    quota: bool = False  # a daily quota of the whole app
    tells_end: bool = True  # a push says that the seller took the access back
    end_kind: str = "access_ended"
    # Which kind of push an act on an order brings (change_address, arrange, ask_cancel, ask_return …), and one on goods (stock,
    # price, state, floor). Where an order's push tells everything, that is `order`.
    tells: Mapping[str, str] = field(default_factory=dict)
    tells_goods: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.adapter.profile.kind

    def state(self, state: str) -> str:
        """A state of the marketplace in the words of our own."""
        return self.shown.get(state, state)


@cache
def stages() -> list[Stage]:
    """Every platform whose stage is there."""
    where = Path(__file__).parent / "stages"
    names = sorted(one.name for one in pkgutil.iter_modules([str(where)]))
    return [importlib.import_module(f"tests.channels.stages.{name}").STAGE for name in names]


def staged(wanted: Callable[[Stage], bool] = lambda one: True) -> Any:
    """Run a test for every platform, or for those whose stage `wanted` says yes to."""
    return pytest.mark.parametrize("stage", [one for one in stages() if wanted(one)], ids=lambda one: one.kind)


@dataclass
class Scene:
    """One shop of one platform in the sandbox, our connection to it, and the marketplace's own doors."""

    stage: Stage
    sandbox: str
    letters: Letters
    doc: Doc = field(default_factory=dict)
    authorised: Authorised | None = None

    # --- our side
    @property
    def app(self) -> App:
        return self.stage.app(self.sandbox, self.letters.url)

    @property
    def adapter(self) -> type[Channel]:
        return self.stage.adapter

    @property
    def push_url(self) -> str:
        return f"{self.letters.url}/webhooks/{self.stage.kind}"

    def agree(self, allow: bool = True) -> Mapping[str, str]:
        """The seller's way over the consent page; what came back with them."""
        address = self.adapter.consent_url(self.app, f"state-{uuid4().hex}", self.stage.typed(self))
        return self.stage.consent(self, address, allow)

    def connect(self) -> Authorised:
        found = self.adapter.authorise(self.app, {**self.stage.typed(self), **self.agree()})
        self.authorised = next(one for one in found if self.names_shop(one))
        return self.authorised

    def names_shop(self, one: Authorised) -> bool:
        """Whether it is the scene's shop: by its id, or by an id that ends with it (a site's address)."""
        return one.shop.id == self.doc["id"] or one.shop.id.endswith(f"/{self.doc['id']}")

    def channel(self, tokens: Tokens | None = None, pace: Callable[[], None] = lambda: None) -> Channel:
        """The adapter for the scene's connection, or with other tokens."""
        one = self.authorised or self.connect()
        settings = self.stage.settings(self)
        return self.adapter(Connection(self.app, one.shop, tokens or one.tokens, pace, settings))

    # --- the marketplace's side
    def door(self, path: str, /, **body: Any) -> Any:
        answer = requests.post(f"{self.sandbox}/_sandbox/{path}", json=body, timeout=30)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    def look(self, path: str, **query: Any) -> Any:
        answer = requests.get(f"{self.sandbox}/_sandbox/{path}", params=query, timeout=30)
        assert answer.ok, f"{path}: {answer.text}"
        return answer.json()

    @property
    def base(self) -> str:
        return f"market/{self.stage.kind}/{self.doc['id']}"

    def open(self, **more: Any) -> Doc:
        """A new shop of the platform, with a name of its own."""
        name = f"Shop {uuid4().hex[:8]}"
        wanted = {"platform": self.stage.kind, "name": name, **self.stage.shop, **more}
        if self.stage.kind == "woocommerce":
            wanted["identifier"] = name.lower().replace(" ", "-")
        self.doc, self.authorised = self.door("market/shops", **wanted), None
        return self.doc

    def product(self, *skus: Doc, title: str = "Ten thousand galaxies") -> Doc:
        """A product; without SKUs it has two in two sizes, ten of each."""
        usual = [
            {"sku": "TEN-A4", "title": "A4", "price": 4200, "stock": 10, "options": {"Size": "A4"}},
            {"sku": "TEN-A3", "title": "A3", "price": 5600, "stock": 10, "options": {"Size": "A3"}},
        ]
        return self.door(f"{self.base}/products", products=[{"title": title, "skus": list(skus) or usual}])[0]

    def change(self, product: Doc, act: str, place: int = 0, **body: Any) -> Doc:
        sku = product["skus"][place]["id"]
        return self.door(f"{self.base}/products/{product['id']}/{act}", sku_id=sku, **body)

    def listed(self, product: Doc, place: int = 0) -> Doc:
        """One SKU as the marketplace has it now."""
        return self.look(f"{self.base}/products/{product['id']}")["skus"][place]

    def stock(self, product: Doc, place: int = 0) -> int:
        return sum(self.listed(product, place)["stock"].values())

    def ref(self, product: Doc, place: int = 0) -> Ref:
        """What the adapter calls one SKU, by its SKU."""
        sku = product["skus"][place]["sku"]
        return next(one.ref for one in self.channel().listing(product["id"]) if one.sku == sku)

    def place(self, quantity: int = 1, **more: Any) -> Doc:
        """An order of the usual product's first SKU."""
        return self.door(f"{self.base}/orders", **{"sku": "TEN-A4", "quantity": quantity, **more})[0]

    def act(self, order: Doc, act: str, **body: Any) -> Doc:
        return self.door(f"{self.base}/orders/{order['id']}/{act}", **body)

    def order(self, order: Doc) -> Doc:
        return self.look(f"{self.base}/orders/{order['id']}")

    def travel(self, order: Doc, *acts: str) -> Doc:
        """Move an order's only parcel: arrange, collect, deliver, complete."""
        for act in acts:
            own = not order["platform_ships"]
            if act == "collect" and own:
                continue  # a parcel of the seller's own is on its way at once
            order = self.act(
                order, act, **({"method": "own", "tracking": "1Z-OWN"} if act == "arrange" and own else {})
            )
        return order

    def facts(self, order: Doc) -> OrderFacts:
        """The order as the adapter reads it."""
        (found,) = self.channel().read_orders([order["id"]])
        return found

    def effects(self, kind: str) -> list[Doc]:
        """The ledger's rows about this shop."""
        rows = self.look("effects", kind=kind)
        return [one for one in rows if one.get("shop") == self.doc["id"] and one.get("platform") == self.stage.kind]

    def fault(self, what: str, path: str = "any", **more: Any) -> None:
        """Plant trouble at one of the stage's paths; a path may begin with the method it means, as in `PUT /shop/*`."""
        method, _, glob = self.stage.paths[path].rpartition(" ")
        self.door("faults", kind=what, path=glob, **({"method": method} if method else {}), **more)

    def sandbox_at_peace(self) -> None:
        """No fault is planted any more, and we speak to the platform again."""
        requests.delete(f"{self.sandbox}/_sandbox/faults", timeout=20)
        breaker(self.adapter.profile.name).success()

    # --- pushes
    def subscribe(self) -> None:
        """Our hooks are registered; pings that come of it have arrived."""
        self.channel().subscribe(SECRET)
        self.quiet()

    def quiet(self) -> None:
        """Wait until nothing is on its way."""
        wait_until(lambda: not self._under_way(), "the post is out")

    def _under_way(self) -> list[Doc]:
        now, rows = self.look("clock")["now"], self.look("deliveries")
        return [one for one in rows if one["state"] == "sending" or (one["state"] == "waiting" and one["due"] <= now)]

    def told(self, kind: str, identifier: str = "", count: int = 1) -> list[Told]:
        """The letters about something of this shop, as soon as there are `count`."""
        try:
            wait_until(lambda: len(self._told(kind, identifier)) >= count, f"{count} × {kind} {identifier}")
        except AssertionError as error:
            raise AssertionError(f"{error}; heard {self._heard()}; post {self.look('deliveries')[-6:]}") from None
        return self._told(kind, identifier)

    def _told(self, kind: str, identifier: str) -> list[Told]:
        found = []
        for _path, headers, raw in list(self.letters.found):
            for push in self.read(headers, raw):
                if push.kind == kind and (not identifier or identifier in push.ids) and self.mine(push):
                    found.append((headers, raw, push))
        return found

    def mine(self, push: Push) -> bool:
        return push.shop_id in ("", self.doc["id"]) or push.shop_id.endswith(f"/{self.doc['id']}")

    def read(self, headers: CaseInsensitiveDict[str], raw: bytes) -> Sequence[Push]:
        return self.adapter.read_push(self.app, headers, raw, SECRET)

    def _heard(self) -> str:
        return json.dumps([(path, raw[:200].decode("utf-8", "replace")) for path, _, raw in self.letters.found][-6:])

    # --- time
    def window(self) -> tuple[datetime, datetime]:
        now = datetime.fromtimestamp(self.look("clock")["now"], UTC)
        return now - timedelta(days=1), now + timedelta(minutes=5)


def returned(location: str) -> dict[str, str]:
    """The query of the address that a seller's browser is sent back to."""
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))


def pressed(address: str, allow: bool, **fields: str | list[str]) -> dict[str, str]:
    """Open a consent page, choose `fields`, press Allow or Deny; what comes back to us. For most platforms that is all."""
    return returned(Browser().consent(address, allow, fields))
