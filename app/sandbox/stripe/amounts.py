"""Amounts in minor units: which currencies exist, how small a payment may be, how money is written."""

from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency, list_currencies

from .errors import refused

ZERO_DECIMALS = {
    "bif",
    "clp",
    "djf",
    "gnf",
    "jpy",
    "kmf",
    "krw",
    "mga",
    "pyg",
    "rwf",
    "ugx",
    "vnd",
    "vuv",
    "xaf",
    "xof",
    "xpf",
}
THREE_DECIMALS = {"bhd", "jod", "kwd", "omr", "tnd"}
SMALLEST = {
    "usd": 50,
    "eur": 50,
    "gbp": 30,
    "jpy": 50,
    "chf": 50,
    "aud": 50,
    "cad": 50,
    "sek": 300,
    "nok": 300,
    "dkk": 250,
    "pln": 200,
    "mxn": 1000,
    "hkd": 400,
    "inr": 50,
    "sgd": 50,
    "nzd": 50,
    "brl": 50,
    "czk": 1500,
    "huf": 17500,
    "ron": 200,
    "aed": 200,
    "bgn": 100,
    "myr": 200,
    "thb": 1000,
}
LARGEST = 99_999_999


@cache
def currencies() -> frozenset[str]:
    """Lower-case codes of every currency."""
    return frozenset(code.lower() for code in list_currencies())


def exponent(currency: str) -> int:
    """Digits after the decimal point, as Stripe counts them."""
    return 0 if currency in ZERO_DECIMALS else 3 if currency in THREE_DECIMALS else 2


def money(minor: int, currency: str, locale: str = "en_US") -> str:
    """`$12.30`: an amount in minor units as people of that locale write it."""
    value = Decimal(minor).scaleb(-exponent(currency))
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        known = Locale("en", "US")
    return format_currency(
        value, currency.upper(), locale=known, currency_digits=False, format=_pattern(known, exponent(currency))
    )


def _pattern(locale: Locale, digits: int) -> str:
    pattern = locale.currency_formats["standard"].pattern
    return pattern.replace("0.00", "0" + ("." + "0" * digits if digits else ""))


def require_currency(currency: str, param: str = "currency") -> str:
    """The code in lower case; raises a refusal for one that does not exist."""
    code = currency.lower()
    if code not in currencies():
        raise refused(f"Invalid currency: {currency}. Stripe currently supports ISO currency codes.", param)
    return code


def require_amount(amount: int, currency: str, param: str = "amount") -> int:
    """The amount; raises when it is below the smallest or above the largest payment."""
    if amount < 1:
        raise refused("Invalid positive integer", param, "parameter_invalid_integer")
    smallest = SMALLEST.get(currency, 1)
    if amount < smallest:
        raise refused(f"Amount must be at least {money(smallest, currency)} {currency}", param, "amount_too_small")
    if amount > LARGEST:
        raise refused(f"Amount must be no more than {money(LARGEST, currency)}", param, "amount_too_large")
    return amount
