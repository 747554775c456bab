"""`GET /live?topic=…`: one stream per page; who may listen is checked at connect and again every minute."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import TooManyRequests

from app.core import settings
from app.core.errors import NotFound
from app.core.web.access import owner_id, public, viewer
from app.live import presence, stream, telling
from app.live.topics import MOST_TOPICS, allowed

blueprint = Blueprint("live", __name__)


@blueprint.record
def _set_up(state: BlueprintSetupState) -> None:
    telling.draw_with(state.app)  # type: ignore[arg-type]


@blueprint.get("/live")
@public
def listen() -> Response:
    """Events of comma-separated topics. A topic that the reader may not hear looks missing; one page too many gets 429."""
    topics = [topic for topic in request.args.get("topic", "").split(",") if topic][:MOST_TOPICS]
    owner, person = owner_id(), viewer()
    may = partial(allowed, topics, owner, person.session_id if person else None)
    if not topics or not may():
        raise NotFound
    listener = owner or f"address:{request.remote_addr}"
    chosen = settings.current()
    if stream.hub.crowded(listener, chosen.live_streams if owner else chosen.live_visitors):
        raise TooManyRequests
    since = request.headers.get("Last-Event-ID") or request.args.get("since")
    if any(topic.startswith("thread:") for topic in topics):
        presence.watch()

    def events() -> Iterator[str]:
        yield from stream.events(topics, since, listener, may, partial(presence.known, topics))

    headers: dict[str, Any] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), mimetype="text/event-stream", headers=headers)
