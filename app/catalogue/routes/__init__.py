"""Shops, products and discounts in the workspace; pictures for everybody."""

from flask import Blueprint

blueprint = Blueprint("catalogue", __name__)

from app.catalogue.routes import (  # noqa: E402, F401  (they fill the blueprint)
    delivery,
    discounts,
    files,
    media,
    pictures,
    product,
    products,
    shops,
    stamping,
    uploads,
    variants,
)
