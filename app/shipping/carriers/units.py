"""Our grams and millimetres in carriers' units. Whatever is rounded is rounded up (TRAPS.md C23): a weight that is rounded down is
a parcel that the carrier bills again.
"""

import re
from decimal import ROUND_CEILING, Decimal

GRAMS_PER_OUNCE = Decimal("28.349523125")
MM_PER_INCH = Decimal("25.4")


def ounces(grams: int, step: str = "0.1") -> Decimal:
    """Ounces, rounded up to `step`; never 0 for something that weighs anything."""
    return (Decimal(grams) / GRAMS_PER_OUNCE).quantize(Decimal(step), ROUND_CEILING)


def inches(millimetres: int, step: str = "0.1") -> Decimal:
    """Inches, rounded up to `step`."""
    return (Decimal(millimetres) / MM_PER_INCH).quantize(Decimal(step), ROUND_CEILING)


def centimetres(millimetres: int) -> Decimal:
    """Centimetres, exactly."""
    return Decimal(millimetres) / 10


def words(name: str) -> str:
    """A service's token as a person would write it: GroundAdvantage → Ground Advantage, usps_priority → Usps Priority."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("_", " "))
    return " ".join(part if part[:1].isupper() else part.capitalize() for part in spaced.split())
