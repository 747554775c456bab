"""Puts the edge together on a Flask app."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, abort, g, request
from flask_login import LoginManager
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import settings
from app.core.ids import first_id
from app.core.web import access, csrf, errors, headers, intake, limits, render, urls, visitor
from app.core.web.urls import absolute

_context: list[Callable[[], dict[str, Any]]] = []


def provide(function: Callable[[], dict[str, Any]]) -> None:
    """Add values that every template may use; called by app/wiring.py alone."""
    if function not in _context:
        _context.append(function)


def live_since() -> str:
    """Where a page's stream begins: what happened while the page was read and drawn is told again."""
    return str(first_id(datetime.now(UTC) - timedelta(seconds=2)))


def install(app: Flask) -> None:
    chosen = settings.current()
    app.config.update(
        SECRET_KEY=chosen.secret_key,
        SESSION_COOKIE_NAME=visitor.cookie_name("guildhall"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=chosen.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=intake.FORM,
        MAX_FORM_MEMORY_SIZE=intake.FORM,
        TRUSTED_HOSTS=list(chosen.trusted_hosts),
        TEMPLATES_AUTO_RELOAD=chosen.debug,
    )
    if chosen.trusted_proxies:
        count = chosen.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]
    urls.install(app)
    app.before_request(require_host)
    intake.install(app)
    _login(app)
    csrf.install(app)
    limits.configure(app)
    errors.install(app)
    headers.install(app)
    app.after_request(visitor.remember)
    app.after_request(render.follow)
    _templates(app)


def require_host() -> Any:
    """A request without Host is answered 400: gunicorn lets it through (SECURITY.md §2, 4.2.1)."""
    if not request.headers.get("Host"):
        abort(400)
    return None


def _login(app: Flask) -> None:
    manager = LoginManager()

    @manager.request_loader
    def load(_: Any) -> Any:
        token = request.cookies.get(visitor.cookie_name("session"))
        return access.doors.viewer(token) if token else None

    manager.session_protection = None
    manager.init_app(app)


def _templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        money=render.money,
        when=render.when,
        dom_id=render.dom_id,
        can=access.can,
        problem=access.problem,
        absolute=absolute,
        live_since=live_since,
    )

    @app.context_processor
    def everywhere() -> dict[str, Any]:
        values: dict[str, Any] = {
            "nonce": headers.nonce(),
            "viewer": access.viewer(),
            "workspace": g.get("membership"),
            "role": getattr(g.get("membership"), "role", None),
            "banner": _banner(),
            "hotkeys_off": getattr(access.viewer(), "hotkeys_off", False),
        }
        for function in _context:
            values |= function()
        return values


def _banner() -> str | None:
    if settings.current().sandboxed:
        return "Sandbox: payments, labels, marketplaces, mail and sign-in with Google are rehearsed here. No real money moves."
    return None
