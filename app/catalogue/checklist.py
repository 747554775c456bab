"""What must be true before a product is listed: nothing is sold that cannot be delivered."""

from dataclasses import dataclass

from sqlalchemy import exists, select

from app.catalogue.models import DeliveryRate, DeliveryZone, File, Media, Product, Shop, Variant
from app.core import db


@dataclass(frozen=True)
class Check:
    """`text` says what is missing (or what is fine), `part` names the section of the editor that mends it."""

    ok: bool
    text: str
    part: str


def of(product: Product) -> list[Check]:
    """Every check for this product, in the order of the editor."""
    checks = [
        _check(
            len(product.title.strip()) >= 3, "It has a title.", "Give it a title of three letters or more.", "basics"
        ),
        _check(_has_picture(product), "It has a picture.", "Add a picture that shows it.", "pictures"),
        _check(_priced(product), "Every variant has a price.", "Give every variant a price above zero.", "variants"),
        _check(_shop_open(product), "The shop is open.", "Open the shop first, so buyers can reach it.", "shop"),
    ]
    if product.ships:
        checks.append(
            _check(
                _weighed(product),
                "Every variant has a weight.",
                "Enter the weight of every variant in grams, so delivery can be planned.",
                "variants",
            )
        )
        checks.append(
            _check(
                _delivers(product),
                "The shop has a delivery rate.",
                "Add a delivery zone with a rate to the shop.",
                "shop",
            )
        )
    if product.downloads:
        checks.append(
            _check(
                _has_file(product), "It has a file to download.", "Upload the file that buyers will download.", "files"
            )
        )
    return checks


def _check(ok: bool, good: str, missing: str, part: str) -> Check:
    return Check(ok, good if ok else missing, part)


def _any(statement: object) -> bool:
    return bool(db.session().scalar(select(statement)))  # type: ignore[call-overload]


def _has_picture(product: Product) -> bool:
    return _any(exists().where(Media.product_id == product.id, Media.state != "refused"))


def _has_file(product: Product) -> bool:
    return _any(exists().where(File.product_id == product.id, File.removed_at.is_(None)))


def _priced(product: Product) -> bool:
    mine = (Variant.product_id == product.id, Variant.archived_at.is_(None))
    return _any(exists().where(*mine)) and not _any(exists().where(*mine, Variant.price_minor <= 0))


def _weighed(product: Product) -> bool:
    return not _any(
        exists().where(Variant.product_id == product.id, Variant.archived_at.is_(None), Variant.weight_g <= 0)
    )


def _shop_open(product: Product) -> bool:
    return _any(exists().where(Shop.id == product.shop_id, Shop.state == "open"))


def _delivers(product: Product) -> bool:
    return _any(exists().where(DeliveryZone.shop_id == product.shop_id, DeliveryRate.zone_id == DeliveryZone.id))
