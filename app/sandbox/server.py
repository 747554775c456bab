"""Assembly of the sandbox: one Flask application from the providers' blueprints."""

from collections.abc import Callable

from flask import Flask, Response

from . import (
    carriers,
    easypost,
    mailbox,
    market,
    openid,
    push,
    shippo,
    shipstation,
    shopee,
    stripe,
    tiktok,
    woocommerce,
)
from .config import SandboxConfig

# Each entry takes the new application and its configuration, and registers its blueprint (and what it starts).
PROVIDERS: list[Callable[[Flask, SandboxConfig], None]] = [
    stripe.register,  # first: it opens the memory that the others share
    mailbox.register,
    openid.register,
    push.register,
    carriers.register,
    easypost.register,
    shippo.register,
    shipstation.register,
    market.register,
    shopee.register,
    tiktok.register,
    woocommerce.register,
]
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data: http: https:; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)


def create_sandbox(config: SandboxConfig) -> Flask:
    """The sandbox as a WSGI application; background work starts with `app.extensions["sandbox.start"]` callables."""
    config.data.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["SANDBOX"] = config
    app.extensions["sandbox.start"] = []
    app.extensions["sandbox.stop"] = []
    # Providers add (label, path) here for the navigation of the home page.
    app.extensions["sandbox.nav"] = []
    for register in PROVIDERS:
        register(app, config)
    app.after_request(_harden)
    return app


def _harden(response: Response) -> Response:
    """No script runs on any page; forms may lead anywhere, because payments end at the shop's address."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response
