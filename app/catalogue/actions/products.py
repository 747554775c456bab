"""Products: made as drafts, listed once they can be delivered."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.catalogue import checklist
from app.catalogue.events import ProductChanged, ProductListed
from app.catalogue.models import Product, Shop, Variant
from app.catalogue.text import slugify
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.ids import short_code
from app.core.money import Money
from app.core.outbox import emit

EDITABLE = (
    "title",
    "description",
    "ships",
    "downloads",
    "tags",
    "category_id",
    "hs_code",
    "origin_country",
    "customs_text",
)


class NotReady(Refused):
    """`reasons` says, one sentence each, what a buyer could not be given."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("Not listed yet. " + " ".join(reasons))
        self.reasons = reasons


def create_product(
    actor: Actor, shop: Shop, title: str, *, ships: bool, downloads: bool, price: Money, sku: str = "", **fields: Any
) -> Product:
    """A draft with one default variant. `price` in the shop's currency."""
    if not ships and not downloads:
        raise Refused("Say what a buyer gets: something shipped, files to download, or both.", field="kind")
    product = db.add(
        Product(
            shop_id=shop.id,
            title=title,
            slug=_free_slug(shop, title),
            ships=ships,
            downloads=downloads,
            currency=shop.currency,
            price_minor=price.minor,
            **{name: value for name, value in fields.items() if name in EDITABLE},
        )
    )
    db.add(
        Variant(
            product_id=product.id,
            sku=sku or f"{product.slug[:24]}-{short_code(4)}".upper(),
            price_minor=price.minor,
            currency=shop.currency,
            tracked=ships,
        )
    )
    audit.record(actor, "catalogue.create_product", product, title=title)
    return product


def update_product(actor: Actor, product: Product, version: int | None = None, **fields: Any) -> Product:
    """Change words, category, tags, kind or what customs are told. Raises Conflict when somebody saved since `version`."""
    product = db.lock(product)
    if version is not None and product.version != version:
        raise Conflict
    for name in EDITABLE:
        if name in fields:
            setattr(product, name, fields[name])
    if not product.ships and not product.downloads:
        raise Refused("Say what a buyer gets: something shipped, files to download, or both.", field="kind")
    for variant in variants_of(product.id):
        variant.tracked = variant.tracked if product.ships else False
    db.session().flush()
    audit.record(
        actor, "catalogue.update_product", product, changed=sorted(name for name in fields if name in EDITABLE)
    )
    emit(ProductChanged(product_id=product.id))
    return product


def list_product(actor: Actor, product: Product) -> None:
    """Offer it to buyers. Raises NotReady with every reason why it could not be delivered."""
    product = db.lock(product)
    reasons = [check.text for check in checklist.of(product) if check.needed and not check.ok]
    if reasons:
        raise NotReady(reasons)
    product.state, product.listed_at = "listed", product.listed_at or db.now()
    db.session().flush()
    audit.record(actor, "catalogue.list_product", product, title=product.title)
    emit(ProductListed(product_id=product.id))


def unlist_product(actor: Actor, product: Product) -> None:
    _move(actor, product, "draft", "unlist_product")


def archive_product(actor: Actor, product: Product) -> None:
    """Out of the way, never deleted: past orders and downloads still need it."""
    _move(actor, product, "archived", "archive_product")


def restore_product(actor: Actor, product: Product) -> None:
    """Back from the archive, as a draft: it is checked again before it is listed."""
    _move(actor, product, "draft", "restore_product")


def _move(actor: Actor, product: Product, state: str, action: str) -> None:
    product = db.lock(product)
    product.state = state
    db.session().flush()
    audit.record(actor, f"catalogue.{action}", product, title=product.title)
    emit(ProductChanged(product_id=product.id))


def variants_of(product_id: UUID) -> list[Variant]:
    statement = (
        select(Variant)
        .where(Variant.product_id == product_id, Variant.archived_at.is_(None))
        .order_by(Variant.position)
    )
    return list(db.session().scalars(statement))


def refresh_price(product: Product) -> None:
    """Keep the product's price at its lowest variant's, for lists and filters."""
    lowest = db.session().scalar(
        select(func.min(Variant.price_minor)).where(Variant.product_id == product.id, Variant.archived_at.is_(None))
    )
    product.price_minor = lowest or 0


def _free_slug(shop: Shop, title: str) -> str:
    wanted = slugify(title)
    taken = set(
        db.session().scalars(select(Product.slug).where(Product.shop_id == shop.id, Product.slug.startswith(wanted)))
    )
    return wanted if wanted not in taken else f"{wanted}-{short_code(4)}"


def count_sold(units: Mapping[UUID, int]) -> None:
    """Add units to what each product sold; what was refunded is less than nothing. Leaves the time of the last change."""
    for product_id in sorted(product_id for product_id, count in units.items() if count):
        counted = {"sold_count": Product.sold_count + units[product_id], "updated_at": Product.updated_at}
        db.session().execute(update(Product).where(Product.id == product_id).values(counted))
