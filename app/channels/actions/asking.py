"""What people ask of a platform: cancel, answer the buyer's wish to cancel, answer a return. Asked once, whatever happens in between.

The platform's own state decides: after a lost answer the order is read before anything is repeated, and when its answer is no, that is
what stands here too (TRAPS.md F40).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from app.channels import channel
from app.channels.actions import reading, speaking, taking
from app.channels.channel import Channel
from app.channels.models import ChannelConnection, ChannelOrder, ChannelRequest, ChannelReturn
from app.channels.order_facts import REASONS, CancelLine, OrderFacts
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.outbox import later
from app.orders import actions as orders
from app.orders.models import Order

BUSY = timedelta(seconds=45)
"""So long whoever asked may still wait for the answer; an answer, or none, ends it."""


class CannotAsk(Refused):
    status = 409
    message = (
        "The platform is being asked that already, or the order has moved on. Look at it again; nothing was changed."
    )


def cancel(actor: Actor, row: ChannelOrder, reason: str, lines: Mapping[str, int] | None = None) -> ChannelRequest:
    """Have the platform cancel the order, or some units by platform line where it can. Raises CannotAsk, Refused."""
    row = db.lock(row)
    if reason not in REASONS:
        raise Refused("Choose why it is cancelled. Nothing was changed.", field="reason")
    if row.state in ("in_transit", "delivered", "completed", "cancelled"):
        raise CannotAsk("It is on its way or over, so it cannot be cancelled any more. Nothing was changed.")
    wanted = _units(row, lines or {})
    if wanted and not _profile(row).part_cancels:
        raise Refused("This platform cancels whole orders only. Nothing was changed.")
    args = {"reason": reason, "lines": msgspec.to_builtins(wanted)}
    return _ask(actor, row, "cancel", args, f"Asked the platform to cancel: {reason.replace('_', ' ')}")


def _profile(row: ChannelOrder) -> channel.Profile:
    return channel.profiles()[db.get(ChannelConnection, row.connection_id).kind]


def _units(row: ChannelOrder, lines: Mapping[str, int]) -> list[CancelLine]:
    """Platform lines (by the name that our order lines carry) and units, checked against what is still bought."""
    facts = msgspec.convert(row.facts, OrderFacts)
    by_key = {item.key: item for item in facts.items}
    found = []
    for key, count in lines.items():
        item = by_key.get(key)
        if item is None or not 1 <= count <= item.active:
            raise Refused("Choose units that are still to be sent. Nothing was changed.", field=key)
        found.append(CancelLine(item.ref, count, tuple(item.ids[:count] if len(item.ids) > 1 else item.ids)))
    return found


def answer_cancellation(actor: Actor, row: ChannelOrder, accept: bool) -> ChannelRequest:
    """Yes or no to the buyer's wish to cancel. Raises CannotAsk when there is none any more."""
    row = db.lock(row)
    if row.cancel_state != "asked":
        raise CannotAsk
    said = "Agreed to cancel" if accept else "Refused to cancel"
    return _ask(actor, row, "answer_cancellation", {"accept": accept, "cancel_id": row.cancel_id}, said)


def answer_return(actor: Actor, wanted: ChannelReturn, accept: bool, words: str = "") -> ChannelRequest:
    """Yes or no to a return. Raises CannotAsk when it was answered, Refused for a no that the platform would not take."""
    wanted = db.lock(wanted)
    if wanted.state != "asked" or wanted.channel_order_id is None:
        raise CannotAsk
    if not accept and not words.strip():
        raise Refused("Tell the platform why; its buyer reads it. Nothing was changed.", field="words")
    row = db.lock(db.get(ChannelOrder, wanted.channel_order_id))
    if not accept:
        _can_refuse(row)
    args = {"return_id": wanted.remote_id, "accept": accept, "words": words.strip()[:500]}
    return _ask(actor, row, "answer_return", args, "Accepted the return" if accept else "Refused the return")


