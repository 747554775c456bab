"""Every read the forum's pages need."""

from app.forum.queries import (
    desk,
    drafts,
    hearing,
    history,
    places,
    posts,
    pushing,
    questions,
    search,
    similar,
    threads,
)

__all__ = [
    "desk",
    "drafts",
    "hearing",
    "history",
    "places",
    "posts",
    "pushing",
    "questions",
    "search",
    "similar",
    "threads",
]
