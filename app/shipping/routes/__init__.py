"""The pages of shipping, by noun."""

from flask import Blueprint

blueprint = Blueprint("shipping", __name__)

from app.shipping.routes import batches, labels, orders, parcels, presets  # noqa: E402,F401  (they add their views)
