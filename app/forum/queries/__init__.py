"""Every read the forum's pages need."""

from app.forum.queries import desk, places, posts, threads

__all__ = ["desk", "places", "posts", "threads"]
