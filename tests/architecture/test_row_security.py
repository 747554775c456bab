"""The ways in which row-level security fails quietly, one by one (RELIABILITY.md §5, R32). The matrix: test_tenancy.py."""

import os
import re
from typing import Any

import psycopg
import pytest
from sqlalchemy import UniqueConstraint, select, text
from sqlalchemy.exc import DBAPIError

from app.core import db
from app.models import metadata
from app.orders.models import Order
from tests.architecture.order import ROOT, sources
from tests.orders.selling import place
from tests.world import World

TENANT = {t.name for t in metadata.sorted_tables if "workspace_id" in t.c and not t.c.workspace_id.nullable}
PUBLIC_OR_RANDOM = {
    ("communities", "slug"),  # the community's public address
    ("shops", "slug"),  # the shop's public address
    ("invitations", "token_hash"),  # 256 random bits
    ("copies", "mark"),  # 60 random bits
    ("parcels", "tracking_code"),  # random, in the buyer's public address
    ("seller_accounts", "stripe_account_id"),  # the others are random words of Stripe's, never typed by anybody
    ("payouts", "stripe_payout_id"),
    ("channel_consents", "nonce"),  # 256 random bits
    ("channel_connections", "kind", "remote_id"),  # heard only after the shop itself has said yes to us
    ("transfers", "stripe_transfer_id"),
    ("transfer_reversals", "stripe_reversal_id"),
}
"""Uniques across workspaces tell that a value exists elsewhere; these may."""


def plain(name: str) -> str:
    return os.environ[name].replace("postgresql+psycopg://", "postgresql://", 1)


def test_no_key_leads_into_another_workspace() -> None:
    """Referential checks bypass row-level security: each key between workspace tables carries the workspace."""
    loose = [
        f"{table.name}.{key.column_keys}"
        for table in metadata.sorted_tables
        if table.name in TENANT
        for key in table.foreign_key_constraints
        if key.referred_table.name in TENANT and "workspace_id" not in key.column_keys
    ]
    assert loose == []


def test_uniques_tell_nothing_of_other_workspaces() -> None:
    """A violation is an oracle: uniques are per workspace, or on public and random values."""
    found = set()
    for table in metadata.sorted_tables:
        if table.name in TENANT:
            columns = [one.columns for one in table.constraints if isinstance(one, UniqueConstraint)]
            columns += [one.columns for one in table.indexes if one.unique]
            found |= {(table.name, *(c.name for c in some)) for some in columns if "workspace_id" not in some}
    assert found == PUBLIC_OR_RANDOM


def test_settings_end_with_their_transaction() -> None:
    """A setting that outlives its transaction goes with the pooled connection to somebody else."""
    wrong = []
    for path in [*sources(), *(ROOT / "jobs").glob("*.py"), *(ROOT / "migrations").rglob("*.py")]:
        code = path.read_text(encoding="utf-8")
        wrong += [str(path)] if re.search(r"set_config\([^)]*,\s*false\s*\)", code, re.I) else []
        wrong += [str(path)] if re.search(r"[\"'\s]set\s+(session\s+)?(app\.|role|row_security)", code, re.I) else []
    assert wrong == []


@pytest.fixture
def order(committed: None, world: World, app: Any) -> Order:
    """An order of Northlight, committed."""
    shop = world.shop(world.north)
    group = place(world, world.fay.id, (world.product(shop), 1))
    with db.system("test world") as session:
        return session.scalars(select(Order).where(Order.group_id == group)).one()


def seen(session: Any) -> int:
    return int(session.execute(text("select count(*) from orders")).scalar())


def test_a_connection_that_was_used_shows_nothing_to_the_next(order: Order, world: World) -> None:
    """After a scope the settings are empty texts, not NULL: no rows, and no error either."""
    for _ in range(3):
        with db.workspace(world.north.id) as session:
            assert seen(session) == 1
        with db.engine().connect() as reused:
            assert seen(reused) == 0
            assert {reused.execute(text(f"select current_setting('app.{one}', true)")).scalar() for one in NAMES} <= {
                "",
                None,
            }


NAMES = ("scope", "workspace_id", "user_id")


def test_a_savepoint_that_is_undone_keeps_the_scope(order: Order, world: World) -> None:
    """ROLLBACK TO SAVEPOINT undoes settings made after it; the scope of before stands, and nothing wider."""
    with db.workspace(world.north.id) as session:
        with pytest.raises(RuntimeError), session.begin_nested(), db.workspace(world.other.id):
            assert seen(session) == 0
            raise RuntimeError
        assert seen(session) == 1
    with db.workspace(world.other.id) as session:
        with pytest.raises(RuntimeError), session.begin_nested(), db.system("test world"):
            assert seen(session) == 1
            raise RuntimeError
        assert seen(session) == 0


def test_a_row_does_not_move_to_another_workspace(order: Order, world: World) -> None:
    with pytest.raises(DBAPIError, match="row-level security"), db.workspace(world.north.id) as session:
        session.execute(text("update shops set workspace_id = :other"), {"other": world.other.id})
    with db.workspace(world.other.id) as session:
        assert session.execute(text("select count(*) from shops")).scalar() == 0


def test_the_wall_cannot_be_switched_off(order: Order) -> None:
    with psycopg.connect(plain("DATABASE_URL")) as connection:
        connection.execute("set row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from orders")


def test_functions_that_look_over_the_wall_are_few_and_fenced(app: Any) -> None:
    """Security definers: owned by a role that nobody logs in as, with a search path of their own, executable by the application alone."""
    with psycopg.connect(plain("DATABASE_ADMIN_URL")) as admin:
        found = admin.execute(
            "select p.proname, r.rolname, r.rolcanlogin, p.proconfig::text,"
            " has_function_privilege('public', p.oid, 'execute') from pg_proc p join pg_roles r on r.oid = p.proowner"
            " where p.prosecdef and p.pronamespace = 'public'::regnamespace order by 1"
        ).fetchall()
    assert {row[0] for row in found} == {
        "forum_entered",
        "ledger_balances",
        "search_forum",
        "search_orders",
        "search_products",
        "similar_products",
        "similar_threads",
        "similar_words",
        "tagged_threads",
        "threads_with_any",
    }
    assert {(row[1], row[2], row[4]) for row in found} == {("guildhall_search", False, False)}
    assert all("search_path=public, pg_temp" in row[3] for row in found)


@pytest.mark.parametrize("scope", ["none", "other", "public", "buyer", "own"])
def test_search_finds_orders_of_the_open_workspace_only(order: Order, world: World, scope: str) -> None:
    settings = {
        "none": ("", "", ""),
        "other": ("workspace", str(world.other.id), ""),
        "public": ("public", str(world.north.id), ""),
        "buyer": ("buyer", str(world.north.id), str(world.fay.id)),
        "own": ("workspace", str(world.north.id), ""),
    }[scope]
    with psycopg.connect(plain("DATABASE_URL")) as connection:
        for name, value in zip(NAMES, settings, strict=True):
            connection.execute("select set_config(%s, %s, true)", [f"app.{name}", value])
        found = connection.execute("select id from search_orders(%s)", [str(order.number)]).fetchall()
    assert [row[0] for row in found] == ([order.id] if scope == "own" else [])