def _can_refuse(row: ChannelOrder) -> None:
    """Raises Refused while the platform's profile wants something for a no that nobody has typed."""
    connection = db.get(ChannelConnection, row.connection_id)
    for one in _profile(row).unsaid(connection.settings):
        raise Refused(
            f"To refuse a return, type «{one.label}» on the page of {connection.name} first. Nothing was asked."
        )


def _ask(actor: Actor, row: ChannelOrder, kind: str, args: Mapping[str, Any], said: str) -> ChannelRequest:
    busy = select(ChannelRequest.id).where(
        ChannelRequest.channel_order_id == row.id,
        ChannelRequest.kind == kind,
        ChannelRequest.state.in_(("intended", "sent")),
    )
    if db.session().scalars(busy).one_or_none() is not None:
        raise CannotAsk
    request = db.add(ChannelRequest(channel_order_id=row.id, kind=kind, args=dict(args), asked_by=actor.name))
    audit.record(actor, f"channels.{kind}", row, **args)
    _say(row, actor, said)
    later("channels.ask", workspace_id=row.workspace_id, request_id=request.id)
    return request


def _say(row: ChannelOrder, actor: Actor, words: str) -> None:
    if row.order_id is not None:
        order = db.get(Order, row.order_id)
        orders.tell(order, "order", actor, words)


CALLS: Mapping[str, Callable[[Channel, str, Mapping[str, Any]], None]] = {
    "cancel": lambda adapter, order_id, args: adapter.cancel(
        order_id, args["reason"], msgspec.convert(args["lines"], Sequence[CancelLine])
    ),
    "answer_cancellation": lambda adapter, order_id, args: adapter.answer_cancellation(
        order_id, args["cancel_id"], args["accept"]
    ),
    "answer_return": lambda adapter, order_id, args: adapter.answer_return(
        args["return_id"], args["accept"], args["words"]
    ),
}


def ask(workspace_id: UUID, request_id: UUID) -> None:
    """Job: ask the platform, then read the order anew. A no of the platform ends the request in its words.

    While another job waits for the answer nothing happens: the platform would be asked twice.
    """
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelRequest, request_id))
        if row.state in ("done", "failed") or (row.asked_at is not None and row.asked_at > db.now() - BUSY):
            return
        order = db.get(ChannelOrder, row.channel_order_id)
        asked_before, kind, args = row.state == "sent", row.kind, dict(row.args)
        connection_id, remote_id, before = order.connection_id, order.remote_id, order.status
        row.state, row.asked_at = "sent", db.now()
    try:
        if not (asked_before and _moved(workspace_id, connection_id, remote_id, before)):
            speaking.ask(workspace_id, connection_id, lambda adapter: CALLS[kind](adapter, remote_id, args))
    except ProviderError as error:
        _refused(workspace_id, request_id, error)
        raise
    _done(workspace_id, request_id)
    reading.read_orders(workspace_id, connection_id, [remote_id])


def _moved(workspace_id: UUID, connection_id: UUID, remote_id: str, before: str) -> bool:
    """Whether the platform's order is another than before we asked: then our asking, or somebody else's, had its effect."""
    found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.read_orders([remote_id]))
    return any(one.status != before for one in found)


def _refused(workspace_id: UUID, request_id: UUID, error: ProviderError) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelRequest, request_id))
        row.error, row.failures, row.asked_at = str(error)[:500], row.failures + 1, None
        row.state = "failed" if error.permanent and not error.unknown else "sent" if error.unknown else "intended"
        if row.state == "failed":
            order = db.get(ChannelOrder, row.channel_order_id)
            kind = db.get(ChannelConnection, order.connection_id).kind
            _say(order, taking.actor_of(kind), f"The platform said no: {error}")


def _done(workspace_id: UUID, request_id: UUID) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelRequest, request_id))
        row.state, row.done_at, row.error = "done", db.now(), ""
        if row.kind == "answer_cancellation":
            order = db.lock(db.get(ChannelOrder, row.channel_order_id))
            order.cancel_state = "accepted" if row.args["accept"] else "refused"
