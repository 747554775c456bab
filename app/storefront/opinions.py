"""What buyers say about products: doors that app/wiring.py opens, because reviews stand beside the storefront."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from app.catalogue.models import Product, Shop


class Rating(Protocol):
    """`average` in tenths of a star, of `count` reviews; there is at least one."""

    @property
    def count(self) -> int: ...
    @property
    def average(self) -> Decimal: ...


class Opinions(Protocol):
    """For the reviews' own template; `data` are parts of the product's structured data."""

    @property
    def rating(self) -> Rating | None: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass
class _Doors:
    """`look` answers what a product's page shows, None for nothing; `ratings` the stars of many products in one question, by
    product, without those that have none; `shop` the stars of a whole shop."""

    look: Callable[[Product, Shop], Opinions | None] = lambda product, shop: None
    ratings: Callable[[Iterable[Product]], Mapping[UUID, Rating]] = lambda products: {}
    shop: Callable[[Shop], Rating | None] = lambda shop: None


doors = _Doors()
