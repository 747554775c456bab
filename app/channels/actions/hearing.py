"""Pushes from platforms: proven on raw bytes, whose they are, and what is read again because of them.

A push is a hint (TRAPS.md C17): the effect of most is to read the order anew. One that belongs to no connection of ours is answered
like any other and forgotten, else the platform would stop telling everybody (C26).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import keeping_up, speaking
from app.channels.channel import Headers
from app.channels.channel_facts import Push
from app.channels.models import ChannelConnection
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.outbox import later

ORDERS = ("order", "package", "address", "cancellation", "return", "document")
GOODS = ("listing", "stock")


class NotGenuine(Refused):
    status = 401
    message = "The signature does not match this body. Nothing was stored."


@dataclass(frozen=True)
class Heard:
    """One message for the inbox. `remote_id` is unique per message and shop."""

    remote_id: str
    kind: str
    body: Mapping[str, Any]


def hear(kind: str, headers: Headers, raw: bytes, connection_id: UUID | None = None) -> list[Heard]:
    """What a webhook says. Raises NotFound for a connection that is not of this kind, NotGenuine when it is not proven."""
    connection, secret = None, ""
    if connection_id is not None:
        with db.system("channel pushes"):
            connection, secret = _addressed(kind, connection_id)
    try:
        pushes = channel.adapter(kind).read_push(channel.app_of(kind), headers, raw, secret)
    except (channel.Forged, ValueError) as error:
        raise NotGenuine from error
    heard = []
    with db.system("channel pushes"):
        for one in pushes:
            for owner in [connection] if connection else _owners(kind, one.shop_id):
                body = {"workspace_id": str(owner.workspace_id), "connection_id": str(owner.id)}
                heard.append(Heard(f"{owner.id}:{one.key}"[:200], one.kind, {**body, "push": msgspec.to_builtins(one)}))
    return heard


def _addressed(kind: str, connection_id: UUID) -> tuple[ChannelConnection, str]:
    wanted = select(ChannelConnection).where(ChannelConnection.id == connection_id, ChannelConnection.kind == kind)
    row = db.session().scalars(wanted.where(ChannelConnection.state != "disconnected")).one_or_none()
    if row is None:
        raise NotFound
    with db.workspace(row.workspace_id):
        return row, speaking.unsealed(row, "webhook_secret")


def _owners(kind: str, shop_id: str) -> list[ChannelConnection]:
    wanted = select(ChannelConnection).where(
        ChannelConnection.kind == kind,
        ChannelConnection.remote_id == shop_id,
        ChannelConnection.state != "disconnected",
    )
    return list(db.session().scalars(wanted)) if shop_id else []


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
    if push.kind == "access_ended":
        speaking.end(ids["workspace_id"], ids["connection_id"], "The seller ended our access at the platform.")


def _named(ids: Mapping[str, UUID]) -> dict[str, Any]:
    return dict(ids)
