"""Settings, Data: archives of a workspace; and a person's own data on the account's pages."""

from flask import Blueprint

blueprint = Blueprint("archives", __name__)

from app.archives.routes import data, own  # noqa: E402, F401
