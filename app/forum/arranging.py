"""Which number and which branch each post of a thread has, in its order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Standing:
    """A post as it stands, or shall stand."""

    id: UUID
    number: int
    branch: int
    parent_id: UUID | None


def arranged(posts: Sequence[Standing]) -> list[Standing]:
    """The posts of one thread in their new order: numbers from 1 without gaps, and branches as a reply would have got them."""
    made: dict[UUID, Standing] = {}
    for number, post in enumerate(posts, 1):
        parent = made.get(post.parent_id) if post.parent_id else None
        branch = number if parent is None or parent.number == 1 else parent.branch
        made[post.id] = Standing(post.id, number, branch, parent.id if parent else None)
    return list(made.values())


def with_replies(posts: Sequence[Standing], chosen: Collection[UUID]) -> set[UUID]:
    """The chosen posts and all that answers them, directly or not. `posts` are a whole thread by number."""
    taken: set[UUID] = set()
    for post in posts:
        if post.id in chosen or (post.parent_id is not None and post.parent_id in taken):
            taken.add(post.id)
    return taken
