"""A workspace's statements name it, so that an index led by `workspace_id` serves them (decision 0008)."""

from typing import Any

import pytest
from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import aliased

from app.catalogue.models import Product, Variant
from app.core import db
from tests.asked import statements

MINE = "workspace_id = %("


@pytest.fixture
def asked(world: Any) -> Any:
    """Run a query in a scope; what the database heard."""

    def ask(statement: Any, scope: Any = None) -> str:
        with scope or db.workspace(world.north.id), statements() as heard:
            db.session().execute(statement).all() if statement.is_select else db.session().execute(statement)
        return heard[-1]

    return ask


NAMED = {
    "rows": (select(Product), 1),
    "columns": (select(Product.title), 1),
    "a count": (select(func.count()).select_from(Product), 1),
    "an alias": (select(aliased(Product)), 1),
    "a join": (select(Product.title, Variant.sku).join(Variant, Variant.product_id == Product.id), 2),
    "a subquery": (select(Product.id).where(exists().where(Variant.product_id == Product.id)), 2),
    "a list of ids": (select(Product.id).where(Product.id.in_(select(Variant.product_id))), 2),
    "an update": (update(Product).values(sold_count=1), 1),
    "a deletion": (delete(Variant), 1),
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_workspaces_statement_names_it(asked: Any, kind: str) -> None:
    statement, times = NAMED[kind]
    assert asked(statement).count(MINE) == times


def test_what_a_row_brings_along_is_named_too(world: Any) -> None:
    shop = world.shop(world.north)
    world.product(shop, "Print")
    with db.workspace(world.north.id) as session:
        session.expunge_all()
        row = session.scalars(select(Product)).one()
        with statements() as heard:
            assert row.shop.id == shop.id and row.variants
    assert len(heard) == 2 and all("workspace_id" in one.split("WHERE")[1] for one in heard)


def test_each_scope_names_its_own_and_others_name_none(world: Any, asked: Any) -> None:
    world.product(world.shop(world.north), "Print")
    world.product(world.shop(world.other), "Cup")
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Product.title)).all() == ["Print"]
        with db.workspace(world.other.id):
            assert session.scalars(select(Product.title)).all() == ["Cup"]
        assert session.scalars(select(Product.title)).all() == ["Print"]
    assert MINE not in asked(select(Product), db.buyer(world.fay.id))
    assert MINE not in asked(select(Product), db.system("test world"))
