"""The seller's order book and the buyer's purchases."""

from flask import Blueprint

blueprint = Blueprint("orders", __name__)
