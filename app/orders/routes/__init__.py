"""The seller's order book and the buyer's purchases."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)

from app.orders.routes import buyer, seller, seller_changes  # noqa: E402, F401  (they fill the blueprint)
