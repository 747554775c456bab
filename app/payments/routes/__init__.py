"""The seller's money: account, balances, transfers, payouts, disputes, and the ledger."""

from flask import Blueprint

blueprint = Blueprint("payments", __name__)

# They fill the blueprint.
from app.payments.routes import account, disputes, ledger  # noqa: E402, F401
