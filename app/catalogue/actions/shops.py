"""Shops."""

from typing import Any

from sqlalchemy import select

from app.catalogue import theme
from app.catalogue.models import Shop
from app.catalogue.text import slugify
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.money import CURRENCIES


class AddressTaken(Refused):
    message = "Another shop already has this address. Choose a different one."


class NotReadyToOpen(Refused):
    message = "Add a line about the shop first, so that buyers know who they buy from."


EDITABLE = (
    "name",
    "tagline",
    "about",
    "hue",
    "chroma",
    "radius",
    "font",
    "address",
    "refund_policy",
    "delivery_policy",
    "dispatch_days",
    "logo_id",
)


def create_shop(actor: Actor, name: str, slug: str = "", currency: str = "USD", **fields: Any) -> Shop:
    """A draft shop. Raises AddressTaken when the public address is in use anywhere."""
    if currency not in CURRENCIES:
        raise Refused("We cannot take payments in this currency yet. Choose one from the list.", field="currency")
    shop = Shop(name=name, slug=slugify(slug or name), currency=currency, **_editable(fields))
    _check_free(shop)
    shop.hue, shop.chroma, _ = theme.safe(shop.hue or 150, 9 if shop.chroma is None else shop.chroma)
    db.add(shop)
    audit.record(actor, "catalogue.create_shop", shop, name=name, slug=shop.slug)
    return shop


def update_shop(actor: Actor, shop: Shop, version: int | None = None, **fields: Any) -> Shop:
    """Change what buyers see. Raises Conflict when `version` is no longer the newest, AddressTaken for a taken slug."""
    shop = db.lock(shop)
    if version is not None and shop.version != version:
        raise Conflict
    for name, value in _editable(fields).items():
        setattr(shop, name, value)
    if "slug" in fields and slugify(fields["slug"]) != shop.slug:
        shop.slug = slugify(fields["slug"])
        _check_free(shop)
    shop.hue, shop.chroma, _ = theme.safe(shop.hue, shop.chroma)
    db.session().flush()
    audit.record(actor, "catalogue.update_shop", shop, changed=sorted(fields))
    return shop


def open_shop(actor: Actor, shop: Shop) -> None:
    """Let buyers in. Raises NotReadyToOpen."""
    if not (shop.tagline or shop.about):
        raise NotReadyToOpen
    shop.state = "open"
    audit.record(actor, "catalogue.open_shop", shop)


def close_shop(actor: Actor, shop: Shop) -> None:
    """Nothing can be bought any more; past buyers keep what they have."""
    shop.state = "closed"
    audit.record(actor, "catalogue.close_shop", shop)


def _editable(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in EDITABLE}


def _check_free(shop: Shop) -> None:
    with db.system("shop address"):
        taken = db.session().scalars(select(Shop.id).where(Shop.slug == shop.slug)).first()
    if taken is not None and taken != shop.id:
        raise AddressTaken(field="slug")
