"""Cross-site requests: a token bound to the session (Flask-WTF) and what the browser itself says about the origin."""

from urllib.parse import urlsplit

from flask import Flask, abort, request
from flask_wtf.csrf import CSRFProtect

from app.core import settings

csrf = CSRFProtect()
SAFE = {"GET", "HEAD", "OPTIONS"}
PROVEN = ("/webhooks/", "/unsubscribe/", "/api/v1/licences/")
"""A signature or a key in the request is the proof, not the browser: providers, mail programs (RFC 8058) and sold programs post
from anywhere."""


def refuse_foreign() -> None:
    """Refuse a change that another site's page sent: Sec-Fetch-Site first, Origin where browsers lack it."""
    if request.method in SAFE or request.path.startswith(PROVEN):
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin")
    if site is None and origin and urlsplit(origin).netloc != settings.current().host:
        abort(403)


def embedded() -> bool:
    """Whether another site's page, and not a person, asks for this address: as a picture, a script, a frame (Fetch Metadata)."""
    return request.headers.get("Sec-Fetch-Site") == "cross-site" and request.headers.get("Sec-Fetch-Dest") != "document"


def install(app: Flask) -> None:
    app.config["WTF_CSRF_TIME_LIMIT"] = 12 * 3600
    app.config["WTF_CSRF_SSL_STRICT"] = False
    app.before_request(refuse_foreign)
    csrf.init_app(app)
