"""Tracking numbers of the right form, with a check digit, and never a number that a real carrier would have given."""

import secrets

from .services import DHL, UPS

USPS_PREFIX = "94001002083"


def new_number(carrier: str) -> str:
    """A tracking number that looks like the carrier's."""
    if carrier == UPS:
        return f"1ZXXXX{secrets.token_hex(6).upper()}"[:18]
    if carrier == DHL:
        return f"{secrets.randbelow(10**9):09d}{secrets.randbelow(7)}"
    body = f"{USPS_PREFIX}{secrets.randbelow(10**10):010d}"
    return body + check_digit(body)


def check_digit(body: str) -> str:
    """Modulo 10 with weights 3 and 1 from the right, as USPS counts."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return str(-total % 10)
