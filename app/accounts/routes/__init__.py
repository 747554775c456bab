"""Sign-up, sign-in, the account's own pages."""

from flask import Blueprint

blueprint = Blueprint("accounts", __name__)

from app.accounts.routes import google, me, passkeys, reset, sign_in, sign_up, transfers  # noqa: E402, F401  (they add their views)
