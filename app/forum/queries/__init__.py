"""Every read the forum's pages need."""

from app.forum.queries import (
    asker,
    desk,
    drafts,
    hearing,
    history,
    people,
    pictures,
    places,
    polls,
    posts,
    pushing,
    questions,
    rearranging,
    search,
    similar,
    threads,
)

__all__ = [
    "asker",
    "desk",
    "drafts",
    "hearing",
    "history",
    "people",
    "pictures",
    "places",
    "polls",
    "posts",
    "pushing",
    "questions",
    "rearranging",
    "search",
    "similar",
    "threads",
]
