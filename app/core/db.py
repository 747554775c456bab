"""Scoped sessions: every transaction says on whose behalf it reads, and PostgreSQL decides what it sees.

`workspace(id)`, `buyer(id)`, `public()` and `system(reason)` open a transaction, or change the scope of the open one
and put it back. Outside of them there is no session, and with no scope set the policies return no rows (ARCHITECTURE.md §7).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar
from uuid import UUID

from psycopg.pq import TransactionStatus
from sqlalchemy import (
    BigInteger,
    DateTime,
    Engine,
    MetaData,
    ScalarSelect,
    Select,
    String,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    declared_attr,
    mapped_column,
    with_loader_criteria,
)

from app.core.errors import NotFound
from app.core.ids import new_id

T = TypeVar("T")

PLATFORM = UUID("00000000-0000-7000-8000-000000000001")
"""The platform's own workspace: its commission and its share of fees are booked there; its owners and admins operate it."""
PLATFORM_SLUG = "guildhall"

Id = Annotated[UUID, mapped_column(default=new_id, sort_order=-10)]
When = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Minor = Annotated[int, mapped_column(BigInteger)]
Currency = Annotated[str, mapped_column(String(3))]
Json = Annotated[dict[str, Any], mapped_column(JSONB, default=dict)]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Tenanted:
    """A workspace table: key (workspace_id, id), filled from the open scope when left out."""

    @declared_attr
    def workspace_id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, default=current_workspace, sort_order=-20)

    @declared_attr
    def id(cls) -> Mapped[UUID]:
        return mapped_column(primary_key=True, default=new_id, sort_order=-19)


class Timestamped:
    @declared_attr
    def created_at(cls) -> Mapped[datetime]:
        return mapped_column(DateTime(timezone=True), default=now, sort_order=90)


_moment: ContextVar[datetime | None] = ContextVar("moment", default=None)


def now() -> datetime:
    """The moment, in UTC. One door, so that the demo's past can be written by the same actions as its present."""
    return _moment.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let `now()` answer `moment` (UTC) inside the block; for seeds and tests."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


@dataclass(frozen=True)
class Scope:
    """On whose behalf the transaction runs; mirrors the settings that the policies read."""

    name: str
    workspace_id: UUID | None = None
    user_id: UUID | None = None


@dataclass
class _Open:
    session: Session
    scope: Scope


_open: ContextVar[_Open | None] = ContextVar("open_session", default=None)
_engine: Engine | None = None
_bind: Any = None

TIMEOUTS = "-c statement_timeout=5s -c lock_timeout=3s -c idle_in_transaction_session_timeout=15s -c timezone=UTC"


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Create this process's engine for the application's role."""
    global _engine, _bind
    _engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=2,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text goes to the log; addresses and token hashes do not
        connect_args={"options": TIMEOUTS},
    )
    _bind = _engine
    return _engine


def engine() -> Engine:
    if _engine is None:
        raise RuntimeError("the database is not connected; create_app() does it")
    return _engine


def bind(target: Any) -> None:
    """Send sessions to `target`: tests hand in one connection so that a savepoint holds a whole test."""
    global _bind
    _bind = target


def session() -> Session:
    """The open session. Raises RuntimeError outside a scope, on purpose."""
    opened = _open.get()
    if opened is None:
        raise RuntimeError(
            "no scope is open: use db.workspace(), db.buyer(), db.community(), db.public() or db.system()"
        )
    return opened.session


def scope() -> Scope | None:
    opened = _open.get()
    return opened.scope if opened else None


def current_workspace() -> UUID:
    """The workspace of the open scope; rows that belong to one take it from here."""
    current = scope()
    if current is None or current.workspace_id is None:
        raise RuntimeError("this row belongs to a workspace, and no workspace scope is open")
    return current.workspace_id


def workspace(workspace_id: UUID, user_id: UUID | None = None) -> Any:
    """As a member of one workspace (or a job on its behalf)."""
    return _scoped(Scope("workspace", workspace_id, user_id))


def buyer(owner_id: UUID) -> Any:
    """As one buyer: a person's id, or the visitor id of a guest."""
    return _scoped(Scope("buyer", None, owner_id))


def community(workspace_id: UUID, user_id: UUID | None = None) -> Any:
    """As a visitor of one workspace's forum: what everybody may see, and with `user_id` what that person may see and write."""
    return _scoped(Scope("community", workspace_id, user_id))


def public() -> Any:
    """As anybody: published rows only."""
    return _scoped(Scope("public"))


def system(reason: str) -> Any:
    """Across workspaces. `reason` is on the allow-list of tests/architecture, or the build fails."""
    if not reason:
        raise ValueError("say why the system scope is needed")
    return _scoped(Scope("system"))


@contextmanager
def snapshot(scope: Scope) -> Iterator[Session]:
    """For long reads, from outside of any scope: a transaction that sees one and the same moment from its first row to its last."""
    if _open.get() is not None:
        raise RuntimeError("a snapshot is a transaction of its own; no scope may be open")
    with Session(_bind, expire_on_commit=False, **_savepoints()) as opened, opened.begin():
        if isinstance(_bind, Engine):
            opened.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
        opened.execute(_PATIENTLY)
        yield from _within(opened, scope)


