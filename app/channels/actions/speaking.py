"""Speaking for a connection: its tokens are opened, refreshed once when they are over, and every success or end is noted.

No scope may be open around the call to a platform: a job opens one to read, closes it, asks, and opens another to write.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from app.channels import channel, pace
from app.channels.channel import AccessEnded, AccessExpired, Channel
from app.channels.channel_facts import Connection, ShopFacts, Tokens
from app.channels.events import ConnectionChanged
from app.channels.models import ChannelConnection, ChannelGrant
from app.core import crypto, db
from app.core.errors import ProviderError
from app.core.outbox import emit, later

T = TypeVar("T")
EARLY = timedelta(minutes=20)
"""Refreshed this long before the end, with jitter, so that no two shops do it in the same second (TRAPS.md D28)."""
NOTED = timedelta(minutes=1)


class NotSpeaking(ProviderError):
    """The connection is paused, ended or waits for its seller: nothing is asked of the platform."""

    def __init__(self, kind: str, state: str) -> None:
        super().__init__(kind, f"this connection is {state.replace('_', ' ')}", permanent=True)


@dataclass(frozen=True)
class _Line:
    """An adapter, and the moment of its tokens: who finds it expired refreshes only when nobody else has."""

    adapter: Channel
    grant_id: UUID
    stamp: datetime | None


def ask(
    workspace_id: UUID,
    connection_id: UUID,
    question: Callable[[Channel], T],
    *,
    background: bool = False,
) -> T:
    """The answer of a connection's platform. Raises what the port raises, NotSpeaking unless it is active.

    `background` work leaves half of the shop's turns to what buyers wait for.

    Access that is over is refreshed once and the question repeated; access that ended is written on the connection.
    """
    if db.scope() is not None:
        raise RuntimeError("a platform is asked outside of every scope: a rollback would lose tokens that work once")
    line = _open(workspace_id, connection_id, background)
    try:
        try:
            answer = question(line.adapter)
        except AccessExpired:
            line = _refreshed(workspace_id, connection_id, line, background)
            answer = question(line.adapter)
    except (AccessEnded, AccessExpired) as error:
        end(workspace_id, connection_id, str(error))
        raise
    except ProviderError as error:
        _note(workspace_id, connection_id, failed=str(error))
        raise
    _note(workspace_id, connection_id)
    return answer


def _open(workspace_id: UUID, connection_id: UUID, background: bool) -> _Line:
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        if row.state != "active":
            raise NotSpeaking(row.kind, row.state)
        grant = db.get(ChannelGrant, row.grant_id)
        line = _Line(speaker(row, grant, background), grant.id, grant.refreshed_at)
        early = EARLY * random.uniform(0.5, 1.0)
        over = grant.access_until is not None and grant.access_until - early < db.now()
    return _refreshed(workspace_id, connection_id, line, background) if over else line


def speaker(row: ChannelConnection, grant: ChannelGrant, background: bool = False) -> Channel:
    """The adapter for a connection; made inside the workspace's scope, used outside of it."""
    app = channel.app_of(row.kind)
    return channel.adapter(row.kind)(
        Connection(
            app=app,
            shop=ShopFacts(row.remote_id, row.name, row.region, row.currency, row.url, unsealed(row, "remote_secret")),
            tokens=tokens_of(grant),
            pace=pace.turn(row.kind, row.remote_id, channel.profiles()[row.kind], background),
            settings={"push": f"{app.push}/{row.id}", **row.settings},
        )
    )


def tokens_of(grant: ChannelGrant) -> Tokens:
    kept = json.loads(unsealed(grant, "tokens") or "{}")
    return Tokens(
        grant.owner,
        kept.get("access", ""),
        kept.get("refresh", ""),
        grant.access_until,
        grant.refresh_until,
        grant.ends_at,
        tuple(grant.scopes),
    )


def keep_tokens(grant: ChannelGrant, tokens: Tokens) -> None:
    """Both tokens at once, before anything is done with them (TRAPS.md D27)."""
    grant.tokens = sealed(grant, "tokens", json.dumps({"access": tokens.access, "refresh": tokens.refresh}))
    grant.access_until, grant.refresh_until = tokens.until, tokens.refresh_until
    grant.ends_at, grant.scopes = tokens.ends or grant.ends_at, list(tokens.scopes) or grant.scopes
    grant.refreshed_at = db.now()


def sealed(row: ChannelGrant | ChannelConnection, column: str, secret: str) -> str:
    return crypto.encrypt(db.current_workspace(), secret, f"{row.__tablename__}|{column}|{row.id}") if secret else ""


def unsealed(row: ChannelGrant | ChannelConnection, column: str) -> str:
    kept = getattr(row, column)
    return crypto.decrypt(row.workspace_id, kept, f"{row.__tablename__}|{column}|{row.id}") if kept else ""


def _refreshed(workspace_id: UUID, connection_id: UUID, line: _Line, background: bool) -> _Line:
    """New tokens, asked for under the grant's lock: a refresh token works once, and the second to come finds the first's."""
    try:
        with db.workspace(workspace_id):
            grant = _locked(line.grant_id)
            if grant.refreshed_at == line.stamp:
                row = db.get(ChannelConnection, connection_id)
                keep_tokens(grant, channel.adapter(row.kind).refresh(channel.app_of(row.kind), tokens_of(grant)))
            fresh = db.session().get_one(ChannelConnection, (workspace_id, connection_id), populate_existing=True)
            return _Line(speaker(fresh, grant, background), grant.id, grant.refreshed_at)
    except OperationalError as error:
        raise ProviderError("tokens", "another job refreshes the access", permanent=False, retry_after=5) from error


def _locked(grant_id: UUID) -> ChannelGrant:
    statement = select(ChannelGrant).where(ChannelGrant.id == grant_id)
    return db.session().scalars(statement.with_for_update().execution_options(populate_existing=True)).one()


def end(workspace_id: UUID, connection_id: UUID, words: str) -> None:
    """The platform does not let us in any more: say it once, and stop asking (TRAPS.md D29)."""
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelConnection, connection_id))
        if row.state not in ("active", "paused"):
            return
        row.state, row.error, row.failed_at = "needs_reauth", words[:500], db.now()
        emit(ConnectionChanged(workspace_id=workspace_id, connection_id=row.id, state=row.state))
        later("channels.tell_reauth", workspace_id=workspace_id, connection_id=row.id)


def _note(workspace_id: UUID, connection_id: UUID, failed: str = "") -> None:
    """When it last worked, or what went wrong; once a minute, and never against somebody who edits the connection."""
    column = ChannelConnection.failed_at if failed else ChannelConnection.succeeded_at
    values = {column: db.now(), ChannelConnection.error: failed[:500]}
    mine = ChannelConnection.id == connection_id
    quiet = (column.is_(None)) | (column < db.now() - NOTED) | (ChannelConnection.error != failed[:500])
    with db.workspace(workspace_id) as session:
        session.execute(update(ChannelConnection).where(mine, quiet).values(values))
