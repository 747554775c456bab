"""The audit trail: readable, filterable, paged, and tampering shows with the first broken entry."""

import os
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import time_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import audit, db
from app.core.actor import Actor


def write(world: Any, count: int, who: str = "Ada", action: str = "orders.ship_order", **data: Any) -> None:
    with db.workspace(world.north.id):
        for number in range(count):
            audit.record(Actor("person", who), action, world.north, number=number, **data)


def test_entries_read_as_sentences_with_details(as_: Any, world: Any) -> None:
    alice = as_(world.alice)
    alice.post(f"/w/{world.north.slug}/settings", name="Northern", hue="150")
    write(world, 1, amount=world.money(1250))
    page = alice.get(f"/w/{world.north.slug}/audit").text
    assert "changed the workspace: name Northlight → Northern" in page
    assert "orders: ship order" in page and "amount: $12.50" in page


def test_filters_narrow_by_person_action_and_day(as_: Any, world: Any) -> None:
    with time_machine.travel(db.now() - timedelta(days=3), tick=True):
        write(world, 1, "Bob", "orders.refund")
        earlier = db.now().date().isoformat()
    write(world, 1, "Ada", "orders.ship_order")
    alice, base = as_(world.alice), f"/w/{world.north.slug}/audit"

    def shown(query: str) -> tuple[bool, bool]:
        page = alice.get(f"{base}?{query}").text
        table = page.partition("<tbody>")[2].partition("</tbody>")[0]
        return "Bob" in table, "Ada" in table

    assert shown("") == (True, True)
    assert shown("actor=Bob") == (True, False)
    assert shown("action=orders.ship_order") == (False, True)
    assert shown(f"until={earlier}") == (True, False)
    assert shown(f"since={db.now().date().isoformat()}") == (False, True)
    assert shown("actor=Bob&action=orders.ship_order") == (False, False)
    assert "Nothing matches" in alice.get(f"{base}?actor=Nobody").text


@pytest.mark.parametrize("query", ["before=x", "since=soon", "until=2026-99-99", "before=-1", "actor=%00"])
def test_a_broken_filter_is_ignored(as_: Any, world: Any, query: str) -> None:
    write(world, 1)
    assert as_(world.alice).get(f"/w/{world.north.slug}/audit?{query}").status_code == 200


def test_pages_go_on_where_the_last_one_ended(as_: Any, world: Any) -> None:
    write(world, 60)
    alice, base = as_(world.alice), f"/w/{world.north.slug}/audit"
    first = alice.get(f"{base}?actor=Ada").text
    assert ">60</td>" in first and ">11</td>" in first and ">10</td>" not in first
    assert 'href="?actor=Ada&amp;before=11"' in first
    second = alice.get(f"{base}?actor=Ada&before=11").text
    assert ">10</td>" in second and ">1</td>" in second and ">11</td>" not in second and 'rel="next"' not in second


def test_only_owners_and_admins_read_it_and_only_their_own(as_: Any, world: Any) -> None:
    write(world, 1)
    base = f"/w/{world.north.slug}/audit"
    statuses = [
        as_(person).get(base).status_code for person in (world.alice, world.ada, world.bob, world.vera, world.charlie)
    ]
    assert statuses == [200, 200, 403, 403, 404]
    assert "orders: ship order" not in as_(world.charlie).get(f"/w/{world.other.slug}/audit").text


def test_a_whole_trail_fits(as_: Any, world: Any) -> None:
    write(world, 5)
    assert "All 5 entries fit" in as_(world.alice).get(f"/w/{world.north.slug}/audit?verify=1").text


def test_the_application_itself_cannot_change_an_entry(world: Any) -> None:
    write(world, 1)
    for statement in ("update audit_entries set action = 'x'", "delete from audit_entries"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            db.workspace(world.north.id) as session,
            session.begin_nested(),
        ):
            session.execute(text(statement))
    with db.workspace(world.north.id):
        assert audit.head()[0] == 1 and audit.verify() is None


@pytest.mark.parametrize(
    ("tampering", "broken", "words"),
    [
        ("update audit_entries set actor_name = 'Nobody' where position = 3", 3, "Nobody"),
        ("update audit_entries set data = '{\"number\": 99}' where position = 2", 2, "orders: ship order"),
        ("delete from audit_entries where position = 4", 4, "It is missing"),
        ("update audit_entries set position = -position where position in (2, 3);"
         " update audit_entries set position = case position when -2 then 3 else 2 end where position < 0", 2, "Ada"),
    ],
    ids=["changed", "changed data", "deleted", "reordered"],
)  # fmt: skip
def test_tampering_names_the_first_broken_entry(
    committed: None, app: Any, tampering: str, broken: int, words: str
) -> None:
    """The owner of the tables goes behind the application's back."""
    from tests.world import World

    world = World()
    write(world, 6)
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as connection:
        connection.execute("alter table audit_entries disable trigger append_only")
        connection.execute(tampering)
        connection.execute("alter table audit_entries enable trigger append_only")
    client = world.sign_in(app.test_client(), world.alice)
    page = client.get(f"/w/{world.north.slug}/audit?verify=1").text
    assert f"Entry {broken} does not fit" in page and words in page
