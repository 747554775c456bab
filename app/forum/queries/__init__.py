"""Every read the forum's pages need."""

from app.forum.queries import places, posts, threads

__all__ = ["places", "posts", "threads"]
