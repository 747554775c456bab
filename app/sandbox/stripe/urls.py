"""Addresses that a caller hands over to be redirected to."""

from urllib.parse import urlsplit

from .errors import refused


def require_url(url: str, param: str) -> None:
    """Raise `url_invalid` unless it is an absolute http(s) address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise refused("Not a valid URL", param, "url_invalid")
