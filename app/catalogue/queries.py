"""Reads of the catalogue. In public and buyer scopes the policies leave only what is listed."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import joinedload, selectinload

from app.catalogue import checklist, places, theme
from app.catalogue.checklist import Check
from app.catalogue.models import (
    Category,
    DeliveryRate,
    DeliveryZone,
    Discount,
    File,
    Media,
    Product,
    Shop,
    Upload,
    Variant,
)
from app.core import db
from app.core.errors import NotFound
from app.core.money import Money


def shops() -> list[Shop]:
    return list(db.session().scalars(select(Shop).order_by(Shop.name)))


def shop_by_slug(slug: str) -> Shop:
    """Raises NotFound."""
    found = db.session().scalars(select(Shop).where(Shop.slug == slug)).one_or_none()
    if found is None:
        raise NotFound
    return found


def product_by_slug(shop: Shop, slug: str) -> Product:
    """With variants, options, pictures and files loaded. Raises NotFound."""
    found = (
        db.session()
        .scalars(
            select(Product)
            .where(Product.workspace_id == shop.workspace_id, Product.shop_id == shop.id, Product.slug == slug)
            .options(
                selectinload(Product.variants),
                selectinload(Product.options),
                selectinload(Product.pictures),
                selectinload(Product.files),
                joinedload(Product.category),
            )
        )
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found


def variant_for_sale(seller_id: UUID, variant_id: UUID) -> Variant | None:
    """A variant that can be bought now, with its product and shop; None when it is not (or no longer) for sale."""
    return (
        db.session()
        .scalars(
            select(Variant)
            .join(Variant.product)
            .join(Product.shop)
            .where(
                Variant.workspace_id == seller_id,
                Variant.id == variant_id,
                Variant.archived_at.is_(None),
                Product.state == "listed",
                Shop.state == "open",
            )
            .options(
                joinedload(Variant.product).joinedload(Product.shop),
                joinedload(Variant.product).selectinload(Product.pictures),
            )
        )
        .one_or_none()
    )


def listed_counts() -> dict[UUID, int]:
    """Listed products per shop."""
    rows = db.session().execute(
        select(Product.shop_id, func.count()).where(Product.state == "listed").group_by(Product.shop_id)
    )
    return {shop_id: int(number) for shop_id, number in rows}


def samples(shop_id: UUID, limit: int = 3) -> list[Product]:
    """A few of the shop's products with pictures, for a preview of its look."""
    statement = select(Product).where(Product.shop_id == shop_id, Product.state != "archived")
    loaded = statement.options(selectinload(Product.pictures)).order_by(Product.sold_count.desc(), Product.id)
    return list(db.session().scalars(loaded.limit(limit)))


def countries() -> dict[str, str]:
    """Code → name of every country."""
    return places.names()


def theme_css(shop: Shop) -> str:
    """The shop's look as CSS custom properties of the whole page."""
    return theme.css(theme.look(shop.hue, shop.chroma, shop.radius, shop.font))


def categories() -> list[Category]:
    return list(db.session().scalars(select(Category).order_by(Category.position, Category.name)))


def listing_checklist(product: Product) -> list[Check]:
    return checklist.of(product)


def newest_product(shop_id: UUID) -> Product | None:
    """What the shop made last, whatever became of it."""
    return (
        db.session()
        .scalars(
            select(Product)
            .where(Product.shop_id == shop_id)
            .order_by(Product.created_at.desc(), Product.id.desc())
            .limit(1)
        )
        .one_or_none()
    )


