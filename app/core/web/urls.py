"""Addresses: absolute ones come from APP_URL, never from the request; `next` stays on this site."""

from typing import Any
from urllib.parse import quote, urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from app.core import settings


class Whole(IntegerConverter):
    """`<int:…>` in an address: zero to what an integer column holds; any other number is 404."""

    regex = r"\d{1,10}"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max": 2**31 - 1} | kwargs)


def install(app: Flask) -> None:
    """Before any route is added."""
    app.url_map.converters["int"] = Whole


def absolute(path: str) -> str:
    return settings.current().app_url + path


def safe_next(raw: str | None, fallback: str = "/") -> str:
    """A path of this site out of what a request says, or the fallback (SECURITY.md §3, redirects)."""
    if not raw or not raw.startswith("/") or raw.startswith("//") or "\\" in raw or any(ord(c) < 32 for c in raw):
        return fallback
    parts = urlsplit(raw)
    return raw if not parts.scheme and not parts.netloc else fallback


def sign_in_url() -> str:
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    return f"/sign-in?next={quote(target, safe='')}"
