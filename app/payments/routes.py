"""Payouts, onboarding, balances."""

from flask import Blueprint

blueprint = Blueprint("payments", __name__)
