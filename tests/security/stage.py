"""A stage on which every route has something to show, and the addresses of all routes filled with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import DeliveryZone, Discount
from app.core import db, signing
from app.core.actor import Actor
from app.core.ids import new_id
from app.inventory.models import Location
from app.licences import actions as licences
from app.licences.models import Licence
from app.workspaces.models import Member
from tests.orders.selling import pay, place
from tests.world import World

ALICE = Actor("person", "Alice")
STREAMS = {"live.listen"}
"""Answers that never end."""


class Browser:
    """One browser with its cookies; `post` sends the token that the pages carry."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._token = ""

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **{"buffered": True} | options)

    @property
    def token(self) -> str:
        if not self._token:
            page = self.client.get("/cart").get_data(as_text=True)
            found = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert found, page[:400]
            self._token = found[1]
        return self._token

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        typed = {"csrf_token": self.token, **(data or {})}
        return self.client.post(path, data=typed, **{"buffered": True} | options)


@dataclass
class Stage:
    """Northlight with a shop, a product that ships and downloads and comes with a licence, a paid order of Fay's, a device that
    uses its key, and all ids by parameter name."""

    app: Any
    world: World
    values: dict[str, str]
    rows: dict[str, Any]

    def browser(self, person: Any = None) -> Browser:
        client = self.app.test_client()
        return Browser(self.world.sign_in(client, person) if person else client)

    def routes(self, method: str | None = None) -> Iterator[tuple[str, str, str]]:
        """(endpoint, method, path with its parameters filled) of every route."""
        for rule in self.app.url_map.iter_rules():
            path = rule.rule
            for name in rule.arguments:
                path = re.sub(rf"<(?:[^<>:]+:)?{name}>", self.value(rule.endpoint, name), path)
            for one in sorted((rule.methods or set()) & {"GET", "POST"}):
                if method in (None, one):
                    yield rule.endpoint, one, path

    def value(self, endpoint: str, name: str) -> str:
        return self.values.get(f"{endpoint}.{name}") or self.values.get(name) or str(new_id())


def build(app: Any, world: World, run_jobs: Any) -> Stage:
    shop = world.shop(world.north)
    product = world.product(shop, "Nebula print", downloads=True)
    with db.workspace(world.north.id):
        licences.set_terms(ALICE, product, licences.Terms("generated", "NEBULA", 3, None, 30, 10, {}))
    group_id = place(world, world.fay.id, (product, 1))
    pay(group_id, run_jobs)
    picture = world.picture(product)
    with db.workspace(world.north.id) as session:
        discount = db.add(Discount(shop_id=shop.id, code="SPRING", kind="percent", value=1000))
        grant = session.scalars(select(Grant)).one()
        order, licence = _order(session), session.scalars(select(Licence)).one()
        rows = {
            "shop": shop,
            "product": product,
            "variant": world.variant(product),
            "grant": grant,
            "order": order,
            "discount": discount,
            "picture": picture,
            "zone": session.scalars(select(DeliveryZone)).first(),
            "location": session.scalars(select(Location)).first(),
            "member": session.scalars(select(Member).where(Member.role == "viewer")).one(),
            "file": product_file(session, product.id),
            "group_id": group_id,
            "licence": licence,
            "seat": licences.activate(licence.id, "stage-laptop", "Studio laptop").seat,
            "signer": licences.make_next(ALICE),
        }
    return Stage(app, world, _values(world, rows), rows)


def _order(session: Any) -> Any:
    from app.orders.models import Order

    return session.scalars(select(Order)).one()


def product_file(session: Any, product_id: Any) -> Any:
    from app.catalogue.models import File

    return session.scalars(select(File).where(File.product_id == product_id)).one()


def _values(world: World, rows: dict[str, Any]) -> dict[str, str]:
    group_id, grant = rows["group_id"], rows["grant"]
    token = signing.sign("purchase", [str(group_id), str(world.fay.id)])
    link = signing.sign("download", [str(grant.workspace_id), str(grant.id), str(rows["file"].id), str(grant.buyer_id)])
    ids = {f"{name}_id": str(rows[name].id) for name in rows if name != "group_id"}
    return ids | {
        "workspace": world.north.slug,
        "workspace_id": str(world.north.id),
        "workspace_name": world.north.slug,
        "group_id": str(group_id),
        "media_id": ids["picture_id"],
        "number": str(rows["order"].number),
        "width": "320",
        "shop": rows["shop"].slug,
        "product": rows["product"].slug,
        "orders.open_purchase.token": token,
        "orders.claim_purchase.token": token,
        "downloads.download.token": link,
        "token": "no-such-token",
        "filename": "app.0.css",
    }


class Elements(HTMLParser):
    """Every start tag of a page as (name, attributes), and all text outside of tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data
