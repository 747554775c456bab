"""Delivery zones and their rates."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, exists, select

from app.catalogue.models import DeliveryRate, DeliveryZone, Product, Shop
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.money import Money


class StillNeeded(Refused):
    message = (
        "Things that ship are listed in this shop, and this is its only delivery rate: nobody could buy them. "
        "Add another rate first; nothing was changed."
    )


@dataclass(frozen=True)
class Terms:
    """What delivery costs in the shop's currency, and how long it takes in days."""

    name: str
    price: Money
    per_item: Money
    free_from: Money | None
    min_days: int
    max_days: int


def create_zone(actor: Actor, shop: Shop, name: str, countries: list[str]) -> DeliveryZone:
    """`countries`: ISO 3166 alpha-2 codes, or ['*'] for everywhere else."""
    zone = db.add(DeliveryZone(shop_id=shop.id, name=name, countries=countries))
    audit.record(actor, "catalogue.create_zone", shop, zone=name, countries=countries)
    return zone


def update_zone(actor: Actor, zone: DeliveryZone, name: str, countries: list[str]) -> None:
    zone.name, zone.countries = name, countries
    audit.record(actor, "catalogue.update_zone", zone, zone=name, countries=countries)


def create_rate(actor: Actor, zone: DeliveryZone, name: str, price: Money, **fields: Any) -> DeliveryRate:
    """`fields`: per_item_minor, free_from_minor (minor units), min_days, max_days."""
    rate = db.add(DeliveryRate(zone_id=zone.id, name=name, price_minor=price.minor, currency=price.currency, **fields))
    audit.record(actor, "catalogue.create_rate", zone, rate=name, price=price)
    return rate


def add_rate(actor: Actor, zone: DeliveryZone, terms: Terms) -> DeliveryRate:
    """Raises Refused when the zone has a rate of this name."""
    _refuse_namesake(zone, terms.name, None)
    return create_rate(actor, zone, terms.name, terms.price, **_columns(terms))


def update_rate(actor: Actor, zone: DeliveryZone, rate: DeliveryRate, terms: Terms) -> None:
    """New orders pay it; placed ones keep what they paid. Raises Refused when the zone has a rate of this name."""
    _refuse_namesake(zone, terms.name, rate)
    rate.name, rate.price_minor = terms.name, terms.price.minor
    for name, value in _columns(terms).items():
        setattr(rate, name, value)
    audit.record(actor, "catalogue.update_rate", zone, rate=terms.name, price=terms.price)


def _columns(terms: Terms) -> dict[str, int | None]:
    return {
        "per_item_minor": terms.per_item.minor,
        "free_from_minor": terms.free_from.minor if terms.free_from else None,
        "min_days": terms.min_days,
        "max_days": terms.max_days,
    }


def _refuse_namesake(zone: DeliveryZone, name: str, but: DeliveryRate | None) -> None:
    same = select(DeliveryRate.id).where(DeliveryRate.zone_id == zone.id, DeliveryRate.name == name)
    found = db.session().scalars(same).first()
    if found is not None and (but is None or found != but.id):
        raise Refused(f"{zone.name} already has a rate called «{name}». Buyers choose by name.", field="rate")


def delete_rate(actor: Actor, zone: DeliveryZone, rate: DeliveryRate) -> None:
    """Raises StillNeeded for the shop's last rate while things that ship are listed."""
    _refuse_last(zone, DeliveryRate.id != rate.id)
    db.session().delete(rate)
    db.session().flush()
    audit.record(actor, "catalogue.delete_rate", zone, rate=rate.name)


def delete_zone(actor: Actor, zone: DeliveryZone) -> None:
    """Its rates go too. Raises StillNeeded as `delete_rate`."""
    _refuse_last(zone, DeliveryRate.zone_id != zone.id)
    db.session().execute(delete(DeliveryRate).where(DeliveryRate.zone_id == zone.id))
    db.session().execute(delete(DeliveryZone).where(DeliveryZone.id == zone.id))
    audit.record(actor, "catalogue.delete_zone", zone, zone=zone.name)


def _refuse_last(zone: DeliveryZone, others: Any) -> None:
    """`others` picks the rates that would be left."""
    left = exists().where(DeliveryRate.zone_id == DeliveryZone.id, DeliveryZone.shop_id == zone.shop_id, others)
    ships = exists().where(Product.shop_id == zone.shop_id, Product.state == "listed", Product.ships)
    if db.session().scalar(select(ships)) and not db.session().scalar(select(left)):
        raise StillNeeded
