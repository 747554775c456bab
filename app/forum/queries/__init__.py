"""Every read the forum's pages need."""

from app.forum.queries import desk, hearing, places, posts, threads

__all__ = ["desk", "hearing", "places", "posts", "threads"]
