"""The sandbox's push service, and browsers that listen at it: it checks a push as the real ones do, opens it with the browser's own
key and keeps what it said.

Owns: receivers, what reached them, and the answers that were planted.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig

from . import doors, pages, service
from .receivers import Receivers


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the service; the memory is the one that Stripe's part opened."""
    app.extensions["sandbox.push"] = Receivers(app.extensions["sandbox.state"])
    app.extensions["sandbox.nav"].append(("Push", "/push"))
    for part in (service, doors, pages):
        app.register_blueprint(part.blueprint)
