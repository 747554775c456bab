"""The end of each audit trail is noted every hour, so that a trail that was cut there shows too."""

import os
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import audit, db
from app.core.actor import Actor
from app.core.outbox import later
from tests.workspaces.test_audit import write
from tests.world import World


def note(run_jobs: Callable[..., list[str]]) -> None:
    """What the scheduler asks for every hour."""
    with db.system("scheduler"):
        later("workspaces.anchor_trails")
    assert "workspaces.anchor_trails" in run_jobs()


def behind_our_back(statement: str) -> None:
    """The owner of the tables changes an append-only one."""
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as connection:
        connection.execute("alter table audit_entries disable trigger append_only")
        connection.execute(statement)
        connection.execute("alter table audit_entries enable trigger append_only")


def test_each_grown_trail_is_noted_once(world: World, run_jobs: Callable[..., list[str]]) -> None:
    write(world, 3)
    note(run_jobs)
    note(run_jobs)
    with db.workspace(world.north.id) as session:
        noted = session.query(audit.AuditAnchor).all()
        assert [(one.position, one.hash) for one in noted] == [audit.head()]
        assert audit.lost_anchor() is None
    with db.workspace(world.other.id):
        newest = audit.last_anchor()
        assert newest is None or newest.workspace_id == world.other.id


def test_the_application_can_only_add_anchors(world: World, run_jobs: Callable[..., list[str]]) -> None:
    write(world, 1)
    note(run_jobs)
    for statement in ("update audit_anchors set position = 0", "delete from audit_anchors"):
        with (
            pytest.raises(DBAPIError, match="permission denied"),
            db.workspace(world.north.id) as session,
            session.begin_nested(),
        ):
            session.execute(text(statement))


def test_the_page_and_the_check_say_that_all_is_there(
    as_: Any, world: World, run_jobs: Callable[..., list[str]]
) -> None:
    page = f"/w/{world.north.slug}/audit?verify=1"
    write(world, 2)
    assert "nothing was noted yet" in as_(world.alice).get(page).text
    note(run_jobs)
    assert "The trail reaches what was noted" in as_(world.alice).get(page).text


@pytest.mark.parametrize("regrown", [False, True], ids=["cut", "cut and written on"])
def test_a_trail_that_was_cut_at_its_end_shows(
    committed: None, app: Any, run_jobs: Callable[..., list[str]], regrown: bool
) -> None:
    """The rest still fits in itself; only the anchor knows that there was more."""
    world = World()
    write(world, 6)
    note(run_jobs)
    fine = app.test_cli_runner().invoke(args=["check"])
    assert "reach their anchors" in fine.output, fine.output
    behind_our_back("delete from audit_entries where position > 4")
    if regrown:
        with db.workspace(world.north.id):
            for _ in range(5):
                audit.record(Actor("person", "Mallory"), "orders.ship_order", world.north)
    with db.workspace(world.north.id):
        assert audit.verify() is None
    page = world.sign_in(app.test_client(), world.alice).get(f"/w/{world.north.slug}/audit?verify=1").text
    assert "The end of the trail was cut off" in page
    assert ("Now another entry stands in that place" in page) == regrown
    told = app.test_cli_runner().invoke(args=["check"])
    assert told.exit_code == 1
    assert f"The audit trail of workspace {world.north.id} was cut: entry 6" in told.output
