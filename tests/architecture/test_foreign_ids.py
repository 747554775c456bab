"""Every route, called with another workspace's address or ids: nothing leaks, nothing changes (SECURITY.md §3, IDOR)."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.access import actions as access
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.licences import actions as licences
from app.models import metadata
from app.orders.models import Order, OrderGroup, OrderLine
from tests.world import World

CANARY = "canary-4f1c9"
TENANT = sorted(
    t.name for t in metadata.sorted_tables if "workspace_id" in t.c and not t.c.workspace_id.nullable and "id" in t.c
)


@pytest.fixture
def stolen(world: World) -> dict[str, Any]:
    """Things of Charlie's workspace whose ids a stranger got hold of; their words hold a canary."""
    shop = world.shop(world.other, name=CANARY, state="draft")
    product_row = world.product(shop, CANARY, downloads=True, state="draft")
    variant = world.variant(product_row)
    with db.system("test world"):
        group = db.add(
            OrderGroup(
                code=CANARY[:8], buyer_id=new_id(), email=f"{CANARY}@example.test", currency="USD", total_minor=100
            )
        )
    with db.workspace(world.other.id):
        order = db.add(
            Order(
                group_id=group.id,
                shop_id=shop.id,
                number=4711,
                buyer_id=group.buyer_id,
                buyer_name=CANARY,
                buyer_email=group.email,
                currency="USD",
                subtotal_minor=100,
                total_minor=100,
                state="open",
                payment_state="paid",
                paid_at=db.now(),
            )
        )
        line = db.add(
            OrderLine(
                order_id=order.id,
                product_id=product_row.id,
                variant_id=variant.id,
                title=CANARY,
                sku=CANARY,
                ships=True,
                downloads=True,
                quantity=1,
                unit_minor=100,
                total_minor=100,
            )
        )
        _license(product_row, variant.id, order, line)
        ids = _ids(world.other.id)
    return {"shop": shop, "product": product_row, "order": order, "line": line, "group": group, "ids": ids}


def _license(product: Any, variant_id: UUID, order: Order, line: OrderLine) -> None:
    """In the stranger's workspace: the line came with a key, a device uses it, and the next signer is made."""
    actor = Actor("person", CANARY)
    licences.set_terms(actor, product, licences.Terms("generated", "CANARY", 3, None, 30, 10, {}))
    grant = access.grant(order.buyer_id, product.id, variant_id, order.id, line.id, downloads=True)
    made = licences.issue(grant, 1, licences.Purchase(order.number, CANARY, order.buyer_email))[0]
    licences.activate(made.id, CANARY, CANARY)
    licences.make_next(actor)


def _ids(workspace_id: UUID) -> dict[str, str]:
    """One id out of every tenant table that has a row in this workspace."""
    found = {}
    for name in TENANT:
        row = (
            db.session()
            .execute(text(f"select id from {name} where workspace_id = :w limit 1"), {"w": workspace_id})
            .scalar()
        )
        if row:
            found[name] = str(row)
    return found


def _state(workspace_id: UUID) -> str:
    """A fingerprint of every row of the workspace."""
    digest = hashlib.sha256()
    with db.workspace(workspace_id) as session:
        for name in TENANT:
            for row in session.execute(
                text(f"select t::text from {name} t where workspace_id = :w order by id"), {"w": workspace_id}
            ):
                digest.update(row[0].encode())
    return digest.hexdigest()


