"""The pages of shipping, by noun."""

from flask import Blueprint

blueprint = Blueprint("shipping", __name__)

from app.shipping.routes import batches, buyer, labels, orders, parcels, presets, returns, scan  # noqa: E402,F401  (they add their views)
