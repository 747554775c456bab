"""What people have done here: the ground on which they are trusted. In the workspace's scope."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from app.access.models import Grant
from app.access.queries import active
from app.core import db
from app.forum.levels import REMOVED_FOR, Standing
from app.forum.models import ForumPerson, Post


def standings(people: Collection[UUID]) -> dict[UUID, Standing]:
    """By the person's id, for those who are known here; three statements whatever the number."""
    joined = select(ForumPerson.user_id, ForumPerson.created_at).where(ForumPerson.user_id.in_(people))
    since = {row.user_id: row.created_at for row in db.session().execute(joined)}
    written, buyers = _written(since), _buyers(since)
    return {
        who: Standing(max((db.now() - moment).days, 0), *written.get(who, (0, 0, 0)), who in buyers)
        for who, moment in since.items()
    }


def standing(person: ForumPerson) -> Standing:
    return standings([person.user_id])[person.user_id]


def _written(people: Collection[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Posts to be seen, posts removed, votes; all of the last months."""
    seen, removed = Post.state == "visible", Post.state == "hidden"
    wanted = (
        select(
            Post.author_id,
            func.count().filter(seen),
            func.count().filter(removed),
            func.coalesce(func.sum(Post.score).filter(seen), 0),
        )
        .where(Post.author_id.in_(people), Post.created_at > db.now() - REMOVED_FOR)
        .group_by(Post.author_id)
    )
    return {row[0]: (row[1], row[2], int(row[3])) for row in db.session().execute(wanted)}


def _buyers(people: Collection[UUID]) -> set[UUID]:
    return set(db.session().scalars(select(Grant.buyer_id).where(Grant.buyer_id.in_(people), active()).distinct()))
