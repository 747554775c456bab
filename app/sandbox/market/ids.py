"""Identifiers in each platform's own style; a platform registers how its look."""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.sandbox.stripe.scope import Scope

from . import store

Maker = Callable[[Scope], str]
NOUNS = (
    "shop",
    "warehouse",
    "product",
    "sku",
    "order",
    "number",
    "line",
    "package",
    "cancel",
    "return",
    "refund",
    "buyer",
)


@dataclass(frozen=True)
class Style:
    """How ids look. `unit_lines`: an order has one line per unit, as TikTok's have."""

    makers: dict[str, Maker] = field(default_factory=dict)
    unit_lines: bool = False


_styles: dict[str, Style] = {}


def register(platform: str, *, unit_lines: bool = False, **makers: Maker) -> None:
    """Say how a platform's ids are made; the scope's account is the shop ("" for shops). What is left out is counted.

    Nouns: NOUNS. `number` is what people see of an order; left out, it is the order's id.
    """
    unknown = set(makers) - set(NOUNS)
    if unknown:
        raise ValueError(f"Unknown nouns: {', '.join(sorted(unknown))}")
    _styles[platform] = Style(makers, unit_lines)


def unit_lines(platform: str) -> bool:
    """Whether each unit of an order is a line of its own."""
    return _styles.get(platform, Style()).unit_lines


def new(scope: Scope, platform: str, noun: str) -> str:
    """A fresh id. Counted ones share one count per shop, so that an order's id is never a product's."""
    make = _styles.get(platform, Style()).makers.get(noun)
    return make(scope) if make else str(store.following(scope, "id", 100_001))


def number(scope: Scope, platform: str, identifier: str) -> str:
    """The number of an order that people see."""
    make = _styles.get(platform, Style()).makers.get("number")
    return make(scope) if make else identifier
