"""Our grams, millimetres and minor units in providers' units and back. Whatever is rounded is rounded up (TRAPS.md C23).

A weight that is rounded down is a parcel that the carrier bills again; a float is an amount that nobody can explain.
"""

import hashlib
import re
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from typing import Any

from app.core.money import Money, exponent

GRAMS_PER_OUNCE = Decimal("28.349523125")
MM_PER_INCH = Decimal("25.4")
FRACTION = re.compile(r"(\.\d{6})\d+")


def ounces(grams: int, step: str = "0.1") -> Decimal:
    """Ounces, rounded up to `step`; never 0 for something that weighs anything."""
    return (Decimal(grams) / GRAMS_PER_OUNCE).quantize(Decimal(step), ROUND_CEILING)


def inches(millimetres: int, step: str = "0.1") -> Decimal:
    """Inches, rounded up to `step`."""
    return (Decimal(millimetres) / MM_PER_INCH).quantize(Decimal(step), ROUND_CEILING)


def centimetres(millimetres: int) -> Decimal:
    """Centimetres, exactly."""
    return Decimal(millimetres) / 10


def decimal(amount: Any) -> Decimal:
    """A provider's number, written as text or as a JSON number. Raises ValueError for what is none."""
    try:
        value = Decimal(str(amount))
    except ArithmeticError as error:
        raise ValueError(f"not a number: {amount!r}") from error
    if not value.is_finite():
        raise ValueError(f"not a number: {amount!r}")
    return value


def minor(amount: Decimal, currency: str) -> int:
    """Minor units; providers write up to five decimals, so the sum is rounded half-even once."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), ROUND_HALF_EVEN))


def major(minor_units: int, currency: str) -> str:
    """An amount as providers read it: "45.00" for 4500 USD, "45" for 45 JPY."""
    return f"{Money(minor_units, currency).decimal:f}"


def moment(text: Any) -> datetime | None:
    """A provider's time. Without a zone it is UTC; seven digits after the second are six; words are None."""
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        found = datetime.fromisoformat(FRACTION.sub(r"\1", text.strip()))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def mark(*parts: Any) -> str:
    """A key for something that has none of its own: the same parts give the same key."""
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).hexdigest()[:40]


def words(name: str) -> str:
    """A service's token as a person would write it: GroundAdvantage → Ground Advantage, usps_priority → Usps Priority."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("_", " "))
    return " ".join(part if part[:1].isupper() else part.capitalize() for part in spaced.split())
