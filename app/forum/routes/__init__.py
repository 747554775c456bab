"""Communities at `/c/…`, threads at `/threads/…`, and the team's desk at `/w/<workspace>/forum`."""

from flask import Blueprint

blueprint = Blueprint("forum", __name__)

# They fill the blueprint.
from app.forum.routes import (  # noqa: E402, F401
    asker,
    communities,
    desk,
    feeds,
    flags,
    hiding,
    history,
    moderation,
    news,
    people,
    pictures,
    polls,
    posts,
    questions,
    rearranging,
    returning,
    saves,
    search,
    threads,
    views,
    writing,
)
