"""Where sellers' Stripe accounts can be opened, with the countries' names."""

from babel import Locale

CODES = (
    *[
        "AT",
        "AU",
        "BE",
        "BG",
        "BR",
        "CA",
        "CH",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HK",
        "HR",
        "HU",
        "IE",
        "IT",
        "JP",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "NZ",
        "PL",
        "PT",
        "RO",
        "SE",
        "SG",
        "SI",
        "SK",
        "US",
    ],
)
_NAMES = Locale("en").territories
CHOICES = tuple(sorted(((code, _NAMES[code]) for code in CODES), key=lambda pair: pair[1]))
"""(code, name), by name."""


def name(code: str) -> str:
    """«Germany» for DE; the code itself when there is no name."""
    return str(_NAMES.get(code, code))
