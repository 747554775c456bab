"""Delivery zones and their rates."""

from typing import Any

from sqlalchemy import delete

from app.catalogue.models import DeliveryRate, DeliveryZone, Shop
from app.core import audit, db
from app.core.actor import Actor
from app.core.money import Money


def create_zone(actor: Actor, shop: Shop, name: str, countries: list[str]) -> DeliveryZone:
    """`countries`: ISO 3166 alpha-2 codes, or ['*'] for everywhere else."""
    zone = db.add(DeliveryZone(shop_id=shop.id, name=name, countries=countries))
    audit.record(actor, "catalogue.create_zone", shop, zone=name, countries=countries)
    return zone


def create_rate(actor: Actor, zone: DeliveryZone, name: str, price: Money, **fields: Any) -> DeliveryRate:
    """`fields`: per_item_minor, free_from_minor (minor units), min_days, max_days."""
    rate = db.add(DeliveryRate(zone_id=zone.id, name=name, price_minor=price.minor, currency=price.currency, **fields))
    audit.record(actor, "catalogue.create_rate", zone, rate=name, price=price)
    return rate


def delete_zone(actor: Actor, zone: DeliveryZone) -> None:
    db.session().execute(delete(DeliveryRate).where(DeliveryRate.zone_id == zone.id))
    db.session().execute(delete(DeliveryZone).where(DeliveryZone.id == zone.id))
    audit.record(actor, "catalogue.delete_zone", zone, zone=zone.name)
