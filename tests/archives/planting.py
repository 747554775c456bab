"""A row in every table of a workspace, each of its words the one that is planted."""

import os
import uuid
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import String

from app.archives.rules import RULES
from app.models import metadata
from tests.architecture.test_tenancy import CHOSEN, TENANT, _harmless


def plant(workspace_id: uuid.UUID, word: str, *, secret: str = "") -> None:
    """Written by the owner of the tables, checks by key switched off. `secret` stands in the columns that must not leave."""
    with psycopg.connect(os.environ["DATABASE_ADMIN_URL"], autocommit=True) as admin:
        admin.execute("set session_replication_role = replica")
        for name in set(TENANT) - {"archives"}:  # one that is under way would stand in the way of the one to be made
            rule = RULES[name]
            values = {
                column.name: _value(column, secret if secret and column.name in rule.withheld else word)
                for column in metadata.tables[name].c
                if column.computed is None
            }
            _insert(admin, name, values | {"workspace_id": workspace_id, **CHOSEN.get(name, {})})


def _value(column: Any, word: str) -> Any:
    if column.name == "id":
        return uuid.uuid4()
    if "currency" in column.name:
        return "USD"
    found = None if column.nullable else _harmless(column)
    free = isinstance(column.type, String) and isinstance(found, str) and len(found) == 32
    return f"{word}-{uuid.uuid4().hex[:8]}" if free else found


def _insert(admin: Any, name: str, values: dict[str, Any]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
    statement = sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier(name), names, marks)
    admin.execute(statement, list(values.values()))
