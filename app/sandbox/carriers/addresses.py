"""Whether an address can be delivered to, and how the post would write it."""

import re
from dataclasses import dataclass, replace
from zlib import crc32

from .geography import Place, american

NOT_FOUND, NO_NUMBER, NO_STREET, NO_POSTCODE = "not_found", "no_number", "no_street", "no_postcode"
MESSAGES = {
    NOT_FOUND: "Address not found",
    NO_NUMBER: "House number is missing",
    NO_STREET: "Street is missing",
    NO_POSTCODE: "Postcode is missing",
}
# A few addresses are known by heart: city and state by ZIP code, ZIP+4 and what stands there.
CITIES = {
    "94107": ("SAN FRANCISCO", "CA"),
    "94104": ("SAN FRANCISCO", "CA"),
    "94117": ("SAN FRANCISCO", "CA"),
    "90277": ("REDONDO BEACH", "CA"),
    "78756": ("AUSTIN", "TX"),
    "10451": ("BRONX", "NY"),
    "97209": ("PORTLAND", "OR"),
}
KNOWN = {("388 TOWNSEND ST APT 20", "94107"): ("1670", True), ("179 N HARBOR DR", "90277"): ("2506", False)}
SHORT = {
    "STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "DRIVE": "DR", "BOULEVARD": "BLVD", "LANE": "LN", "COURT": "CT",
    "PLACE": "PL", "APARTMENT": "APT", "SUITE": "STE", "FLOOR": "FL", "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """`wrong` is one of the codes above or nothing; `clean` is how the post writes the address (None when wrong)."""

    wrong: str
    clean: Place | None
    latitude: float | None = None
    longitude: float | None = None


def verify(place: Place) -> Verdict:
    """Look an address up: US ones are corrected, others are only checked for being complete."""
    wrong = _wrong(place)
    if wrong:
        return Verdict(wrong, None)
    if place.country != "US":
        return Verdict("", place.upper())
    where = american(place)
    clean = _clean(place)
    return Verdict("", clean, round(where[0], 5) if where else None, round(where[1], 5) if where else None)


def _wrong(place: Place) -> str:
    if not place.street1.strip():
        return NO_STREET
    if not place.zip.strip() and place.country in ("US", "GB", "DE", "FR", "CA"):
        return NO_POSTCODE
    if place.country == "US" and (american(place) is None or place.state.upper() == "ZZ"):
        return NOT_FOUND
    if re.match(r"0+\b", place.street1.strip()) or "unknown" in place.street1.lower():
        return NOT_FOUND
    if place.country == "US" and not re.search(r"\d", place.street1):
        return NO_NUMBER
    return ""


def _clean(place: Place) -> Place:
    said = place.upper()
    line = re.sub(r"[.,]", "", f"{said.street1} {said.street2}".strip())
    street = " ".join(SHORT.get(word, word) for word in line.split())
    short = place.zip.strip()[:5]
    city, state = CITIES.get(short, (said.city, said.state))
    four, home = KNOWN.get((street, short), (f"{crc32(street.encode()) % 9000 + 1000}", not place.company))
    return replace(said, street1=street, street2="", city=city, state=state, zip=f"{short}-{four}", residential=home)
