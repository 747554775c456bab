"""Shops and products in the workspace; pictures for everybody."""

from flask import Blueprint

blueprint = Blueprint("catalogue", __name__)
