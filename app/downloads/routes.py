"""The buyer's library and its files."""

from flask import Blueprint

blueprint = Blueprint("downloads", __name__)
