"""Addresses on their way between forms, rows and carriers; and which of them no carrier should be paid for."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from app.shipping.carrier import Address

NAMES = frozenset(field.name for field in fields(Address))


def address(stored: Mapping[str, Any]) -> Address:
    """An address from a stored or typed mapping; unknown keys are left alone."""
    return Address(**{name: value for name, value in stored.items() if name in NAMES and value is not None})


def stored(place: Address) -> dict[str, Any]:
    return {name: value for name, value in asdict(place).items() if value not in ("", None)}


def missing(place: Address) -> str:
    """What a label could not do without, in words; "" when all is there."""
    wanted = {
        "name": place.name or place.company,
        "street": place.line1,
        "town": place.city,
        "country": place.country,
    }
    absent = [word for word, value in wanted.items() if not value.strip()]
    return f"The address has no {' and no '.join(absent)}." if absent else ""


def masked(place: Address) -> bool:
    """Whether a marketplace hid the real data behind asterisks (TRAPS.md C27)."""
    return any("*" in value for value in (place.name, place.line1, place.phone, place.postcode))


def same(one: Address, other: Address) -> bool:
    """Equal for a postman: case, spaces and the phone do not matter."""

    def key(place: Address) -> tuple[str, ...]:
        parts = (place.line1, place.line2, place.city, place.region, place.postcode, place.country)
        return tuple("".join(part.split()).casefold() for part in parts)

    return key(one) == key(other)
