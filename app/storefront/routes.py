"""Pages that buyers walk through."""

from flask import Blueprint

blueprint = Blueprint("storefront", __name__)
