"""Trust: what newcomers may do, how people become known, and what takes it away again. All thresholds are here."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Level:
    """What somebody may do who has come this far; None is without limit. `words` follow «you»."""

    name: str
    words: str
    hour: int | None = None
    day: int | None = None
    links: int | None = None
    pictures: int | None = None
    people: int | None = None


@dataclass(frozen=True)
class Standing:
    """What somebody has done here: posts that can be seen, posts the team removed lately, votes of others, days since they joined."""

    days: int
    posts: int
    removed: int
    votes: int
    buyer: bool


LEVELS = (
    Level("New", "write up to 3 posts an hour and 10 a day, with 2 links and 3 people called each, and no pictures", 3, 10, 2, 0, 3),
    Level("Known", "write up to 20 posts an hour and 100 a day, with 10 links and 10 pictures each", 20, 100, 10, 10, 10),
    Level("Trusted", "write without limits; your flags count double"),
)  # fmt: skip
KNOWN_DAYS, KNOWN_POSTS = 1, 3
TRUSTED_DAYS, TRUSTED_POSTS, TRUSTED_VOTES = 14, 15, 10
REMOVED_FOR = timedelta(days=90)
"""How long a removed post is held against its author."""
KNOWN_REMOVED, NEW_REMOVED = 1, 3
"""From so many removed posts on, nobody is more than known, or more than new."""
FLAGS_OF_KNOWN, FLAGS_OF_TRUSTED = 3, 2
"""Open flags by people of at least this level that hide a post until the team decides."""
HOLD, SURE = 50, 80
"""Spam scores from which a post waits for approval, and from which its author is told that it looks like advertising."""


def level(before: int, so_far: Standing) -> int:
    """0, 1 or 2. What was reached stays, until posts are removed."""
    return min(max(before, _earned(so_far)), _most(so_far))


def _earned(so_far: Standing) -> int:
    trusted = so_far.days >= TRUSTED_DAYS and so_far.posts >= TRUSTED_POSTS and so_far.votes >= TRUSTED_VOTES
    known = so_far.buyer or (so_far.days >= KNOWN_DAYS and so_far.posts >= KNOWN_POSTS)
    return 2 if trusted else int(known)


def _most(so_far: Standing) -> int:
    if so_far.removed >= NEW_REMOVED:
        return 0
    return 1 if so_far.removed >= KNOWN_REMOVED else 2
