"""Identifiers that look like Stripe's."""

import secrets
import string

ALPHABET = string.ascii_letters + string.digits
LENGTHS = {"acct": 16, "cs_test": 58, "req": 14, "cus": 14, "prod": 14}


def token(length: int) -> str:
    """Random letters and digits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_id(prefix: str) -> str:
    """A fresh identifier such as `pi_3QXa…` (prefix without the underscore)."""
    return f"{prefix}_{token(LENGTHS.get(prefix, 24))}"
