"""The pages of channels, by noun."""

from flask import Blueprint

blueprint = Blueprint("channels", __name__)

from app.channels.routes import connecting, connections, listings, orders, runs, truth  # noqa: E402,F401  (they add their views)
