"""Every table × verb × whose workspace: what is not yours is not there (ARCHITECTURE.md §7, RELIABILITY.md R32)."""

import os
import uuid
from typing import Any

import psycopg
import pytest
from psycopg import sql

from app.core import db
from app.models import metadata
from tests.world import World

TENANT = sorted(
    t.name for t in metadata.sorted_tables if "workspace_id" in t.c and not t.c.workspace_id.nullable and "id" in t.c
)
SCOPES = {
    "none": ("", False),
    "other": ("workspace", True),
    "public": ("public", False),
    "stranger": ("buyer", False),
    "visitor": ("community", True),
}
PUBLIC = {("public", "communities", "select"), ("stranger", "communities", "select")}
"""Communities are found by their address, as anybody."""
CHOSEN: dict[str, dict[str, Any]] = {
    "forum_flags": {"reason": "spam"},
    "forum_followings": {"level": "mute", "thread_id": uuid.uuid4()},
    "forum_saves": {"thread_id": uuid.uuid4()},
}
"""What a table demands of its rows beyond the types of its columns."""
PRIVATE = {"forum_hidden_tags", "forum_saves", "forum_views", "forum_default_views"}
"""Not even the owner of the workspace reads these rows of somebody else."""
BUYERS = {"positions"}
"""Nor how far a buyer is in what they bought; the buyer reads it in their own scope alone."""


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


@pytest.fixture
def rows(app: Any, committed: None) -> Any:
    """A row of every tenant table in one workspace, written by the owner of the tables, checks by key switched off."""
    world = World()
    made: dict[str, uuid.UUID] = {}
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for name in TENANT:
            made[name] = _insert(admin, name, world.north.id)
    return world, made


def _insert(admin: Any, name: str, workspace_id: uuid.UUID) -> uuid.UUID:
    """A row filled with harmless values of each column's type."""
    table, row_id = metadata.tables[name], uuid.uuid4()
    values: dict[str, Any] = {}
    for column in table.c:
        if column.computed is not None or column.name == "workspace_id":
            continue
        values[column.name] = row_id if column.name == "id" else None if column.nullable else _harmless(column)
    values |= {"workspace_id": workspace_id, **CHOSEN.get(name, {})}
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
    admin.execute(
        sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier(name), names, marks), list(values.values())
    )
    return row_id


def _harmless(column: Any) -> Any:
    kind = str(column.type).upper()
    if _listed(column):
        return column.default.arg
    if "[]" in kind or "ARRAY" in kind:
        return []
    if "JSON" in kind:
        return "{}"
    if "UUID" in kind:
        return uuid.uuid4()
    if "BOOL" in kind:
        return False
    if "TIME" in kind:
        return db.now()
    if "INT" in kind:
        return 0 if column.name in ("withheld_minor", "disputed_minor") else 1  # taken from an amount of 1 only once
    if "BYTEA" in kind or "BLOB" in kind:
        return b""
    return uuid.uuid4().hex[: getattr(column.type, "length", None) or 32]


def _listed(column: Any) -> bool:
    """A word out of a list that a check holds it to."""
    said = " ".join(str(one.sqltext) for one in column.table.constraints if hasattr(one, "sqltext"))
    return column.name in said and column.default is not None and column.default.is_scalar


@pytest.mark.parametrize("scope", SCOPES)
def test_no_table_shows_or_changes_a_foreign_row(rows: Any, scope: str) -> None:
    world, made = rows
    leaks = []
    for name, row_id in made.items():
        for verb, statement in (
            ("select", f"select 1 from {name} where id = %s"),
            ("update", f"update {name} set id = id where id = %s"),
            ("delete", f"delete from {name} where id = %s"),
        ):
            with psycopg.connect(_plain(os.environ["DATABASE_URL"])) as connection:
                _settings(connection, scope, world)
                if (scope, name, verb) not in PUBLIC and _attempt(connection, statement, [row_id]):
                    leaks.append((scope, name, verb))
    assert leaks == []


def _settings(connection: Any, scope: str, world: World) -> None:
    name, workspace = SCOPES[scope]
    values = [name, str(world.other.id) if workspace else "", str(world.fay.id) if scope == "stranger" else ""]
    connection.execute(
        "select set_config('app.scope', %s, false), set_config('app.workspace_id', %s, false), set_config('app.user_id', %s, false)",
        values,
    )


def _attempt(connection: Any, statement: str, values: list[Any]) -> int:
    try:
        return int(connection.execute(statement, values).rowcount)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException):
        return 0
    finally:
        connection.rollback()


def test_own_rows_are_there(rows: Any) -> None:
    """The matrix could pass on an empty database: the owner of the workspace sees every one of these rows."""
    world, made = rows
    with psycopg.connect(_plain(os.environ["DATABASE_URL"])) as connection:
        connection.execute(
            "select set_config('app.scope', 'workspace', false), set_config('app.workspace_id', %s, false)",
            [str(world.north.id)],
        )
        unseen = [
            name
            for name, row_id in made.items()
            if not connection.execute(f"select 1 from {name} where id = %s", [row_id]).fetchone()
        ]
    assert set(unseen) == PRIVATE | BUYERS


def test_private_rows_are_their_persons(rows: Any) -> None:
    """In every scope in which the person comes; deleting somebody else's changes nothing."""
    world, made = rows
    for name in PRIVATE:
        with psycopg.connect(_plain(os.environ["DATABASE_ADMIN_URL"])) as admin:
            whose = admin.execute(f"select user_id from {name} where id = %s", [made[name]]).fetchone()[0]  # type: ignore[index]
        for scope, person, seen in (
            ("workspace", whose, 1),
            ("community", whose, 1),
            ("workspace", world.alice.id, 0),
            ("community", world.fay.id, 0),
            ("buyer", world.fay.id, 0),
            ("buyer", whose, int(name == "forum_saves")),
        ):
            with psycopg.connect(_plain(os.environ["DATABASE_URL"])) as connection:
                connection.execute(
                    "select set_config('app.scope', %s, false), set_config('app.workspace_id', %s, false),"
                    " set_config('app.user_id', %s, false)",
                    [scope, str(world.north.id), str(person)],
                )
                connection.commit()  # the settings outlive the attempts, which are rolled back
                assert _attempt(connection, f"select 1 from {name} where id = %s", [made[name]]) == seen, (name, scope)
                gone = int(bool(seen) and scope != "community")
                assert _attempt(connection, f"delete from {name} where id = %s", [made[name]]) == gone, (name, scope)


def test_no_row_can_be_written_into_a_foreign_workspace(rows: Any) -> None:
    world, _ = rows
    accepted = []
    for name in TENANT:
        with psycopg.connect(_plain(os.environ["DATABASE_URL"])) as connection:
            _settings(connection, "other", world)
            try:
                _insert(connection, name, world.north.id)
                accepted.append(name)
            except (
                psycopg.errors.InsufficientPrivilege,
                psycopg.errors.ForeignKeyViolation,
                psycopg.errors.CheckViolation,
            ):
                pass
            finally:
                connection.rollback()
    assert accepted == []


def test_every_table_forces_row_level_security(app: Any) -> None:
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"]) as admin:
        lax = admin.execute(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
            " and not (relrowsecurity and relforcerowsecurity) and relname <> 'alembic_version'"
        ).fetchall()
    assert lax == []


def test_search_without_a_workspace_finds_no_orders(rows: Any) -> None:
    with psycopg.connect(_plain(os.environ["DATABASE_URL"])) as connection:
        assert connection.execute("select * from search_orders('')").fetchall() == []
