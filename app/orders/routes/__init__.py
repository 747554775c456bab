"""The seller's order book and the buyer's purchases."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)

# They fill the blueprint.
from app.orders.routes import buyer, changes, changing, documents, many, refunds, seller, views  # noqa: E402, F401
