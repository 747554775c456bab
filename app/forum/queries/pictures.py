"""Pictures in posts; the reader's policies say which may be seen: one's own, and those of posts that may be read."""

from uuid import UUID

from app.core import db
from app.core.errors import NotFound
from app.forum.models import ForumPicture
from app.forum.queries.places import Place

SHOWN_WIDTH = 1024
"""Pixels: the width that a post asks for."""


def picture(picture_id: UUID) -> ForumPicture:
    """One that can be shown. Raises NotFound."""
    row = db.get(ForumPicture, picture_id)
    if row.state != "ready":
        raise NotFound
    return row


def own(place: Place, picture_id: UUID) -> ForumPicture:
    """What the reader sent, whatever became of it. Raises NotFound."""
    row = db.get(ForumPicture, picture_id)
    if row.user_id != place.user_id:
        raise NotFound
    return row


def path(row: ForumPicture) -> str:
    """How Markdown names it."""
    return f"/forum-pictures/{row.workspace_id}/{row.id}/{SHOWN_WIDTH}.webp"
