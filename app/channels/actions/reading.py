"""Orders in: read from the platform whatever told us of them, a push, a look or a person; the platform's own state is the truth.

Looks overlap, because platforms count in whole seconds and pages move while they are read (TRAPS.md E35, F43). The mark up to which
everything is known moves only after a whole window was read.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy import func, select, update

from app.channels import channel
from app.channels.actions import runs, speaking, taking
from app.channels.channel import Channel
from app.channels.channel_facts import Page
from app.channels.models import ChannelConnection, ChannelOrder, ChannelRun
from app.channels.order_facts import OrderFacts, OrderRef
from app.core import db
from app.core.errors import ProviderError, Refused
from app.core.outbox import later

log = structlog.get_logger()
OVERLAP = timedelta(minutes=5)
LONGEST = timedelta(days=15)
MOST_PAGES = 200
UNREAD = "It holds something that could not be read ({what}). It is kept as it came, and tried again by itself."
LOST = timedelta(seconds=65)
"""A look is one job, and no job runs longer than a minute: one that did not move for so long went down with its worker."""
CLOSE = timedelta(seconds=5)
"""Platforms count in whole seconds, so what was read so soon after a change may have changed once more in the same second."""
_LONG_AGO = datetime.fromtimestamp(0, UTC)


def read_orders(workspace_id: UUID, connection_id: UUID, remote_ids: Sequence[str]) -> int:
    """Job: read these orders and apply them. Returns how many failed; each failure stands on its own order."""
    with db.workspace(workspace_id):
        most = channel.profiles()[db.get(ChannelConnection, connection_id).kind].orders_batch
    ids, failed = list(dict.fromkeys(remote_ids)), 0
    for start in range(0, len(ids), most):
        found = speaking.ask(workspace_id, connection_id, partial(_read, ids[start : start + most]))
        failed += sum(not take(workspace_id, connection_id, one) for one in found)
    return failed


def _read(ids: Sequence[str], adapter: Channel) -> Sequence[OrderFacts]:
    return adapter.read_orders(ids)


def take(workspace_id: UUID, connection_id: UUID, said: OrderFacts) -> bool:
    """Apply one order in a transaction of its own. What goes wrong is written on it and tried again; False then."""
    try:
        with db.workspace(workspace_id):
            taking.apply(db.get(ChannelConnection, connection_id), said)
        return True
    except Exception as error:
        log.error("channels.order_failed", order=said.id, exc_info=error)
        with db.workspace(workspace_id):
            words = error.message if isinstance(error, Refused) else UNREAD.format(what=type(error).__name__)
            taking.failed(db.get(ChannelConnection, connection_id), said, words)
            delay = timedelta(seconds=30)
            later(
                "channels.read_orders",
                delay=delay,
                dedupe_key=f"channels.retry:{connection_id}:{said.id}:{said.updated_at.isoformat()}",
                workspace_id=workspace_id,
                connection_id=connection_id,
                remote_ids=[said.id],
            )
        return False


def look(workspace_id: UUID, connection_id: UUID, *, anyway: bool = False) -> None:
    """Job: the backstop of pushes. Reads every order that changed since the mark, a page at a time.

    While another look is on its way nothing happens, unless it has to be known now (`anyway`): reading twice changes nothing.
    That is so before stock is told, several times a second in a busy shop, so such a look leaves no run when it found nothing.
    """
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        if row.state != "active":
            return
        run = runs.begin(connection_id, "orders", "before stock was told" if anyway else "regular look", LOST)
        if run is None and not anyway:
            return
        since, until = _window(row)
        run_id = run.id if run else None
    try:
        for page in _pages(workspace_id, connection_id, since, until):
            _page(workspace_id, connection_id, run_id, page)
    except ProviderError as error:
        _over(workspace_id, run_id, str(error))
        raise
    _over(workspace_id, run_id, forgettable=anyway)
    with db.workspace(workspace_id):
        _known_until(connection_id, until)
        if until < db.now() - timedelta(hours=1):
            later("channels.look_for_orders", workspace_id=workspace_id, connection_id=connection_id)


def _over(workspace_id: UUID, run_id: UUID | None, error: str = "", *, forgettable: bool = False) -> None:
    if run_id is None:
        return
    with db.workspace(workspace_id):
        run = db.get(ChannelRun, run_id)
        if forgettable and not (run.done or run.failed):
            runs.forget(run)
        else:
            runs.finish(run, error)


def _window(row: ChannelConnection) -> tuple[datetime, datetime]:
    """[from, to) to read next: from a little before the mark, no longer than the platform takes."""
    days = channel.profiles()[row.kind].window
    since = (row.orders_until or db.now() - LONGEST) - OVERLAP
    return since, min(db.now(), since + (timedelta(days=days) if days else LONGEST))


def _pages(workspace_id: UUID, connection_id: UUID, since: datetime, until: datetime) -> Iterator[Sequence[OrderRef]]:
    cursor, turns = "", 0
    while turns == 0 or cursor:
        turns += 1
        if turns > MOST_PAGES:
            raise ProviderError("channels", "the list of orders does not end", permanent=True)
        page = speaking.ask(workspace_id, connection_id, partial(_list, since, until, cursor))
        yield page.items
        cursor = page.cursor


def _list(since: datetime, until: datetime, cursor: str, adapter: Channel) -> Page[OrderRef]:
    return adapter.orders(since, until, cursor)


def _page(workspace_id: UUID, connection_id: UUID, run_id: UUID | None, refs: Sequence[OrderRef]) -> None:
    """Read what is news of one page; what is known as it is costs nothing."""
    with db.workspace(workspace_id):
        news = _news(connection_id, refs)
    failed = read_orders(workspace_id, connection_id, [one.id for one in news]) if news else 0
    if run_id is not None:
        with db.workspace(workspace_id):
            runs.moved(db.get(ChannelRun, run_id), done=len(refs) - failed, failed=failed)


def _news(connection_id: UUID, refs: Sequence[OrderRef]) -> list[OrderRef]:
    sure = func.least(ChannelOrder.remote_at, ChannelOrder.read_at - CLOSE).label("sure")
    known = select(ChannelOrder.remote_id, sure).where(
        ChannelOrder.connection_id == connection_id,
        ChannelOrder.remote_id.in_([one.id for one in refs]),
        ChannelOrder.error == "",
    )
    seen = {row.remote_id: row.sure for row in db.session().execute(known)}
    return [one for one in refs if one.updated_at is None or (seen.get(one.id) or _LONG_AGO) < one.updated_at]


def _known_until(connection_id: UUID, until: datetime) -> None:
    """Move the mark; a statement of its own, so that nobody who edits the connection is disturbed."""
    mine = update(ChannelConnection).where(ChannelConnection.id == connection_id)
    db.session().execute(mine.values(orders_until=until, looked_at=db.now()))
