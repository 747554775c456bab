"""Security headers on every answer (SECURITY.md §1, measured with htmx 4 in Chromium)."""

import secrets

from flask import Flask, Response, g, request

from app.core import settings


def nonce() -> str:
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    return g.nonce


def policy() -> str:
    """Content-Security-Policy: nonce only, never strict-dynamic, no inline style."""
    pay = " ".join(filter(None, ("https://checkout.stripe.com", settings.current().sandbox_url)))
    return (
        f"default-src 'none'; script-src 'nonce-{nonce()}'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        f" connect-src 'self'; media-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self' {pay} https://connect.stripe.com;"
        " base-uri 'none'; frame-ancestors 'none'; object-src 'none';"
        " require-trusted-types-for 'script'; trusted-types htmx guildhall"
    )


def apply(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", _referrer())
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
    if settings.current().secure_cookies:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    headers.add("Vary", "Cookie, HX-Request, HX-Request-Type")
    return response


def _referrer() -> str:
    """An address that is a secret is not told to other sites; this one needs it to see where its own forms come from."""
    return "same-origin" if "token" in (request.view_args or {}) else "strict-origin-when-cross-origin"


def install(app: Flask) -> None:
    app.after_request(apply)
