"""Delivery zones in words: what overlaps, who is left out, and what a buyer somewhere would pay."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.catalogue import places
from app.catalogue.models import DeliveryRate, DeliveryZone
from app.catalogue.queries import delivery_price, rates_for
from app.core.money import Money


@dataclass(frozen=True)
class Offer:
    """One rate for a parcel somewhere, as the checkout would offer it."""

    zone: str
    rate: DeliveryRate
    price: Money


def offers(zones: Sequence[DeliveryZone], country: str, items: int, worth: Money) -> list[Offer]:
    """What a buyer in `country` with `items` units worth `worth` may choose from, cheapest first."""
    names = {zone.id: zone.name for zone in zones}
    shop_id = zones[0].shop_id if zones else None
    found = rates_for(shop_id, country) if shop_id else []
    priced = [Offer(names[rate.zone_id], rate, delivery_price(rate, items, worth)) for rate in found]
    return sorted(priced, key=lambda offer: (offer.price.minor, offer.rate.min_days))


def remarks(zones: Sequence[DeliveryZone]) -> Iterator[str]:
    """What a seller may not have meant, in sentences."""
    yield from _overlaps(zones)
    empty = [zone.name for zone in zones if not zone.rates]
    if empty:
        yield f"{_list(empty)} {'has' if len(empty) == 1 else 'have'} no rate yet, so nobody there can order."
    if zones and not any(places.ELSEWHERE in zone.countries for zone in zones):
        yield "Buyers outside these countries cannot order what ships. Add a zone without countries for everywhere else."


def _overlaps(zones: Sequence[DeliveryZone]) -> Iterator[str]:
    shared: dict[tuple[str, ...], list[str]] = {}
    for code in sorted({code for zone in zones for code in zone.countries}, key=places.name):
        names = tuple(zone.name for zone in zones if code in zone.countries)
        if len(names) > 1:
            shared.setdefault(names, []).append(code)
    for names, codes in shared.items():
        where = _list(
            [places.name(code) for code in codes[:4]] + ([f"{len(codes) - 4} more"] if len(codes) > 4 else [])
        )
        verb = "is" if len(codes) == 1 else "are"
        yield f"{where} {verb} in {_list(list(names))}: buyers there choose among the rates of all of them."


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
