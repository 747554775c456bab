"""Rows as lines of JSON: one object a line, ids and moments as text (UTC), amounts in minor units."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Table, func, inspect, select
from sqlalchemy.orm import Mapper

from app.archives.progress import Progress
from app.archives.rules import RULES, Rule
from app.core import db

BATCH = 1000
"""Rows that are in memory at once."""


def leaving() -> list[Rule]:
    """Tables that leave, those first that others point at."""
    tables = db.Base.metadata.sorted_tables
    return [RULES[table.name] for table in tables if table.name in RULES and not RULES[table.name].stays]


@cache
def model_of(table: str) -> Any:
    """The class whose rows they are: a select of it names its workspace, which finds the index (app/core/db.py)."""
    return next(one.class_ for one in db.Base.registry.mappers if _named(one, table))


def _named(mapper: Mapper[Any], table: str) -> bool:
    return isinstance(mapper.local_table, Table) and mapper.local_table.name == table


def _columns(rule: Rule) -> list[Any]:
    model = model_of(rule.table)
    mapper: Mapper[Any] = inspect(model)
    return [getattr(model, mapper.get_property_by_column(model.__table__.c[name]).key) for name in rule.columns]


def count(rule: Rule) -> int:
    """In the open workspace."""
    return int(db.session().scalar(select(func.count(model_of(rule.table).id))) or 0)


def statement(rule: Rule) -> Executable:
    return select(*_columns(rule)).order_by(model_of(rule.table).id)


def lines(rule: Rule, progress: Progress) -> Iterator[bytes]:
    """Every row of the open workspace, oldest first."""
    for row in stream(statement(rule)):
        yield line(dict(zip(rule.columns, row, strict=True)))
        progress.went()


def stream(wanted: Executable) -> Iterator[Any]:
    """Rows through a cursor of the database, so that a large table is never held in memory."""
    yield from db.session().execute(wanted.execution_options(yield_per=BATCH))


def line(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, default=plain, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (UUID, Decimal)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no shape in an archive")
