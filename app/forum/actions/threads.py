"""Starting threads."""

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import update

from app.core import db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.outbox import emit
from app.forum import text
from app.forum.actions import people, posts
from app.forum.events import ThreadStarted
from app.forum.models import ForumCategory, Thread

MOST_TAGS = 5
TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


class MayNotStart(people.MayNotWrite):
    message = "Only the team starts threads here. Nothing was posted; your text is still in the box."


def start(actor: Actor, category: ForumCategory, title: str, body: str, tags: Sequence[str] = ()) -> Thread:
    """A thread and its first post. Raises BadText, MayNotWrite, MayNotStart."""
    named, rendered = text.title(title), text.render(body)
    person = people.writer(actor)
    if category.archived_at is not None:
        raise NotFound
    if category.writes == "team" and not person.team:
        raise MayNotStart
    thread = db.add(
        Thread(category_id=category.id, author_id=person.user_id, title=named, slug=slug(named), tags=tidy_tags(tags))
    )
    first = posts.add(person, thread, text.tidy(body).strip(), rendered)
    db.session().execute(
        update(ForumCategory)
        .where(ForumCategory.id == category.id)
        .values(threads=ForumCategory.threads + 1, last_post_at=db.now())
    )
    emit(ThreadStarted(**posts.fact(thread, first)))
    return thread


def slug(title: str) -> str:
    """What stands in the address for people; the id decides."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "thread"


def tidy_tags(tags: Sequence[str]) -> list[str]:
    """In small letters, each once. Raises Refused for too many and for what is no tag."""
    found = list(dict.fromkeys(one.strip().lower().replace(" ", "-") for one in tags if one.strip()))
    wrong = next((one for one in found if not TAG.fullmatch(one)), None)
    if wrong is not None:
        raise Refused("Tags are letters, digits and hyphens. Nothing was posted yet.", field="tags")
    if len(found) > MOST_TAGS:
        raise Refused(f"Use at most {MOST_TAGS} tags. Nothing was posted yet.", field="tags")
    return found
