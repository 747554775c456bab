"""What a grant opens and when it closes, seen through the doors that people use."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.access import actions, queries
from app.access.models import Grant
from app.core import db
from app.core.outbox import OutboxEvent
from tests.orders.selling import fail, order_of, pay, place
from tests.world import World


@pytest.fixture
def pack(world: World) -> Any:
    return world.product(world.shop(world.north, "Packs"), "Sea glass", ships=False, downloads=True, price=1300)


@pytest.fixture
def bought(world: World, pack: Any, run_jobs: Any) -> Grant:
    pay(place(world, world.fay.id, (pack, 1)), run_jobs)
    return only(world)


def only(world: World) -> Grant:
    with db.workspace(world.north.id) as session:
        return session.scalars(select(Grant).execution_options(populate_existing=True)).one()


def told(world: World) -> list[str]:
    with db.system("test world") as session:
        statement = (
            select(OutboxEvent.payload).where(OutboxEvent.name == "access.GrantChanged").order_by(OutboxEvent.id)
        )
        return [payload["change"] for payload in session.scalars(statement)]


def library(world: World, app: Any, person: Any) -> str:
    return str(world.sign_in(app.test_client(), person).get("/library").get_data(as_text=True))


def test_nothing_is_open_before_the_money_is_here(world: World, pack: Any, app: Any, run_jobs: Any) -> None:
    group = place(world, world.fay.id, (pack, 1))
    assert "Sea glass" not in library(world, app, world.fay)
    fail(group, run_jobs)
    assert "Sea glass" not in library(world, app, world.fay)
    assert told(world) == []


def test_the_library_belongs_to_its_buyer(world: World, bought: Grant, app: Any) -> None:
    assert "Sea glass" in library(world, app, world.fay)
    assert "Sea glass" not in library(world, app, world.bob)
    assert app.test_client().get(f"/library/{bought.id}").status_code == 404


def test_each_change_happens_and_is_told_once(world: World, bought: Grant) -> None:
    line = bought.source_id
    with db.workspace(world.north.id):
        again = actions.grant(bought.buyer_id, bought.product_id, bought.variant_id, bought.order_id, line)
        assert again.id == bought.id
        assert [actions.revoke([line], "refund") for _ in range(2)] == [1, 0]
        assert actions.restore([line], "dispute") == 0, "a won dispute does not undo a refund"
        assert [actions.restore([line], "refund") for _ in range(2)] == [1, 0]
    assert told(world) == ["granted", "revoked", "restored"]


@pytest.mark.parametrize(
    ("change", "words", "way_out"),
    [
        ({"stops": ["refund"], "revoked_for": "refund", "revoked_at": db.now()}, "This was refunded", "Your purchase"),
        (
            {"stops": ["dispute"], "revoked_for": "dispute", "revoked_at": db.now()},
            "Your bank disputes the payment",
            "Your purchase",
        ),
        ({"ends_at": db.now() - timedelta(minutes=1)}, "The time of this download is over", "Visit Packs"),
    ],
)
def test_a_closed_purchase_says_why_and_what_to_do(
    world: World, bought: Grant, app: Any, change: dict[str, Any], words: str, way_out: str
) -> None:
    with db.workspace(world.north.id) as session:
        session.execute(update(Grant).where(Grant.id == bought.id).values(**change))
    page = world.sign_in(app.test_client(), world.fay).get(f"/library/{bought.id}").get_data(as_text=True)
    assert words in page and way_out in page
    assert "/links" not in page, "no button that would be refused"


def test_a_pending_bank_is_said_in_the_library(world: World, pack: Any, app: Any, run_jobs: Any) -> None:
    from app.orders import actions as orders

    group = place(world, world.fay.id, (pack, 1))
    with db.workspace(world.north.id):
        orders.hold_for_bank(order_of(group, _shop(pack)))
    assert "Waiting for your bank" in library(world, app, world.fay)
    pay(group, run_jobs)
    page = library(world, app, world.fay)
    assert "Waiting for your bank" not in page and "Sea glass" in page


def _shop(product: Any) -> Any:
    from app.catalogue.models import Shop

    with db.workspace(product.workspace_id):
        return db.get(Shop, product.shop_id)


def test_grants_of_many_orders_come_in_one_question(world: World, pack: Any, run_jobs: Any) -> None:
    groups = [place(world, world.fay.id, (pack, 1)) for _ in range(3)]
    for group in groups:
        pay(group, run_jobs)
    with db.workspace(world.north.id) as session:
        ids = list(session.scalars(select(Grant.order_id)))
        assert {grant.order_id for grant in queries.grants_for_orders(ids)} == set(ids)
    with db.workspace(world.other.id):
        assert queries.grants_for_orders(ids) == []
