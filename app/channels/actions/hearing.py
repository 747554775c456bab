"""Pushes from platforms: proven on raw bytes, whose they are, and what is read again because of them.

A push is a hint (TRAPS.md C17): the effect of most is to read the order anew. One that belongs to no connection of ours is answered
like any other and forgotten, else the platform would stop telling everybody (C26).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import keeping_up, speaking
from app.channels.channel_facts import Push
from app.channels.models import ChannelConnection
from app.core import db, inbox
from app.core.errors import NotFound
from app.core.inbox import Message
from app.core.outbox import later
from app.core.port import Forged, Headers

ORDERS = ("order", "package", "address", "cancellation", "return", "document")
GOODS = ("listing", "stock")
MOST_PAGES = 50


class NotProven(inbox.NotGenuine):
    """Platforms are told 401 (TRAPS.md C20)."""

    status = 401


def hear(kind: str, headers: Headers, raw: bytes, connection_id: UUID | None = None) -> list[Message]:
    """What a webhook says. Raises NotFound for a connection that is not of this kind, NotProven."""
    connection, secret = None, ""
    if connection_id is not None:
        with db.system("channel pushes"):
            connection, secret = _addressed(kind, connection_id)
    try:
        pushes = channel.adapter(kind).read_push(channel.app_of(kind), headers, raw, secret)
    except (Forged, ValueError) as error:
        raise NotProven from error
    with db.system("channel pushes"):
        return [
            _message(owner, one)
            for one in pushes
            for owner in ([connection] if connection else _owners(kind, one.shop_id, one.kind))
        ]


def _message(owner: ChannelConnection, one: Push) -> Message:
    body = {"workspace_id": str(owner.workspace_id), "connection_id": str(owner.id)}
    return Message(f"{owner.id}:{one.key}"[:200], one.kind, {**body, "push": msgspec.to_builtins(one)})


def _addressed(kind: str, connection_id: UUID) -> tuple[ChannelConnection, str]:
    wanted = select(ChannelConnection).where(ChannelConnection.id == connection_id, ChannelConnection.kind == kind)
    row = db.session().scalars(wanted.where(ChannelConnection.state != "disconnected")).one_or_none()
    if row is None:
        raise NotFound
    with db.workspace(row.workspace_id):
        return row, speaking.unsealed(row, "webhook_secret")


def _owners(kind: str, shop_id: str, about: str) -> list[ChannelConnection]:
    """Whose push it is. An end of access that names no shop may be anybody's: each asks whether it is meant."""
    wanted = select(ChannelConnection).where(ChannelConnection.kind == kind, ChannelConnection.state != "disconnected")
    if shop_id:
        wanted = wanted.where(ChannelConnection.remote_id == shop_id)
    elif about != "access_ended":
        return []
    return list(db.session().scalars(wanted))


def apply(body: Mapping[str, Any]) -> None:
    """Apply one stored message, in the transaction that marks it handled."""
    push = msgspec.convert(body["push"], Push)
    ids = {"workspace_id": UUID(body["workspace_id"]), "connection_id": UUID(body["connection_id"])}
    with db.workspace(ids["workspace_id"]):
        row = db.get(ChannelConnection, ids["connection_id"])
        if row.state == "disconnected":
            return
        if push.kind in ORDERS and push.ids:
            later("channels.read_orders", **_named(ids), remote_ids=list(push.ids))
            if push.kind == "return":
                later("channels.look_for_returns", **_named(ids))
        elif push.kind in GOODS and push.ids:
            later("channels.read_products", **_named(ids), product_ids=list(push.ids))
        elif push.kind == "access_ends":
            keeping_up.warn_of_end(row)
    if push.kind == "access_ended" and not push.shop_id and channel.profiles()[row.kind].keeps_missed:
        with db.workspace(ids["workspace_id"]):
            later("channels.still_open", **_named(ids))
    elif push.kind == "access_ended":
        speaking.end(ids["workspace_id"], ids["connection_id"], "The seller ended our access at the platform.")


def _named(ids: Mapping[str, UUID]) -> dict[str, Any]:
    return dict(ids)


def still_open(workspace_id: UUID, connection_id: UUID) -> None:
    """Job: an end of access named no shop; the platform's list of open ones says whether it was this one."""
    with db.workspace(workspace_id):
        row = db.get(ChannelConnection, connection_id)
        kind, shop_id = row.kind, row.remote_id
    if shop_id not in channel.adapter(kind).open_shops(channel.app_of(kind)):
        speaking.end(workspace_id, connection_id, "The seller ended our access at the platform.")


def catch_up(kind: str) -> int:
    """Job: pushes that never reached us, a page at a time; the platform forgets a page only after it is kept. Returns how many."""
    seen, count = "", 0
    for _ in range(MOST_PAGES):
        page = channel.adapter(kind).missed(channel.app_of(kind), seen)
        with db.system("channel pushes"):
            heard = [_message(owner, one) for one in page.items for owner in _owners(kind, one.shop_id, one.kind)]
        inbox.keep(kind, heard, b"")
        count += len(heard)
        if not page.items or not page.cursor:
            return count
        seen = page.cursor
    return count


def catch_up_all() -> None:
    """Periodic: for each platform that keeps what was lost, when somebody here is connected to it."""
    with db.system("channel pushes") as session:
        live = set(
            session.scalars(select(ChannelConnection.kind).where(ChannelConnection.state == "active").distinct())
        )
        for kind, profile in channel.profiles().items():
            if profile.keeps_missed and kind in live:
                later("channels.catch_up", kind=kind)
