"""What somebody typed and did not post."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.forum.models import Draft, ForumCategory, Thread
from app.forum.queries import posts
from app.forum.queries.places import Place
from app.forum.queries.threads import people

MOST = 200


@dataclass(frozen=True)
class Kept:
    """A draft in the list of its author. `thread` is None for a new one, and for one that they may enter no more."""

    draft: Draft
    thread: Thread | None

    @property
    def is_new(self) -> bool:
        return self.draft.place == "new"

    @property
    def path(self) -> str:
        """Where it can be taken up again; empty when it cannot."""
        return f"/threads/{self.thread.id}#reply" if self.thread else ""


def of(place: Place, name: str) -> Draft | None:
    """The viewer's own: `new`, or `thread:<id>` for a reply."""
    if place.user_id is None:
        return None
    return db.session().scalars(select(Draft).where(Draft.user_id == place.user_id, Draft.place == name)).one_or_none()


def filled(place: Place, name: str) -> tuple[Draft | None, dict[str, Any]]:
    """The draft, and what a form takes from it."""
    draft = of(place, name)
    if draft is None:
        return None, {}
    said: dict[str, Any] = {"body": draft.body}
    if name == "new":
        said |= {"title": draft.title, "tags": ", ".join(draft.tags)}
        if slug := _slug(draft.category_id):
            said["category"] = slug
    return draft, said


def quoted(place: Place, post_id: UUID) -> dict[str, Any]:
    """What the form of a reply takes from a post that is quoted, for browsers without scripts. Raises NotFound."""
    row = posts.post(place, post_id)
    author = people([row.author_id]).get(row.author_id)
    lines = "\n".join(f"> {line}" for line in row.body.splitlines())
    return {"body": f"@{author.handle}\n\n{lines}\n\n" if author else f"{lines}\n\n"}


def _slug(category_id: UUID | None) -> str | None:
    if category_id is None:
        return None
    return db.session().scalar(select(ForumCategory.slug).where(ForumCategory.id == category_id))


def mine(place: Place) -> list[Kept]:
    """Newest first."""
    wanted = select(Draft).where(Draft.user_id == place.user_id).order_by(Draft.saved_at.desc()).limit(MOST)
    rows = list(db.session().scalars(wanted))
    threads = _threads(rows)
    return [Kept(row, threads.get(row.place.removeprefix("thread:"))) for row in rows]


def _threads(rows: Sequence[Draft]) -> dict[str, Thread]:
    ids = [UUID(row.place.removeprefix("thread:")) for row in rows if row.place.startswith("thread:")]
    found = db.session().scalars(select(Thread).where(Thread.id.in_(ids))) if ids else ()
    return {str(row.id): row for row in found}
