"""Countries and how their addresses are written: which lines, what they are called, what a postcode looks like.

Names come from CLDR through Babel. Formats follow the Universal Postal Union's country sheets for the countries named
here; everywhere else the lines are free and only street and town are required.
"""

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale
from werkzeug.datastructures import LanguageAccept

FALLBACK = "US"
NOT_A_PLACE = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
NO_POSTCODE = {
    "AE",
    "AG",
    "AO",
    "BS",
    "BZ",
    "BO",
    "BW",
    "CD",
    "CM",
    "FJ",
    "GH",
    "HK",
    "JM",
    "MO",
    "QA",
    "RW",
    "UG",
    "YE",
    "ZW",
}

# fmt: off
US_STATES = (
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY",
    "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH",
    "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"
)
# fmt: on
CA_PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
AU_STATES = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")


@dataclass(frozen=True)
class AddressFormat:
    """`postcode` is a pattern in capitals without spaces, empty when there is none; `regions` are the choices, if fixed."""

    postcode: str = ""
    postcode_label: str = "Postal code"
    example: str = ""
    postcode_required: bool = False
    region_label: str = ""
    regions: tuple[str, ...] = ()
    city_label: str = "Town or city"

    @property
    def has_postcode(self) -> bool:
        return bool(self.postcode)


def _digits(count: int, example: str) -> AddressFormat:
    return AddressFormat(rf"\d{{{count}}}", "Postal code", example, True)


FORMATS = {
    "US": AddressFormat(r"\d{5}(-?\d{4})?", "ZIP code", "94110", True, "State", US_STATES, "City"),
    "CA": AddressFormat(r"[A-Z]\d[A-Z]\d[A-Z]\d", "Postal code", "K1A 0B1", True, "Province", CA_PROVINCES, "City"),
    "AU": AddressFormat(r"\d{4}", "Postcode", "3000", True, "State", AU_STATES, "Suburb"),
    "GB": AddressFormat(r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}", "Postcode", "BS1 4DJ", True),
    "IE": AddressFormat(r"[A-Z]\d[\dW][A-Z\d]{4}", "Eircode", "D02 AF30", False, "County"),
    "NL": AddressFormat(r"\d{4}[A-Z]{2}", "Postcode", "1012 AB", True),
    "JP": AddressFormat(r"\d{3}-?\d{4}", "Postal code", "100-0001", True, "Prefecture", (), "City or ward"),
    "BR": AddressFormat(r"\d{5}-?\d{3}", "CEP", "01310-100", True, "State"),
    "IN": AddressFormat(r"\d{6}", "PIN code", "560001", True, "State"),
    "MX": AddressFormat(r"\d{5}", "Postal code", "06000", True, "State"),
    "PL": AddressFormat(r"\d{2}-?\d{3}", "Postal code", "00-001", True),
    "PT": AddressFormat(r"\d{4}-?\d{3}", "Postal code", "1000-001", True),
    "SE": _digits(5, "111 22"),
    "DE": _digits(5, "10115"),
    "FR": _digits(5, "75001"),
    "ES": _digits(5, "28001"),
    "IT": _digits(5, "00118"),
    "FI": _digits(5, "00100"),
    "KR": _digits(5, "03051"),
    "SG": AddressFormat(r"\d{6}", "Postal code", "018956", True, city_label="Town"),
    "VN": AddressFormat(r"\d{5,6}", "Postal code", "100000", False),
    "AT": _digits(4, "1010"),
    "BE": _digits(4, "1000"),
    "CH": _digits(4, "8001"),
    "DK": _digits(4, "1050"),
    "NO": _digits(4, "0150"),
    "NZ": _digits(4, "6011"),
}
ANYWHERE = AddressFormat(r"[A-Z\d-]{2,12}")
WITHOUT_POSTCODE = AddressFormat(region_label="Region")


@cache
def names() -> dict[str, str]:
    """Alpha-2 code → English name, in the order of the names."""
    found = {
        code: name
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_A_PLACE
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def name(code: str) -> str:
    return names().get(code, code)


def known(code: str | None) -> str:
    """The code when it is a country, else empty."""
    code = (code or "").upper()
    return code if code in names() else ""


def from_languages(accepted: LanguageAccept) -> str:
    """A first guess out of Accept-Language («en-GB» means the United Kingdom); buyers change it with one select."""
    regions = (tag.replace("_", "-").rpartition("-")[2] for tag in accepted.values() if "-" in tag or "_" in tag)
    return next((code for region in regions if (code := known(region))), FALLBACK)


def address_format(code: str) -> AddressFormat:
    return WITHOUT_POSTCODE if code in NO_POSTCODE else FORMATS.get(code, ANYWHERE)


def postcode_fits(code: str, postcode: str) -> bool:
    """Whether a typed postcode is written as that country writes them; spaces and case do not matter."""
    wanted = address_format(code)
    return bool(re.fullmatch(wanted.postcode, re.sub(r"\s", "", postcode).upper()))
