"""What home, a shop's page and a product's page show."""

from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select, tuple_

from app.catalogue.models import Category, File, Media, Product, Shop, Variant
from app.catalogue.queries import delivery_price, product_by_slug, rates_for
from app.core import db
from app.core.errors import NotFound
from app.core.money import Money
from app.inventory.queries import available
from app.storefront.queries.cards import FULL_CARD, in_open_shop, on_offer

SITEMAP_LIMIT = 45_000
FEATURED_AMONG = 200


@dataclass(frozen=True)
class ShopTile:
    """A shop on the home page with how much it offers and a few of its pictures."""

    shop: Shop
    products: int
    pictures: list[Media]


@dataclass(frozen=True)
class Choice:
    """One variant that can be chosen. `left` is None when it never runs out."""

    variant: Variant
    label: str
    left: int | None

    @property
    def sold_out(self) -> bool:
        return self.left is not None and self.left <= 0


@dataclass(frozen=True)
class Quote:
    """What the cheapest delivery of one unit to `country` costs; `price` is None when the shop does not send there."""

    country: str
    price: Money | None
    name: str = ""
    min_days: int = 0
    max_days: int = 0


def _listed() -> Select[Product]:
    return select(Product).where(Product.state == "listed", in_open_shop()).options(*FULL_CARD)


def newest(limit: int = 8) -> list[Product]:
    statement = _listed().order_by(Product.listed_at.desc(), Product.id.desc()).limit(limit)
    return list(db.session().scalars(statement).unique())


def newest_of(shop: Shop, limit: int = 30) -> list[Product]:
    same = (Product.workspace_id == shop.workspace_id, Product.shop_id == shop.id)
    statement = _listed().where(*same).order_by(Product.listed_at.desc(), Product.id.desc()).limit(limit)
    return list(db.session().scalars(statement).unique())


def by_ids(ids: list[UUID]) -> list[Product]:
    """Those of `ids` that are for sale, in that order."""
    found = {row.id: row for row in db.session().scalars(_listed().where(Product.id.in_(ids))).unique()}
    return [found[id] for id in ids if id in found]


def featured(limit: int = 4) -> list[Product]:
    """The most bought things, one of each shop first: every busy seller gets a place on the front page."""
    statement = (
        select(Product.workspace_id, Product.id, Product.shop_id)
        .where(Product.state == "listed", in_open_shop())
        .order_by(Product.sold_count.desc(), Product.id.desc())
        .limit(FEATURED_AMONG)
    )
    chosen = [(row[0], row[1]) for row in _one_of_each_shop_first(list(db.session().execute(statement)))[:limit]]
    if not chosen:
        return []
    loaded = select(Product).where(tuple_(Product.workspace_id, Product.id).in_(chosen)).options(*FULL_CARD)
    by_id = {(row.workspace_id, row.id): row for row in db.session().scalars(loaded).unique()}
    return [by_id[key] for key in chosen]


def _one_of_each_shop_first(rows: list[Any]) -> list[Any]:
    """Rows (…, shop id) in their order, but the first of every shop before anybody's second."""
    seen: Counter[Any] = Counter()
    places = []
    for row in rows:
        places.append((seen[row[2]], row))
        seen[row[2]] += 1
    return [row for _, row in sorted(places, key=lambda pair: pair[0])]


def shop_tiles(limit: int = 6) -> list[ShopTile]:
    """Open shops that offer something, the busiest first, each with up to three pictures. Three queries."""
    amount, sold = func.count(Product.id), func.sum(Product.sold_count)
    rows = (
        db.session()
        .execute(
            select(Shop, amount)
            .join(Product, and_(Product.workspace_id == Shop.workspace_id, Product.shop_id == Shop.id))
            .where(Shop.state == "open", Product.state == "listed")
            .group_by(Shop.workspace_id, Shop.id)
            .order_by(sold.desc(), Shop.name)
            .limit(limit)
        )
        .all()
    )
    pictures = _shop_pictures([shop.id for shop, _ in rows])
    return [ShopTile(shop, number, pictures.get(shop.id, [])) for shop, number in rows]


