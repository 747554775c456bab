"""Sign-up, sign-in, the account's own pages."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from app.accounts.routes import google, me, reset, sign_in, sign_up  # noqa: E402, F401  (they add their views)
