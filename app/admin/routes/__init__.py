"""The operator's pages, by noun."""

from flask import Blueprint

blueprint = Blueprint("admin", __name__)

# They fill the blueprint.
from app.admin.routes import fees, health, jobs, leaks, overview, receipts, reviews, schedule  # noqa: E402, F401
