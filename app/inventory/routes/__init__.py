"""Stock: what is on the shelf, what buyers hold, and why it changed."""

from flask import Blueprint

blueprint = Blueprint("inventory", __name__)

from app.inventory.routes import changing, importing, movements, stock  # noqa: E402, F401  (they fill the blueprint)
