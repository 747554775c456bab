"""Sign-up, sign-in, the account's own pages."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)
