"""Assembly of the sandbox: one Flask application from the providers' blueprints."""

from collections.abc import Callable

from flask import Flask

from . import stripe
from .config import SandboxConfig

# Each entry takes the new application and its configuration, and registers its blueprint (and what it starts).
PROVIDERS: list[Callable[[Flask, SandboxConfig], None]] = [
    stripe.register,
]


def create_sandbox(config: SandboxConfig) -> Flask:
    """The sandbox as a WSGI application; background work starts with `app.extensions["sandbox.start"]` callables."""
    config.data.mkdir(parents=True, exist_ok=True)
    app = Flask(__name__, static_folder="static", template_folder="templates")
    app.config["SANDBOX"] = config
    app.extensions["sandbox.start"] = []
    app.extensions["sandbox.stop"] = []
    for register in PROVIDERS:
        register(app, config)
    return app
