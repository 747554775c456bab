"""Carriers' prices at checkout: a door that app/wiring.py opens, because shipping stands beside the storefront."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from app.core import db
from app.core.money import Money

PATIENCE = timedelta(seconds=4)
"""For so long a buyer is told that carriers are asked; the shop's own rates are there from the start."""


class CarrierPrice(Protocol):
    """One service of a carrier. `id` names this very price; `days` is the journey, None when the carrier does not say."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def price(self) -> Money: ...
    @property
    def days(self) -> int | None: ...


class Quotes(Protocol):
    """`state`: off (this shop asks no carrier), asked, answered, failed."""

    @property
    def state(self) -> str: ...
    @property
    def asked_at(self) -> datetime | None: ...
    @property
    def rates(self) -> Sequence[CarrierPrice]: ...


@dataclass(frozen=True)
class NoQuotes:
    state: str = "off"
    asked_at: datetime | None = None
    rates: Sequence[CarrierPrice] = ()


Units = Mapping[UUID, int]
"""Units of each variant that are sent by post."""


@dataclass
class _Doors:
    """Seller, address, units and currency; `look` answers what is known, `ask` says whether carriers are asked now."""

    look: Callable[[UUID, Mapping[str, Any], Units, str], Quotes] = lambda seller, address, units, currency: NoQuotes()
    ask: Callable[[UUID, Mapping[str, Any], Units, str], bool] = lambda seller, address, units, currency: False


doors = _Doors()


def expected(quotes: Quotes) -> bool:
    """Whether it is worth waiting for the answer a little longer."""
    return quotes.state == "asked" and quotes.asked_at is not None and db.now() - quotes.asked_at < PATIENCE
