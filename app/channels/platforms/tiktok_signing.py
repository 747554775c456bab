"""How requests to TikTok Shop are signed, and how its pushes are proven; byte for byte as TIKTOK.md §3 and §9 say."""

import hashlib
import hmac
from collections.abc import Mapping

UNSIGNED = ("sign", "access_token", "x-tts-access-token")
JSON = "application/json"


def text_of(query: Mapping[str, str], path: str) -> str:
    """The path, then each parameter's name and decoded value, by name."""
    return path + "".join(f"{name}{query[name]}" for name in sorted(query) if name not in UNSIGNED)


def sign(
    secret: str, method: str, path: str, query: Mapping[str, str], body: bytes = b"", content_type: str = JSON
) -> str:
    """The `sign` parameter. `body` is what is sent, to the byte; it counts neither for GET nor for multipart."""
    told = text_of(query, path).encode()
    if method != "GET" and content_type.split(";")[0].strip().lower() != "multipart/form-data":
        told += body
    return _digest(secret, secret.encode() + told + secret.encode())


def push_signature(key: str, secret: str, raw: bytes) -> str:
    """The `Authorization` header of a push with these bytes as its body."""
    return _digest(secret, key.encode() + raw)


def _digest(secret: str, message: bytes) -> str:
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
