"""Pictures: what is listed for everybody, drafts for members. Their bytes never change, so browsers keep them."""

from uuid import UUID

from flask import Response

from app.catalogue import queries
from app.catalogue.routes import blueprint
from app.core import storage
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web.access import public, requires
from app.core.web.limits import limiter


@blueprint.get("/media/<uuid:workspace_id>/<uuid:media_id>/<int:width>.webp")
@limiter.exempt
@public
def picture(workspace_id: UUID, media_id: UUID, width: int) -> Response:
    """A rendition of a picture that the asker may see."""
    return _answer(media_id, width, "public, max-age=31536000, immutable")


@blueprint.get("/w/<workspace>/media/<uuid:media_id>/<int:width>.webp")
@limiter.exempt
@requires(Permission.CATALOGUE_PRODUCT_READ)
def own_picture(media_id: UUID, width: int) -> Response:
    """The same for members, drafts included."""
    return _answer(media_id, width, "private, max-age=86400")


def _answer(media_id: UUID, width: int, keep: str) -> Response:
    media = queries.media_by_id(media_id)
    key = media.renditions.get(str(width)) if media else None
    if not key:
        raise NotFound
    headers = {"Cache-Control": keep, "Content-Security-Policy": "sandbox; default-src 'none'"}
    return Response(storage.read(key), mimetype="image/webp", headers=headers)
