"""Ids that sort by time (UUIDv7, RFC 9562 §5.7), so new rows land together in every index."""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def new_id() -> UUID:
    return uuid7()


def new_token(prefix: str) -> str:
    """An opaque 256-bit secret with a prefix that secret scanners can find."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def short_code(length: int = 6) -> str:
    """A code a person can read out: no letters or digits that look alike."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def token_hash(token: str) -> str:
    """What the database keeps of an opaque secret: its SHA-256 in hex. Fit for 256-bit randomness only, never for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def first_id(moment: datetime) -> UUID:
    """Not greater than any id made from that moment on."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