def _shop_pictures(shop_ids: list[UUID]) -> dict[UUID, list[Media]]:
    place = func.row_number().over(partition_by=Product.shop_id, order_by=(Product.sold_count.desc(), Product.id))
    ranked = (
        select(Media.workspace_id, Media.id, Product.shop_id, place.label("place"))
        .join(Product, and_(Product.workspace_id == Media.workspace_id, Product.id == Media.product_id))
        .where(Product.shop_id.in_(shop_ids), Product.state == "listed", Media.state == "ready", Media.position == 0)
        .subquery()
    )
    rows = db.session().execute(
        select(ranked.c.shop_id, Media)
        .join(ranked, and_(ranked.c.workspace_id == Media.workspace_id, ranked.c.id == Media.id))
        .where(ranked.c.place <= 3)
        .order_by(ranked.c.place)
    )
    found: dict[UUID, list[Media]] = {}
    for shop_id, media in rows:
        found.setdefault(shop_id, []).append(media)
    return found


def category_counts() -> list[tuple[Category, int]]:
    """Categories that have something listed, in the platform's order."""
    rows = db.session().execute(
        select(Category, func.count(Product.id))
        .join(Product, Product.category_id == Category.id)
        .join(Shop, and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id))
        .where(Product.state == "listed", Shop.state == "open")
        .group_by(Category.id)
        .order_by(Category.position, Category.name)
    )
    return [(category, number) for category, number in rows]


def logo(shop: Shop) -> Media | None:
    if shop.logo_id is None:
        return None
    statement = select(Media).where(Media.workspace_id == shop.workspace_id, Media.id == shop.logo_id)
    return db.session().scalars(statement.where(Media.state == "ready")).one_or_none()


def listed_product(shop: Shop, slug: str) -> Product:
    """A product that anybody may see. Raises NotFound, also for one that only its earlier buyers still see."""
    product = product_by_slug(shop, slug)
    if product.state != "listed":
        raise NotFound
    return product


def choices(product: Product) -> list[Choice]:
    offered = on_offer(product)
    left = available([variant.id for variant in offered])
    return [Choice(variant, label_of(product, variant), left.get(variant.id, 0)) for variant in offered]


def label_of(product: Product, variant: Variant) -> str:
    """«Large, matt»: the chosen values in the order of the options."""
    values = [
        str(variant.option_values[option.name]) for option in product.options if option.name in variant.option_values
    ]
    return ", ".join(values) or variant.title or product.title


def files_for(product: Product, variant: Variant | None) -> list[File]:
    """What a buyer of this variant may download."""
    wanted = (None, variant.id) if variant else (None,)
    return [file for file in product.files if file.removed_at is None and file.variant_id in wanted]


def quote(shop: Shop, country: str, price: Money) -> Quote:
    """Cheapest delivery of one unit."""
    offers = [(delivery_price(rate, 1, price), rate) for rate in rates_for(shop.id, country)]
    if not offers:
        return Quote(country, None)
    cost, rate = min(offers, key=lambda offer: offer[0].minor)
    return Quote(country, cost, rate.name, rate.min_days, rate.max_days)


def related(product: Product, limit: int = 4) -> list[Product]:
    """More of the same shop, the same category first."""
    same = Product.category_id == product.category_id
    statement = (
        _listed()
        .where(
            Product.workspace_id == product.workspace_id, Product.shop_id == product.shop_id, Product.id != product.id
        )
        .order_by(func.coalesce(same, False).desc(), Product.sold_count.desc(), Product.id)
        .limit(limit)
    )
    return list(db.session().scalars(statement).unique())


def sitemap() -> list[tuple[str, object]]:
    """(path, last change) of every public page, shops first."""
    shops = db.session().execute(
        select(Shop.slug, func.max(Product.updated_at))
        .join(Product, and_(Product.workspace_id == Shop.workspace_id, Product.shop_id == Shop.id))
        .where(Shop.state == "open", Product.state == "listed")
        .group_by(Shop.slug)
        .order_by(Shop.slug)
    )
    found: list[tuple[str, object]] = [(f"/s/{slug}", changed) for slug, changed in shops]
    products = db.session().execute(
        select(Shop.slug, Product.slug, Product.updated_at)
        .join(Shop, and_(Shop.workspace_id == Product.workspace_id, Shop.id == Product.shop_id))
        .where(Product.state == "listed", Shop.state == "open")
        .order_by(Product.updated_at.desc())
        .limit(SITEMAP_LIMIT)
    )
    return found + [(f"/s/{shop}/{slug}", changed) for shop, slug, changed in products]
