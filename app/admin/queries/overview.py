"""The platform's figures: intake, mail, money, sizes, and who listens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.core import db
from app.core.inbox import InboundEvent
from app.core.mail import Mail
from app.core.outbox_relay import queue, valkey
from app.payments.queries import MONEY_RULES, violations

HOURS = 24


def first_id(since: datetime) -> UUID:
    """The smallest id (UUIDv7) that could have been made at that moment: rows since then are one range of the key."""
    return UUID(int=(int(since.timestamp() * 1000) << 80) | (7 << 76) | (2 << 62))


def received() -> list[int]:
    """Receipts in each of the last 24 hours, the present one last."""
    now = db.now().replace(minute=0, second=0, microsecond=0)
    since = now - timedelta(hours=HOURS - 1)
    hour = func.date_trunc("hour", InboundEvent.received_at)
    found = select(hour, func.count()).where(InboundEvent.id >= first_id(since)).group_by(hour)
    by_hour = {row[0]: row[1] for row in db.session().execute(found)}
    return [by_hour.get(since + timedelta(hours=step), 0) for step in range(HOURS)]


@dataclass(frozen=True)
class Post:
    """`written` in the last hour; `unsent` of all times, the oldest `since`."""

    written: int
    unsent: int
    since: datetime | None


def post() -> Post:
    session = db.session()
    written = select(func.count()).where(Mail.id >= first_id(db.now() - timedelta(hours=1)))
    unsent = session.execute(select(func.count(), func.min(Mail.created_at)).where(Mail.sent_at.is_(None))).one()
    return Post(session.scalar(written) or 0, unsent[0], unsent[1])


def workers(queues: list[str]) -> dict[str, int] | None:
    """How many workers listen to each queue; None when Valkey does not answer."""
    client = valkey()
    try:
        return {name: Worker.count(connection=client, queue=queue(name, client)) for name in queues}
    except RedisError:
        return None


@dataclass(frozen=True)
class Money:
    """`broken`: by rule the rows that break it, at most 20 each; None when the check was not done within its time."""

    at: datetime
    broken: dict[str, list[str]] | None


def money() -> Money:
    """Every rule of the money, looked at now."""
    try:
        with db.session().begin_nested():
            found = violations()
    except OperationalError:
        return Money(db.now(), None)
    return Money(db.now(), {rule: [one.row for one in found if one.rule == rule] for rule in MONEY_RULES})


@dataclass(frozen=True)
class Size:
    """A table with its indexes, in bytes; `rows` as PostgreSQL estimates them."""

    name: str
    size: int
    rows: int


def sizes(limit: int = 6) -> tuple[int, list[Size]]:
    """The whole database in bytes, and its largest tables."""
    total = db.session().execute(text("select pg_database_size(current_database())")).scalar_one()
    found = db.session().execute(
        text(
            "select c.relname, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint from pg_class c"
            " join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and c.relkind in ('r', 'p')"
            " order by 2 desc limit :limit"
        ),
        {"limit": limit},
    )
    return int(total), [Size(name, int(size), int(rows)) for name, size, rows in found]
