"""Shopee's two signatures, byte for byte (reference: SHOPEE.md §3 and §8)."""

import hashlib
import hmac

from app.channels.channel_facts import App
from app.core.port import Forged


def request(key: str, partner_id: str, path: str, timestamp: int, token: str = "", identity: str = "") -> str:
    """`sign` of a call. `path` is the whole /api/v2/… without host; body and other parameters are not signed.

    The key is the console's string itself, never its hex decoding. Public calls have neither token nor identity.
    """
    return _hex(key.encode(), f"{partner_id}{path}{timestamp}{token}{identity}".encode())


def push(key: bytes, url: str, raw: bytes) -> str:
    """What a push carries in `Authorization`; `url` is the address exactly as it was registered (TRAPS.md C21)."""
    return _hex(key, url.encode() + b"|" + raw)


def push_key(app: App) -> bytes:
    """The key of pushes: their own where the console gave one, as it is written or, when switched so, hex-decoded.

    Raises Forged for a key that is switched to hex and is none: then no push can be believed.
    """
    key = app.push_key or app.secret
    if not app.push_key_is_hex:
        return key.encode()
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise Forged("the push key is not in hex") from None


def fits(expected: str, said: str | None) -> bool:
    """In constant time; a header that is missing or no text of hex never fits."""
    found = (said or "").strip().lower()
    return found.isascii() and hmac.compare_digest(expected, found)


def _hex(key: bytes, message: bytes) -> str:
    return hmac.new(key, message, hashlib.sha256).hexdigest()
