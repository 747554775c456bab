"""Stripe as the sandbox speaks it: the API under `/v1`, hosted pages, webhooks, and doors for tests.

Owns: accounts, sessions, payments, transfers, refunds, disputes, payouts, events, and their ledger of effects.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig
from app.sandbox.state import State

from . import api, control, endpoints, uploads
from .clockwork import Clockwork
from .idempotency import Keys
from .pages import checkout, home, onboarding
from .scope import Scope
from .webhooks import Postman


def register(app: Flask, config: SandboxConfig) -> None:
    """Add Stripe to the sandbox, with its clockwork and its postman."""
    state = State(config.data / "stripe.sqlite3")
    scope = Scope(state, config)
    with state.transaction():
        endpoints.configure(scope)
    postman, clockwork = Postman(scope), Clockwork(scope)
    state.on_change(postman.wake)
    app.extensions["sandbox.state"] = state
    app.extensions["sandbox.keys"] = Keys(state)
    app.extensions["sandbox.start"] += [postman.start, clockwork.start]
    app.extensions["sandbox.stop"] += [state.close, clockwork.stop, postman.stop]
    for part in (uploads, api, control, home, checkout, onboarding):
        app.register_blueprint(part.blueprint)
