"""Stock."""

from flask import Blueprint

blueprint = Blueprint("inventory", __name__)
