"""One row out of an archive as the database takes it: every value of its column's type, ids made fresh."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, DateTime, Integer, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from app.archives.coming import SAID
from app.archives.ids import Ids
from app.archives.rules import RULES
from app.archives.unpacking import BadArchive
from app.core import db
from app.core.money import CURRENCIES

LONGEST = 200_000
"""Characters of one text."""
SLUG = re.compile(r"[\w-]{1,120}")
WEB = re.compile(r"https?://[^\s\"'<>\\]{1,2000}")
TYPE = re.compile(r"[A-Za-z0-9.+-]{1,80}/[A-Za-z0-9.+-]{1,80}")


def columns(table: str) -> dict[str, Column[Any]]:
    """Those that leave with an archive."""
    found = db.Base.metadata.tables[table].c
    return {name: found[name] for name in RULES[table].columns}


def known(table: str, row: dict[str, Any]) -> None:
    """Raises BadArchive for columns that no such table has."""
    if strange := set(row) - set(RULES[table].columns):
        raise BadArchive(f"rows/{table}.jsonl has columns that are not known here: {', '.join(sorted(strange))[:100]}.")


def values(table: str, row: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """Raises BadArchive."""
    known(table, row)
    made = {}
    for name, column in columns(table).items():
        if name in row:
            made[name] = _value(table, column, row[name], ids)
        elif not column.nullable and column.default is None and column.server_default is None:
            raise BadArchive(f"rows/{table}.jsonl has a row without {name}.")
    return made


def _value(table: str, column: Column[Any], raw: Any, ids: Ids) -> Any:
    if raw is None and column.nullable:
        return None
    try:
        made = _typed(column.type, raw, ids)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadArchive(f"rows/{table}.jsonl: {raw!r:.40} does not fit {column.name}.") from error
    if not _fits(f"{table}.{column.name}", column.name, made):
        raise BadArchive(f"rows/{table}.jsonl: {raw!r:.40} is not known as {column.name}.")
    return made


def _typed(kind: Any, raw: Any, ids: Ids) -> Any:
    if isinstance(kind, ARRAY):
        return [_typed(kind.item_type, one, ids) for one in _of(list, raw)]
    if isinstance(kind, JSONB):
        return _without_nul(ids.within(_of((dict, list), raw)))
    if isinstance(kind, Uuid):
        return ids.fresh(UUID(_of(str, raw)))
    if isinstance(kind, DateTime):
        return _moment(_of(str, raw))
    if isinstance(kind, Boolean):
        return _of(bool, raw)
    if isinstance(kind, Integer):
        return _number(raw, 63 if isinstance(kind, BigInteger) else 31)
    if isinstance(kind, String):
        return _text(raw)
    raise TypeError(f"{kind} does not come in")


def _of(kind: Any, raw: Any) -> Any:
    if not isinstance(raw, kind):
        raise TypeError
    return raw


def _number(raw: Any, bits: int) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not -(1 << bits) <= raw < 1 << bits:
        raise ValueError
    return raw


def _text(raw: Any) -> str:
    text: str = _of(str, raw)
    if len(text) > LONGEST or "\x00" in text:
        raise ValueError
    text.encode()  # a half of a pair of surrogates is no text
    return text


def _moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw)
    if moment.tzinfo is None or not 1990 < moment.year < 2100:
        raise ValueError
    return moment


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_text(key): _without_nul(one) for key, one in value.items()}
    return value


def _fits(where: str, name: str, made: Any) -> bool:
    if where in SAID:
        return made in SAID[where]
    if name == "slug":
        return bool(SLUG.fullmatch(made))
    if name == "currency":
        return made in CURRENCIES
    if name == "content_type":
        return bool(TYPE.fullmatch(made))
    if name == "tracking_url":
        return made == "" or bool(WEB.fullmatch(made))
    return True
