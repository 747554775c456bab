"""What must be true before a product is listed: nothing is sold that cannot be delivered."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select

from app.catalogue import stockroom
from app.catalogue.models import DeliveryRate, DeliveryZone, File, Media, Product, Shop, Variant
from app.core import db


@dataclass(frozen=True)
class Check:
    """`text` says what is missing (or what is fine), `why` what a buyer would meet otherwise.

    `part` is the id on the editor's page that mends it, or «shop» and «delivery» for those pages. Only `needed` ones refuse.
    """

    ok: bool
    text: str
    why: str
    part: str
    needed: bool = True


def of(product: Product) -> list[Check]:
    """Every check for this product, in the order of the editor."""
    variants = list(
        db.session().scalars(
            select(Variant)
            .where(Variant.product_id == product.id, Variant.archived_at.is_(None))
            .order_by(Variant.position)
        )
    )
    return list(_checks(product, variants))


def _checks(product: Product, variants: list[Variant]) -> Iterator[Check]:
    yield _check(
        len(product.title.strip()) >= 3,
        "It has a title.",
        "Give it a title of three letters or more.",
        "Search and the shop show the title first.",
        "title",
    )
    yield _check(
        _has_picture(product),
        "It has a picture.",
        "Add a picture that shows it.",
        "Cards without one are passed over.",
        "picture",
    )
    free = next((one for one in variants if one.price_minor <= 0), None)
    yield _check(
        bool(variants) and free is None,
        "Every variant has a price.",
        "Give every variant a price above zero.",
        "Buyers would get it for nothing.",
        f"price-{free.id}" if free else "variants",
    )
    yield _check(
        _shop_open(product),
        "The shop is open.",
        "Open the shop first.",
        "Buyers cannot reach what is in a closed shop.",
        "shop",
    )
    if product.ships:
        yield from _shipping(product, variants)
    if product.downloads:
        yield _check(
            _has_file(product) or stockroom.doors.licensed(product.id),
            "It has something to hand over.",
            "Upload the file that buyers will download, or switch licences on.",
            "They would pay and get nothing.",
            "file",
        )
        yield from _stamping(product)


def _stamping(product: Product) -> Iterator[Check]:
    """Said only where somebody wants stamps. What is still being looked at is no reason to wait: its original stays here."""
    wanted = select(File).where(File.product_id == product.id, File.removed_at.is_(None), File.stamped)
    files = list(db.session().scalars(wanted.order_by(File.position)))
    bad = next((one for one in files if one.stampable), None)
    if files:
        yield _check(
            bad is None,
            "Its files can be stamped.",
            f"{bad.name} cannot be stamped: replace it or switch stamping off." if bad else "",
            "Buyers would pay and get nothing, because originals are not handed out.",
            f"stamp-{bad.id}" if bad else "files",
        )


def _shipping(product: Product, variants: list[Variant]) -> Iterator[Check]:
    light = next((one for one in variants if one.weight_g <= 0), None)
    yield _check(
        light is None,
        "Every variant has a weight.",
        "Enter the weight of every variant in grams.",
        "Labels are priced by weight.",
        f"weight_g-{light.id}" if light else "variants",
    )
    yield _check(
        _delivers(product),
        "The shop has a delivery rate.",
        "Add a delivery zone with a rate to the shop.",
        "Nobody could finish the checkout.",
        "delivery",
    )
    tracked = [one.id for one in variants if one.tracked]
    in_stock = not tracked or any(free > 0 for free in _free(tracked))
    yield _check(
        in_stock,
        "There is stock.",
        "Nothing is in stock yet.",
        "It can be listed, and shows as sold out.",
        f"stock-{tracked[0]}" if tracked else "variants",
        needed=False,
    )


def _free(ids: list[UUID]) -> list[int]:
    return [on_hand - held for on_hand, held in stockroom.doors.shelves(ids).values()]


def _check(ok: bool, good: str, missing: str, why: str, part: str, needed: bool = True) -> Check:
    return Check(ok, good if ok else missing, "" if ok else why, part, needed)


def _any(statement: object) -> bool:
    return bool(db.session().scalar(select(statement)))  # type: ignore[call-overload]


def _has_picture(product: Product) -> bool:
    return _any(exists().where(Media.product_id == product.id, Media.state != "refused"))


def _has_file(product: Product) -> bool:
    return _any(exists().where(File.product_id == product.id, File.removed_at.is_(None)))


def _shop_open(product: Product) -> bool:
    return _any(exists().where(Shop.id == product.shop_id, Shop.state == "open"))


def _delivers(product: Product) -> bool:
    return _any(exists().where(DeliveryZone.shop_id == product.shop_id, DeliveryRate.zone_id == DeliveryZone.id))
