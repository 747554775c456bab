"""`GET /live?topic=…`: one stream per page; who may listen is checked at connect and again every minute."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import TooManyRequests

from app.core import settings
from app.core.errors import NotFound
from app.core.web.access import owner_id, public, viewer
from app.live import stream
from app.live.topics import allowed

blueprint = Blueprint("live", __name__)


@blueprint.get("/live")
@public
def listen() -> Response:
    """Events of comma-separated topics. A topic that the reader may not hear looks missing; one page too many gets 429."""
    topics = [topic for topic in request.args.get("topic", "").split(",") if topic][:8]
    owner, person = owner_id(), viewer()
    session_id = person.session_id if person else None
    if not topics or owner is None or not allowed(topics, owner, session_id):
        raise NotFound
    if stream.hub.crowded(owner, settings.current().live_streams):
        raise TooManyRequests
    since = request.headers.get("Last-Event-ID") or request.args.get("since")

    def events() -> Iterator[str]:
        yield from stream.events(topics, since, owner, lambda: allowed(topics, owner, session_id))

    headers: dict[str, Any] = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(events(), mimetype="text/event-stream", headers=headers)
