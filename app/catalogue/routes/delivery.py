"""Where a shop sends, for how much, and what that means for one buyer."""

from uuid import UUID

from flask import flash, request

from app.catalogue import actions, forms, places, queries, seen, zones
from app.catalogue.models import DeliveryRate, DeliveryZone, Shop
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import carry, expect
from app.core import db
from app.core.errors import NotFound
from app.core.money import Money
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_SHOP_WRITE
HERE = "/w/<workspace>/shops/<uuid:shop_id>"


@blueprint.get(f"{HERE}/delivery")
@requires(READ)
def delivery(shop_id: UUID) -> str:
    """Zones with their rates, what they leave out, and what a buyer somewhere would pay."""
    shop, found = db.get(Shop, shop_id), queries.zones(shop_id)
    example = forms.example(request.args, shop)
    return render.page(
        "catalogue/delivery.html",
        shop=shop,
        zones=found,
        carried={zone.id: carry(f"zone-{zone.id}", seen.zone(zone)) for zone in found},
        remarks=list(zones.remarks(found)),
        example=example,
        offers=zones.offers(found, example.country, example.items, Money(example.worth_minor, shop.currency)),
        places=places,
        base=f"/w/{member().slug}/shops",
    )


@blueprint.post(f"{HERE}/zones")
@requires(WRITE, again=delivery)
def add_zone(shop_id: UUID) -> object:
    """A zone with its first rate."""
    shop = db.lock(db.get(Shop, shop_id))
    name, countries = forms.zone(request.form)
    terms = forms.rate(request.form, shop.currency)
    actions.add_rate(actor(), actions.create_zone(actor(), shop, name, countries), terms)
    return _saved(shop_id, f"{name} is added.")


@blueprint.post(f"{HERE}/zones/<uuid:zone_id>")
@requires(WRITE, again=delivery)
def save_zone(shop_id: UUID, zone_id: UUID) -> object:
    zone = _zone(shop_id, zone_id)
    name, countries = forms.zone(request.form)
    expect(f"zone-{zone.id}", seen.zone(zone), zone.id)
    actions.update_zone(actor(), zone, name, countries)
    return _saved(shop_id, f"{name} is saved.")


@blueprint.post(f"{HERE}/zones/<uuid:zone_id>/removal")
@requires(WRITE, again=delivery)
def remove_zone(shop_id: UUID, zone_id: UUID) -> object:
    zone = _zone(shop_id, zone_id)
    actions.delete_zone(actor(), zone)
    return _saved(shop_id, f"{zone.name} and its rates are removed.")


@blueprint.post(f"{HERE}/zones/<uuid:zone_id>/rates")
@requires(WRITE, again=delivery)
def add_rate(shop_id: UUID, zone_id: UUID) -> object:
    zone = _zone(shop_id, zone_id)
    terms = forms.rate(request.form, db.get(Shop, shop_id).currency)
    actions.add_rate(actor(), zone, terms)
    return _saved(shop_id, f"{terms.name} is added to {zone.name}.")


@blueprint.post(f"{HERE}/zones/<uuid:zone_id>/rates/<uuid:rate_id>")
@requires(WRITE, again=delivery)
def change_rate(shop_id: UUID, zone_id: UUID, rate_id: UUID) -> object:
    """Save new terms, or remove it."""
    zone, rate = _zone(shop_id, zone_id), db.get(DeliveryRate, rate_id)
    if rate.zone_id != zone.id:
        raise NotFound
    if request.form.get("do") == "remove":
        actions.delete_rate(actor(), zone, rate)
        return _saved(shop_id, f"{rate.name} is removed.")
    terms = forms.rate(request.form, rate.currency)
    expect(f"zone-{zone.id}", seen.zone(zone), zone.id)
    actions.update_rate(actor(), zone, rate, terms)
    return _saved(shop_id, f"{terms.name} is saved. New orders pay it.")


def _zone(shop_id: UUID, zone_id: UUID) -> DeliveryZone:
    """A zone of this very shop, the shop locked. Raises NotFound."""
    db.lock(db.get(Shop, shop_id))
    zone = db.get(DeliveryZone, zone_id)
    if zone.shop_id != shop_id:
        raise NotFound
    return zone


def _saved(shop_id: UUID, words: str) -> object:
    flash(words, "good")
    return back(f"/w/{member().slug}/shops/{shop_id}/delivery")
