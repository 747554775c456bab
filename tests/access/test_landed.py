"""Orders that were paid before shipped things were granted: the revision writes what the actions would have written."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text

from app.access.models import Grant
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.orders import actions as orders
from app.orders.actions.outside import OutsideLine, OutsideOrder, bring
from app.orders.models import Order
from tests.orders.selling import fail, order_of, pay, place, settle_refund
from tests.world import World

ALICE = Actor("person", "Alice")
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"


def fill() -> None:
    """The statement of the revision, by the application's own role, so that row-level security is asked as well."""
    spec = spec_from_file_location("every_purchase_grants", next(VERSIONS.glob("*_every_purchase_grants.py")))
    assert spec is not None and spec.loader is not None
    revision = module_from_spec(spec)
    spec.loader.exec_module(revision)
    # A later revision holds reasons in `stops` and demands them of every row; what it does to rows of that day is done here.
    stopped = revision.FILL.replace("revoked_for)", "revoked_for, stops)").replace(
        "ended\nfrom paid", "ended, array_remove(array[ended], null)\nfrom paid"
    )
    with db.system("test world") as session:
        session.execute(text(stopped))


def grants() -> dict[UUID, tuple[Any, ...]]:
    """By order; what decides who may enter."""
    with db.system("test world") as session:
        found = session.scalars(select(Grant).execution_options(populate_existing=True))
        return {
            row.order_id: (
                row.workspace_id,
                row.buyer_id,
                row.product_id,
                row.variant_id,
                row.source_id,
                row.downloads,
                row.revoked_for,
                row.revoked_at is None,
            )
            for row in found
        }


@pytest.fixture
def told(world: World, run_jobs: Any) -> dict[str, Order]:
    """One mug per fate, and a pack."""
    shop = world.shop(world.north, "Kiln")
    mug = world.product(shop, "Mug", stock=20)
    pack = world.product(shop, "Sea glass", ships=False, downloads=True)

    def bought(product: Any = mug, units: int = 1) -> UUID:
        group = place(world, world.fay.id, (product, units))
        pay(group, run_jobs)
        return group

    def refund(group: UUID, amount: int, state: str) -> None:
        order = order_of(group, shop)
        with db.workspace(world.north.id):
            row = db.get(Order, order.id)
            what = {row.lines[0].id: orders.RefundLine(1, Money(amount, "USD"))}
            orders.refund(ALICE, row, what, Money.zero("USD"), "requested_by_customer", "", False, "key")
        settle_refund(order, state, run_jobs)

    groups = {name: bought() for name in ("kept", "back", "promised", "failed", "disputed", "cancelled")}
    groups |= {"half": bought(units=2), "pack": bought(pack)}
    groups["unpaid"] = place(world, world.fay.id, (mug, 1))
    groups["expired"] = place(world, world.fay.id, (mug, 1))
    fail(groups["expired"], run_jobs)
    for name, state in (("back", "succeeded"), ("half", "succeeded"), ("promised", "pending"), ("failed", "failed")):
        refund(groups[name], 2000, state)
    rows = {name: order_of(group, shop) for name, group in groups.items()}
    with db.workspace(world.north.id):
        orders.dispute_moved(db.get(Order, rows["disputed"].id), "needs_response", "")
        orders.cancel(ALICE, db.get(Order, rows["cancelled"].id), "Broke")
        rows["platform"] = bring(ALICE, said(shop, mug, world))
    return rows


def said(shop: Any, mug: Any, world: World) -> OutsideOrder:
    variant = world.variant(mug)
    line = OutsideLine("k", "Mug", 1, 2000, 0, 2000, product_id=mug.id, variant_id=variant.id)
    return OutsideOrder(
        "tiktok", new_id(), shop.id, "paid", "USD", db.now(), [line], 2000, 0, 0, 2000, buyer_name="J*** D***"
    )


def test_what_was_paid_before_is_granted_as_it_would_have_been(told: dict[str, Order]) -> None:
    live = grants()
    names = {order.id: name for name, order in told.items()}
    assert {names[order]: grant[-2:] for order, grant in live.items()} == {
        "kept": (None, True),
        "half": (None, True),
        "promised": (None, True),
        "failed": (None, True),
        "pack": (None, True),
        "back": ("refund", False),
        "disputed": ("dispute", False),
        "cancelled": (None, True),
    }, "neither the unpaid nor a platform's; a cancelled one ends when its refund arrives"
    with db.system("test world") as session:
        session.execute(delete(Grant).where(~Grant.downloads))
    assert set(grants()) == {told["pack"].id}
    for _ in range(2):
        fill()
    del live[told["cancelled"].id]
    assert grants() == live


def test_what_the_revision_wrote_follows_the_money_from_then_on(told: dict[str, Order], world: World) -> None:
    with db.system("test world") as session:
        session.execute(delete(Grant).where(~Grant.downloads))
    fill()
    with db.workspace(world.north.id):
        orders.dispute_moved(db.get(Order, told["disputed"].id), "won", "needs_response")
        orders.dispute_moved(db.get(Order, told["kept"].id), "needs_response", "")
    found = grants()
    assert found[told["disputed"].id][-2:] == (None, True)
    assert found[told["kept"].id][-2:] == ("dispute", False)