_PATIENTLY = text(
    "select set_config('statement_timeout', '60s', true), set_config('idle_in_transaction_session_timeout', '900s', true)"
)


def beside(work: Callable[[], T]) -> T:
    """Run `work` as if no scope were open: what it writes is committed at once, and stays when the open transaction is undone."""
    try:
        return Context().run(work)
    finally:
        outer = _open.get()
        if outer is not None and _speaks(outer.session):
            _announce(outer.session, outer.scope)


@contextmanager
def _scoped(scope: Scope) -> Iterator[Session]:
    outer = _open.get()
    if outer is None:
        with Session(_bind, expire_on_commit=False, **_savepoints()) as opened, opened.begin():
            yield from _within(opened, scope)
        return
    try:
        yield from _within(outer.session, scope, flush=True)
    finally:
        if _speaks(outer.session):
            _announce(outer.session, outer.scope)


@event.listens_for(Session, "do_orm_execute")
def _by_index(state: ORMExecuteState) -> None:
    """Say a workspace's id in its statements too. The policies see to what is seen, but as one condition «or» another
    they find no index, and a small workspace's list would read everybody's rows.
    """
    opened = _open.get()
    if (
        opened is None
        or opened.scope.name not in ("workspace", "community")
        or not (state.is_select or state.is_update or state.is_delete)
    ):
        return
    own = opened.scope.workspace_id
    mine = with_loader_criteria(
        Tenanted, lambda cls: cls.workspace_id == own, include_aliases=True, propagate_to_loaders=False
    )
    state.statement = state.statement.options(mine)


def _speaks(opened: Session) -> bool:
    """Whether the transaction still takes statements. After a failed one only a rollback counts, which also restores
    the scope; another statement would hide the first error."""
    if not opened.is_active:
        return False
    driver = opened.connection().connection.driver_connection
    return driver is not None and driver.info.transaction_status != TransactionStatus.INERROR


def _savepoints() -> dict[str, Any]:
    return {} if isinstance(_bind, Engine) else {"join_transaction_mode": "create_savepoint"}


def _within(opened: Session, scope: Scope, flush: bool = False) -> Iterator[Session]:
    if flush:
        opened.flush()
    _announce(opened, scope)
    token = _open.set(_Open(opened, scope))
    try:
        yield opened
        opened.flush()
    finally:
        _open.reset(token)


_ANNOUNCE = text(
    "select set_config('app.scope', :scope, true), set_config('app.workspace_id', :workspace, true),"
    " set_config('app.user_id', :user, true)"
)


def _announce(opened: Session, scope: Scope) -> None:
    opened.execute(
        _ANNOUNCE,
        {"scope": scope.name, "workspace": str(scope.workspace_id or ""), "user": str(scope.user_id or "")},
    )


def idle_up_to(seconds: int) -> None:
    """Let the open transaction, if there is one, sit idle that long: it waits for something outside, such as file storage."""
    opened = _open.get()
    if opened is not None:
        opened.session.execute(_IDLE, {"limit": f"{seconds}s"})


_IDLE = text("select set_config('idle_in_transaction_session_timeout', :limit, true)")


def add(row: T) -> T:
    """Stage a new row in the open session and give it back, its defaults filled at once."""
    session().add(row)
    session().flush()
    return row


def ensure(model: type[T], **unique: Any) -> T:
    """The row with these values, which are unique together, locked; made with its defaults when it is new.

    Two who ask for it at once wait for each other here and get the same row.
    """
    session().execute(insert(model).values(**unique).on_conflict_do_nothing())
    wanted = select(model).filter_by(**unique).with_for_update().execution_options(populate_existing=True)
    return session().scalars(wanted).one()


def clock() -> datetime:
    """The database's own moment, by which presses on different machines are told apart."""
    return session().execute(select(func.clock_timestamp())).scalar_one()


MOST_COUNTED = 10_000


def counted(statement: Select[Any]) -> ScalarSelect[int]:
    """How many rows a statement finds, as a column to select; counted up to MOST_COUNTED so that a long list stays quick."""
    return select(func.count()).select_from(statement.limit(MOST_COUNTED).subquery()).scalar_subquery()


def unsaved(model: type[T]) -> T:
    """A row that is nowhere stored and holds what a new one would."""
    defaults = {column.key: column.default for column in inspect(model).columns if column.default is not None}
    return model(**{key: found.arg(None) if found.is_callable else found.arg for key, found in defaults.items()})


def get(model: type[T], id: UUID) -> T:
    """A row of the open workspace by id. Raises NotFound, also for rows of other workspaces."""
    row = find(model, id)
    if row is None:
        raise NotFound
    return row


def find(model: type[T], id: UUID, *, lock: bool = False) -> T | None:
    """Like `get`, but None when missing; `lock=True` takes the row lock and re-reads."""
    statement = select(model).where(model.id == id)  # type: ignore[attr-defined]
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session().scalars(statement).one_or_none()


def lock(row: T) -> T:
    """Take the row lock and re-read it, so the check after this sees the newest state. Raises NotFound when it is gone."""
    fresh = find(type(row), row.id, lock=True)  # type: ignore[attr-defined]
    if fresh is None:
        raise NotFound
    return fresh
