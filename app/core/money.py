"""Money: integers in the currency's own minor unit (ISO 4217 exponent), never a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Self

from babel.core import get_global
from babel.numbers import format_currency, parse_decimal

from app.core.errors import Refused

CURRENCIES = (
    "USD",
    "EUR",
    "GBP",
    "CAD",
    "AUD",
    "SGD",
    "JPY",
    "KRW",
    "VND",
    "KWD",
    "CHF",
    "SEK",
    "PLN",
    "MXN",
    "BRL",
    "INR",
)


class BadAmount(Refused):
    message = "That is not an amount we can read. Write it like 12.50."


class CurrencyMismatch(ValueError):
    """Amounts of two currencies met; nothing converts silently."""


def exponent(currency: str) -> int:
    """Digits after the point: JPY 0, USD 2, KWD 3 (CLDR, as Babel carries it)."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


@dataclass(frozen=True, order=False, slots=True)
class Money:
    """`minor` counts the currency's smallest unit: Money(1250, "USD") is $12.50, Money(1250, "JPY") is ¥1250."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    def __composite_values__(self) -> tuple[int, str]:
        return self.minor, self.currency

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __gt__(self, other: "Money") -> bool:
        return other < self

    def __ge__(self, other: "Money") -> bool:
        return other <= self

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, basis_points: int) -> "Money":
        """A part in basis points (1/100 of a percent), rounded half-even once."""
        exact = Decimal(self.minor) * basis_points / 10_000
        return Money(int(exact.quantize(Decimal(1), ROUND_HALF_EVEN)), self.currency)

    def split(self, weights: Sequence[int]) -> list["Money"]:
        """Parts in proportion to `weights` by largest remainder; they always sum to the whole."""
        total = sum(weights)
        if not weights or total <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        sign, whole = (-1, -self.minor) if self.minor < 0 else (1, self.minor)
        floors = [whole * weight // total for weight in weights]
        remainders = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for index in remainders[: whole - sum(floors)]:
            floors[index] += 1
        return [Money(sign * part, self.currency) for part in floors]

    @property
    def decimal(self) -> Decimal:
        """The amount in the currency's main unit, for people and documents."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def format(self, locale: str = "en_US") -> str:
        return format_currency(self.decimal, self.currency, locale=locale)

    def __str__(self) -> str:
        return self.format()


def parse_money(text: str, currency: str, locale: str = "en_US", *, field: str | None = None) -> Money:
    """Read what a person typed ("1,299.50"). Raises BadAmount for words, negatives or too many decimals."""
    cleaned = text.strip().lstrip("$€£¥").strip()
    if not cleaned or set(cleaned) - set("-0123456789.,'\u00a0 "):
        raise BadAmount(field=field)
    try:
        value = parse_decimal(cleaned, locale=locale, strict=True)
    except (ValueError, InvalidOperation) as error:
        raise BadAmount(field=field) from error
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        raise BadAmount("That amount is too large.", field=field)
    if value < 0:
        raise BadAmount("An amount cannot be negative.", field=field)
    minor = value.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise BadAmount(f"{currency} amounts have at most {exponent(currency)} decimals.", field=field)
    return Money(int(minor), currency)


def total(amounts: Sequence[Money], currency: str) -> Money:
    """Sum of amounts of one currency; zero of `currency` when there are none."""
    result = Money.zero(currency)
    for amount in amounts:
        result = result + amount
    return result
