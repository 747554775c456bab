"""Shops of 10,000 SKUs at every platform of a live sandbox, connected to a workspace that sells the same; workers as processes."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import requests
from sqlalchemy import select

from app.catalogue.models import Shop
from app.channels.actions import connecting
from app.channels.models import ChannelConnection
from app.core import db
from app.core.actor import Actor
from tests.channels.stage import Doc, Scene, Stage, pressed, stages
from tests.chaos.crew import Crew
from tests.cli.test_run import soon
from tests.letters import Letters

SIMPLE, FAMILIES, SIZES = 9_000, 100, 10
SKUS = SIMPLE + FAMILIES * SIZES
"""Most products stand alone, as they do; some have sizes, which cost a platform's reader a request of their own."""
STOCK, AT_ONCE = 1000, 500
PATIENCE = 600
MEMORY = "sandbox/stripe.sqlite3"
LISTED_OVER = 2 * 365 * 86400
"""Seconds: goods were listed over two years, not within the seconds that listing them took; platforms page by these moments."""

CATALOGUE = """
with made as (
    insert into products (workspace_id, id, shop_id, slug, title, description, state, ships, downloads, tags, currency, price_minor,
                          sold_count, created_at, updated_at, version)
    select %(w)s, gen_random_uuid(), %(s)s, 'many-' || n, 'Many ' || n, '', 'draft', true, false, '{}', 'USD', 1000, 0, now(), now(), 1
    from generate_series(1, %(n)s) n
    returning workspace_id, id, slug
), sold as (
    insert into variants (workspace_id, id, product_id, sku, title, option_values, position, price_minor, currency, tracked,
                          weight_g, length_mm, width_mm, height_mm)
    select workspace_id, gen_random_uuid(), id, upper(slug), '', '{}', 0, 1000, 'USD', true, 200, 0, 0, 0 from made
    returning workspace_id, id
)
insert into stock_levels (workspace_id, id, variant_id, location_id, on_hand, reserved)
select workspace_id, gen_random_uuid(), id, %(l)s, %(stock)s, 0 from sold
"""


def sku(number: int) -> str:
    return f"MANY-{number}"


@dataclass
class Market:
    """Three shops there, the workspace here. `connections`: the platform's name and the connection's id."""

    world: Any
    crew: Crew
    admin_url: str
    scenes: list[Scene] = field(default_factory=list)
    connections: dict[str, UUID] = field(default_factory=dict)

    @property
    def workspace_id(self) -> UUID:
        return self.world.north.id  # type: ignore[no-any-return]

    def open(self) -> None:
        """Our side and theirs list the same SKUs with the same numbers, so that nothing has to be told at the start."""
        shop, place = self.world.shop(self.world.north), self.world.location(self.workspace_id)
        values = {"w": self.workspace_id, "s": shop.id, "l": place.id, "n": SKUS, "stock": STOCK}
        with psycopg.connect(self.admin_url) as connection:
            connection.execute(CATALOGUE, values)
        for stage in stages():
            scene = Scene(stage, self.crew.sandbox, Letters(self.crew.url))
            scene.open()
            for products in _pieces(list(_products())):
                scene.door(f"{scene.base}/products", products=products)
            self.scenes.append(scene)
        _age(self.crew.folder / MEMORY)
        for scene in self.scenes:
            self._connect(scene, shop)

    def _connect(self, scene: Scene, shop: Shop) -> None:
        """The seller's way over both pages; a site's keys come by its own post."""
        alice, typed = Actor("person", "Alice", self.world.alice.id), scene.stage.typed(scene)
        with db.workspace(self.workspace_id):
            consent = connecting.begin(alice, scene.stage.kind, shop, typed)
            address, nonce = connecting.address(consent), consent.nonce
        if scene.stage.kind == "woocommerce":
            pressed(address, True)
        else:
            answer = scene.stage.consent(scene, address, True)
            with db.system("test world"):
                connecting.answered(nonce, {**typed, **answer}, self.world.alice.id)
        until(lambda: self._joined(scene.stage))

    def _joined(self, stage: Stage) -> bool:
        with db.workspace(self.workspace_id) as session:
            wanted = select(ChannelConnection.id).where(ChannelConnection.kind == stage.kind)
            found = session.scalars(wanted).one_or_none()
        if found is not None:
            self.connections[stage.kind] = found
        return found is not None

    def stock(self, scene: Scene, number: int) -> int:
        """What buyers there can still buy of a SKU."""
        place = number - 1 if number <= SIMPLE else SIMPLE + (number - SIMPLE - 1) // SIZES
        (product,) = scene.look(f"{scene.base}/products", limit=1, offset=place)
        return next(sum(one["stock"].values()) for one in product["skus"] if one["sku"] == sku(number))


