"""Pictures in posts: sending one, hearing what became of it, and its bytes for those who may read the post."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request

from app.core import storage
from app.core.errors import Refused
from app.core.web import access
from app.core.web.access import public, signed_in
from app.core.web.intake import uploads
from app.core.web.limits import limit, limiter
from app.forum import actions, queries
from app.forum.models import ForumPicture
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community, of_workspace


def refused_picture(**_: Any) -> Response:
    """What the page says when a picture was not taken."""
    return jsonify(state="refused", error=access.problem() or access.problem("picture"))


@blueprint.post("/c/<community>/pictures")
@signed_in(again=refused_picture)
@limit("30/minute")
@in_community
@uploads(actions.LARGEST_PICTURE)
def add_picture(place: Place) -> Response:
    sent = request.files.get("picture")
    if sent is None:
        raise Refused("Choose a picture first.", field="picture")
    return _state(actions.add_picture(access.actor(), sent.stream, sent.filename or ""))


@blueprint.get("/c/<community>/pictures/<uuid:picture_id>")
@signed_in
@limit("240/minute")
@in_community
def picture_state(place: Place, picture_id: UUID) -> Response:
    """Asked by the page until the sizes are made."""
    return _state(queries.pictures.own(place, picture_id))


def _state(row: ForumPicture) -> Response:
    return jsonify(id=str(row.id), state=row.state, error=row.error, path=queries.pictures.path(row))


@blueprint.get("/forum-pictures/<uuid:workspace_id>/<uuid:picture_id>/<int:width>.webp")
@limiter.exempt
@public
@of_workspace
def picture(place: Place, picture_id: UUID, width: int) -> Response:
    """Kept by the reader's browser for an hour, since what may be read can change."""
    row = queries.pictures.picture(picture_id)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(storage.read(actions.rendition(row, width)), mimetype="image/webp", headers=headers)
