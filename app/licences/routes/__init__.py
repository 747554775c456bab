"""HTTP of licences: for sellers, for buyers, and for programs (a blueprint of its own, without sessions)."""

from flask import Blueprint

blueprint = Blueprint("licences", __name__)
programs = Blueprint("licence_api", __name__)

from app.licences.routes import api, buyers, deciding, developers, keys, orders, past, products, signers  # noqa: E402, F401  (each adds its routes)
