"""The sandbox's OpenID provider, standing in for Google: anybody may sign in as anybody.

Owns: identities that were used, authorization codes, access tokens, and the signing key.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig

from . import endpoints, pages
from .grants import Grants
from .keys import SigningKey
from .people import People


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the provider; the memory is the one that Stripe's part opened."""
    state = app.extensions["sandbox.state"]
    app.extensions["sandbox.openid.grants"] = Grants(state)
    app.extensions["sandbox.openid.people"] = People(state)
    app.extensions["sandbox.openid.key"] = SigningKey(config.data / "openid-key.json")
    app.extensions["sandbox.nav"].append(("Sign-in", "/openid"))
    for part in (endpoints, pages):
        app.register_blueprint(part.blueprint)
