"""A small, obvious model of the buying path, to be compared with the product after every step (R28)."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOLD = timedelta(minutes=10)
PAYING = timedelta(minutes=35)
"""How long goods wait for a payment: the page's half hour and five minutes more."""


@dataclass
class Held:
    """Units that nobody else may have, until somebody sweeps after `until`."""

    units: Counter[str]
    until: datetime


@dataclass
class Sale:
    buyer: str
    units: Counter[str]
    state: str = "pending"
    held: Held | None = None
    refunded: Counter[str] = field(default_factory=Counter)


@dataclass
class Model:
    on_hand: Counter[str]
    carts: dict[str, Counter[str]] = field(default_factory=dict)
    holds: dict[str, Held] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)

    def cart(self, buyer: str) -> Counter[str]:
        return self.carts.setdefault(buyer, Counter())

    def reserved(self, thing: str) -> int:
        held = [*self.holds.values(), *(sale.held for sale in self.sales if sale.held)]
        return sum(one.units[thing] for one in held)

    def available(self, thing: str, buyer: str | None = None) -> int:
        """What is free, and what this buyer holds already."""
        own = self.holds[buyer].units[thing] if buyer in self.holds else 0
        return self.on_hand[thing] - self.reserved(thing) + own

    def fits(self, buyer: str) -> bool:
        return all(self.available(thing, buyer) >= count for thing, count in self.cart(buyer).items())

    def paying(self, buyer: str) -> bool:
        return any(sale.buyer == buyer and sale.state == "pending" for sale in self.sales)

    def hold(self, buyer: str, now: datetime) -> None:
        self.holds[buyer] = Held(+self.cart(buyer), now + HOLD)

    def place(self, buyer: str, now: datetime) -> Sale:
        units = Counter(self.holds.pop(buyer).units)
        self.sales.append(Sale(buyer, units, held=Held(units, now + PAYING)))
        return self.sales[-1]

    def pay(self, sale: Sale) -> None:
        assert sale.held
        self.on_hand -= sale.held.units
        sale.state, sale.held = "paid", None
        self.carts[sale.buyer] = self.cart(sale.buyer) - sale.units

    def end(self, sale: Sale) -> None:
        sale.state, sale.held = "cancelled", None

    def sweep(self, now: datetime) -> None:
        """What is overdue is given back. Payments in the making are told in time: their page closes five minutes earlier."""
        self.holds = {buyer: held for buyer, held in self.holds.items() if held.until >= now}

    def total(self, buyer: str, prices: dict[str, int], sellers: dict[str, str], delivery: int) -> int:
        """What the button shows: prices, and delivery once per seller."""
        units = self.cart(buyer)
        return sum(prices[thing] * count for thing, count in units.items()) + delivery * len(
            {sellers[thing] for thing, count in units.items() if count}
        )
