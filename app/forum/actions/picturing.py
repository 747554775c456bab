"""Pictures in posts: taken in quickly, checked by content, made again by a job, and removed when no post shows them."""

import re
from datetime import timedelta
from typing import IO
from uuid import UUID

from sqlalchemy import Text, cast, delete, exists, func, select, update

from app.catalogue import actions as catalogue
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.forum.actions import people
from app.forum.actions.writing import writing
from app.forum.models import Draft, ForumPicture, Post

LARGEST = 10 * 1024 * 1024
"""Bytes of one picture as it is sent."""
MOST_UNUSED = 40
UNUSED_FOR = timedelta(days=1)
SWEPT_AT_ONCE = 500
SHOWN = re.compile(r'src="/forum-pictures/[0-9a-f-]{36}/([0-9a-f-]{36})/')


class NoPicturesYet(Refused):
    message = (
        "You can add pictures once you are known here: after a day and three posts that others can see."
        " Nothing was sent; your text is still in the box."
    )


def add_picture(actor: Actor, source: IO[bytes], filename: str) -> ForumPicture:
    """Keep the original privately and ask for its renditions. Raises MayNotWrite, NoPicturesYet, BadPicture, UploadTooLarge, Refused."""
    with writing():
        person = people.writer(actor)
        if person.trust < 1 and not person.team:
            raise NoPicturesYet
        catalogue.refuse_by_signature(source)
        unused = select(func.count()).where(ForumPicture.user_id == person.user_id, ForumPicture.post_id.is_(None))
        if (db.session().scalar(unused) or 0) >= MOST_UNUSED:
            raise Refused(
                "You have sent many pictures and shown none of them yet. Post some first; this one was not kept."
            )
        picture_id = new_id()
        folder = f"forum-pictures/{db.current_workspace()}/{picture_id}"
        storage.put(f"{folder}/original", source, limit=LARGEST)
        row = db.add(ForumPicture(id=picture_id, user_id=person.user_id, key=folder, name=filename[:200]))
        audit.record(actor, "forum.add_picture", row)
        later("forum.render_picture", picture_id=row.id)
        return row


def render_picture(picture_id: UUID) -> None:
    """Make the renditions, or write down in words why the file is refused. Either way the file as it was sent goes."""
    row = db.find(ForumPicture, picture_id, lock=True)
    if row is None or row.state != "waiting":
        return
    original = f"{row.key}/original"
    try:
        made = catalogue.renditions(storage.read(original))
    except catalogue.BadPicture as refusal:
        row.state, row.error = "refused", refusal.message
    else:
        for width, data in made.renditions:
            storage.put_bytes(f"{row.key}/{width}.webp", data)
        row.state, row.width, row.height = "ready", made.width, made.height
    later("catalogue.delete_stored", keys=[original])


def rendition(row: ForumPicture, width: int) -> str:
    """The storage key of the smallest one that is as wide as asked (px), else the widest."""
    made = catalogue.widths_of(row.width)
    return f"{row.key}/{next((one for one in made if one >= width), made[-1])}.webp"


def shown(post: Post, user_id: UUID) -> None:
    """The pictures in a post that this person sent belong to it from now on, unless an earlier post shows them."""
    ids = {UUID(one) for one in SHOWN.findall(post.html)}
    if ids:
        of = ForumPicture.id.in_(ids), ForumPicture.user_id == user_id, ForumPicture.post_id.is_(None)
        kept = update(ForumPicture).where(*of).values(post_id=post.id)
        db.session().execute(kept.execution_options(synchronize_session=False))


def sweep_pictures() -> None:
    """Remove what was sent more than a day ago and is neither in a post nor in a draft of its sender."""
    drafted = exists().where(
        Draft.workspace_id == ForumPicture.workspace_id,
        Draft.user_id == ForumPicture.user_id,
        Draft.body.contains(cast(ForumPicture.id, Text)),
    )
    with db.system("pictures that no post shows") as session:
        old = ForumPicture.post_id.is_(None), ForumPicture.created_at < db.now() - UNUSED_FOR, ~drafted
        rows = session.scalars(
            select(ForumPicture).where(*old).limit(SWEPT_AT_ONCE).with_for_update(skip_locked=True)
        ).all()
        for row in rows:
            later("catalogue.delete_stored", keys=_files(row))
            session.execute(delete(ForumPicture).where(ForumPicture.id == row.id))


def _files(row: ForumPicture) -> list[str]:
    made = catalogue.widths_of(row.width) if row.width else []
    return [f"{row.key}/original", *(f"{row.key}/{width}.webp" for width in made)]
