"""HTTP of reviews: for buyers, on product pages, for sellers, and the click that ends reminders."""

from flask import Blueprint

blueprint = Blueprint("reviews", __name__)

from app.reviews.routes import buyers, products, reminders, sellers  # noqa: E402, F401  (each adds its routes)