def _products() -> Iterator[Doc]:
    for number in range(1, SIMPLE + 1):
        yield {"title": f"Many {number}", "skus": [_sku(number, {})]}
    for family in range(FAMILIES):
        numbers = range(SIMPLE + family * SIZES + 1, SIMPLE + (family + 1) * SIZES + 1)
        yield {"title": f"Family {family}", "skus": [_sku(one, {"Size": str(one)}) for one in numbers]}


def _sku(number: int, options: Doc) -> Doc:
    return {"sku": sku(number), "title": str(number), "price": 1000, "stock": STOCK, "options": options}


def _pieces(products: Sequence[Doc]) -> Iterator[Sequence[Doc]]:
    for start in range(0, len(products), AT_ONCE):
        yield products[start : start + AT_ONCE]


def _age(memory: Path) -> None:
    moment = "created - cast((select max(seq) from market_docs) - seq as integer) * ? / (select max(seq) from market_docs) - 3600"
    with closing(sqlite3.connect(memory, timeout=30)) as connection:
        for name in ("updated", "created"):
            connection.execute(
                f"update market_docs set {name} = {moment}, body = json_set(body, '$.{name}', {moment}) where kind = 'product'",
                [LISTED_OVER, LISTED_OVER],
            )
        connection.commit()


def until(true: Any, seconds: float = PATIENCE) -> None:
    if not soon(true, seconds):
        raise AssertionError(f"it did not happen within {seconds} s")


def hire(crew: Crew) -> None:
    """The web server and the worker that hear pushes, the relay, and the two workers of channels."""
    crew.add("relay", "-m", "flask", "--app", "wsgi", "relay")
    bind = ("-b", f"127.0.0.1:{crew.web_port}")
    crew.add("web", "-m", "gunicorn", "-c", "app/cli/gunicorn_conf.py", *bind, "wsgi:app")
    for name in ("payments", "default", "sync", "bulk"):
        crew.add(name, "-m", "jobs", name)
    crew.tend()
    for address in (f"{crew.url}/healthz", f"{crew.sandbox}/_sandbox/clock"):
        until(lambda address=address: _answers(address), 60)


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


@dataclass
class Counted:
    """Requests that each platform saw, by the second."""

    seconds: dict[str, list[int]] = field(default_factory=dict)

    def most(self, kind: str, span: int = 1) -> int:
        """The most requests in `span` seconds that follow each other."""
        per = self.seconds.get(kind, [])
        return max((sum(per[at : at + span]) for at in range(max(len(per) - span + 1, 1))), default=0)

    def total(self, kind: str) -> int:
        return sum(self.seconds.get(kind, []))


@contextmanager
def counting(crew: Crew, kinds: Sequence[str]) -> Iterator[Counted]:
    """The sandbox counts against a daily quota that nobody reaches; its count is read every second."""
    for kind in kinds:
        body = {"platform": kind, "per_day": 10_000_000}
        requests.post(f"{crew.sandbox}/_sandbox/market/limits", json=body, timeout=30).raise_for_status()
    counted, over = Counted(), threading.Event()
    watcher = threading.Thread(target=_count, args=(crew.folder / MEMORY, kinds, counted, over))
    watcher.start()
    try:
        yield counted
    finally:
        over.set()
        watcher.join(10)
        for kind in kinds:
            requests.post(f"{crew.sandbox}/_sandbox/market/limits", json={"platform": kind}, timeout=30)


def _count(memory: Path, kinds: Sequence[str], counted: Counted, over: threading.Event) -> None:
    before, tick = dict.fromkeys(kinds, 0), time.monotonic()
    with closing(sqlite3.connect(f"file:{memory}?mode=ro", uri=True, timeout=5)) as connection:
        while not over.wait(max(tick - time.monotonic(), 0)):
            tick += 1
            for kind in kinds:
                row = connection.execute(
                    "select json_extract(value, '$[1]') from settings where name = ?", [f"market.limits.{kind}.used"]
                ).fetchone()
                counted.seconds.setdefault(kind, []).append(row[0] - before[kind])
                before[kind] = row[0]