def _calls(app: Any, fixed: dict[str, str], ids: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path) for every route, its parameters filled with what is fixed and with ids of all kinds."""
    for rule in app.url_map.iter_rules():
        names = sorted(rule.arguments)
        for picked in _picks(names, fixed, ids):
            path = rule.rule
            for name, value in zip(names, picked, strict=True):
                path = re.sub(rf"<(?:[^<>:]+:)?{name}>", value, path)
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule.endpoint, method, path


def _picks(names: list[str], fixed: dict[str, str], ids: dict[str, str]) -> set[tuple[str, ...]]:
    """Each id stands once in each place, and once all places hold the ids that their names ask for, so that they belong together."""
    every = list(ids.values())
    turned = {
        tuple(fixed.get(name) or every[(turn + place) % len(every)] for place, name in enumerate(names))
        for turn in range(len(every))
    }
    return turned | {tuple(fixed.get(name) or ids.get(f"{name.removesuffix('_id')}s", every[0]) for name in names)}


def _call(browser: Any, method: str, path: str) -> Any:
    """A request as a page of ours would send it, token included."""
    data = {"csrf_token": browser.csrf} if method == "POST" else None
    return browser.open(path, method=method, data=data)


def _token(browser: Any) -> None:
    page = browser.get("/discover").get_data(as_text=True)
    browser.csrf = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]


def _in_workspace(app: Any, slug: str, ids: dict[str, str]) -> list[tuple[str, str, str]]:
    calls = _calls(app, {"workspace": slug, "number": "4711", "width": "320"}, ids)
    return [call for call in calls if call[2].startswith(f"/w/{slug}/")]


def test_a_stranger_finds_no_workspace_route(app: Any, world: World, client: Any, stolen: Any) -> None:
    """Alice is signed in and asks for every page of Charlie's workspace."""
    _token(world.sign_in(client, world.alice))
    before, wrong = _state(world.other.id), []
    for endpoint, method, path in _in_workspace(app, world.other.slug, {"orders": stolen["ids"]["orders"]}):
        answer = _call(client, method, path)
        if answer.status_code not in (404, 405) or CANARY in answer.get_data(as_text=True):
            wrong.append((endpoint, method, path, answer.status_code))
    assert wrong == []
    assert _state(world.other.id) == before


def test_foreign_ids_in_ones_own_workspace_are_missing(app: Any, world: World, client: Any, stolen: Any) -> None:
    """Alice, an owner, calls her own routes with the ids of Charlie's things."""
    _token(world.sign_in(client, world.alice))
    before, wrong = _state(world.other.id), []
    ids = stolen["ids"]
    for endpoint, method, path in _in_workspace(app, world.north.slug, ids):
        if not any(one in path for one in [*ids.values(), "4711"]):
            continue
        answer = _call(client, method, path)
        if answer.status_code < 400 or CANARY in answer.get_data(as_text=True):
            wrong.append((endpoint, method, path, answer.status_code))
    assert wrong == []
    assert _state(world.other.id) == before


def test_nobody_in_particular_sees_nothing_of_it(app: Any, world: World, client: Any, stolen: Any) -> None:
    """Fay, a buyer, and a guest call every public and personal route with the stolen ids."""
    before, leaks = _state(world.other.id), []
    fixed = {"workspace": world.other.slug, "shop": stolen["shop"].slug, "product": stolen["product"].slug}
    ids = {name: str(stolen[name].id) for name in ("product", "order", "group")}
    for person in (None, world.fay):
        browser = app.test_client()
        if person:
            world.sign_in(browser, person)
        _token(browser)
        for endpoint, method, path in _calls(app, fixed, ids):
            if endpoint in ("live.listen",):
                continue
            answer = _call(browser, method, path)
            said = answer.get_data(as_text=True)
            for typed in (path, fixed["shop"], fixed["product"]):
                said = said.replace(typed, "")
            if CANARY in said or answer.status_code >= 500:
                leaks.append((endpoint, method, path, answer.status_code))
    assert leaks == []
    assert _state(world.other.id) == before


@pytest.mark.parametrize("role", ["viewer", "member"])
def test_lower_roles_change_nothing_they_may_not(app: Any, world: World, client: Any, role: str) -> None:
    """A refused role leaves the workspace as it was: every POST that answers 403 changed nothing."""
    _token(world.sign_in(client, world.vera if role == "viewer" else world.bob))
    before, refused = _state(world.north.id), 0
    for _endpoint, method, path in _in_workspace(app, world.north.slug, {"things": str(new_id())}):
        if method == "POST" and not path.endswith("/leave") and _call(client, method, path).status_code == 403:
            refused += 1
    assert refused > 0
    if role == "viewer":
        assert _state(world.north.id) == before


def test_a_change_without_the_forms_token_is_refused(app: Any, world: World, client: Any) -> None:
    """Cross-site request forgery: every POST of ours needs its token; webhooks, keys (of programs too) and unsubscribe links prove themselves instead."""
    world.sign_in(client, world.alice)
    before, accepted = _state(world.north.id), []
    fixed = {"workspace": world.north.slug, "number": "1001", "width": "320"}
    for endpoint, method, path in _calls(app, fixed, {"things": str(new_id())}):
        if (
            method == "POST"
            and not path.startswith(("/webhooks/", "/channels/woocommerce/keys", "/unsubscribe/", "/api/v1/licences/"))
            and client.open(path, method=method).status_code != 403
        ):
            accepted.append(endpoint)
    assert accepted == []
    assert _state(world.north.id) == before
