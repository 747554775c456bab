"""Communities at `/c/…`, threads at `/threads/…`, and the team's desk at `/w/<workspace>/forum`."""

from flask import Blueprint

blueprint = Blueprint("forum", __name__)

# They fill the blueprint.
from app.forum.routes import communities, desk, posts, threads  # noqa: E402, F401
