"""Pages that buyers walk through: browsing, one product, cart, checkout."""

from flask import Blueprint

blueprint = Blueprint("storefront", __name__)

from app.storefront.routes import browse, cart, checkout, feeds, payment, product, recent, waiting  # noqa: E402,F401  (they add the routes)