def products(
    state: str = "", search: str = "", before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> list[Product]:
    """The seller's list, last changed first, with pictures and shop; keyset by (updated_at, id)."""
    statement = select(Product).options(
        selectinload(Product.pictures), joinedload(Product.shop), selectinload(Product.variants)
    )
    if state:
        statement = statement.where(Product.state == state)
    if search:
        skus = select(Variant.product_id).where(Variant.sku.icontains(search, autoescape=True))
        statement = statement.where(or_(Product.title.icontains(search, autoescape=True), Product.id.in_(skus)))
    if before:
        statement = statement.where(tuple_(Product.updated_at, Product.id) < before)
    return list(
        db.session().scalars(statement.order_by(Product.updated_at.desc(), Product.id.desc()).limit(limit)).unique()
    )


def product_counts() -> dict[str, int]:
    rows = db.session().execute(select(Product.state, func.count()).group_by(Product.state))
    return {state: int(number) for state, number in rows}


def files_of(product_id: UUID) -> list[File]:
    """What is offered now, in the seller's order."""
    statement = (
        select(File).where(File.product_id == product_id, File.removed_at.is_(None)).order_by(File.position, File.id)
    )
    return list(db.session().scalars(statement))


def former_releases(product_id: UUID) -> dict[UUID, list[File]]:
    """Releases that were replaced, newest first, under the id of the file that is offered in their place now."""
    statement = select(File).where(File.product_id == product_id).order_by(File.release.desc())
    every = {file.id: file for file in db.session().scalars(statement)}
    return {file.id: list(_before(file, every)) for file in every.values() if file.removed_at is None}


def uploads_of(product_id: UUID) -> list[Upload]:
    """What is on its way to this product, and what was refused and not dismissed yet."""
    shown = Upload.state.in_(("receiving", "checking", "refused")), Upload.product_id == product_id
    statement = select(Upload).where(*shown, Upload.expires_at > db.now()).order_by(Upload.id).limit(50)
    return list(db.session().scalars(statement))


def _before(file: File, every: dict[UUID, File]) -> Iterator[File]:
    while file.replaces_id and file.replaces_id in every:
        file = every[file.replaces_id]
        yield file


def zones(shop_id: UUID) -> list[DeliveryZone]:
    statement = select(DeliveryZone).where(DeliveryZone.shop_id == shop_id).options(selectinload(DeliveryZone.rates))
    return list(db.session().scalars(statement.order_by(DeliveryZone.name)))


def rates_for(shop_id: UUID, country: str) -> list[DeliveryRate]:
    """Rates to a country (ISO 3166 alpha-2), cheapest first: a zone that names it, else the «everywhere else» one."""
    found = zones(shop_id)
    named = [zone for zone in found if country in zone.countries] or [zone for zone in found if "*" in zone.countries]
    return sorted((rate for zone in named for rate in zone.rates), key=lambda rate: rate.price_minor)


def delivery_price(rate: DeliveryRate, item_count: int, subtotal: Money) -> Money:
    """What one parcel of `item_count` units costs, free from the rate's threshold on."""
    if rate.free_from_minor is not None and subtotal.minor >= rate.free_from_minor:
        return Money.zero(rate.currency)
    return Money(rate.price_minor + rate.per_item_minor * max(item_count - 1, 0), rate.currency)


def discount_for(shop_id: UUID, code: str) -> Discount | None:
    wanted = "".join(code.upper().split())
    return (
        db.session().scalars(select(Discount).where(Discount.shop_id == shop_id, Discount.code == wanted)).one_or_none()
    )


def picture_url(media: Media | None, width: int = 640) -> str:
    """Address of the smallest rendition at least `width` px wide (else the largest); empty when there is none."""
    if media is None or not media.renditions:
        return ""
    widths = sorted(map(int, media.renditions))
    chosen = next((w for w in widths if w >= width), widths[-1])
    return f"/media/{media.workspace_id}/{media.id}/{chosen}.webp"


def srcset(media: Media) -> str:
    return ", ".join(
        f"/media/{media.workspace_id}/{media.id}/{w}.webp {w}w" for w in sorted(map(int, media.renditions))
    )


def media_by_id(media_id: UUID) -> Media | None:
    return db.find(Media, media_id)


def own_picture_url(media: Media | None, slug: str, width: int = 320) -> str:
    """As `picture_url`, for members: works for drafts too."""
    public = picture_url(media, width)
    return f"/w/{slug}/media/{media.id}/{public.rpartition('/')[2]}" if media and public else ""


def product_by_id(product_id: UUID) -> Product:
    """With everything the editor shows. Raises NotFound."""
    found = (
        db.session()
        .scalars(
            select(Product)
            .where(Product.id == product_id)
            .options(
                selectinload(Product.variants),
                selectinload(Product.options),
                selectinload(Product.pictures),
                joinedload(Product.shop),
                joinedload(Product.category),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFound
    return found
