"""Furnishes the three shops: delivery, products, pictures, files, stock, a discount code, and payouts in the sandbox."""

import io
import os
import re
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import requests
from sqlalchemy import select

from app.catalogue import actions as catalogue
from app.catalogue.models import Category, Product, Shop, Variant
from app.core import db, settings
from app.core.money import Money
from app.core.permissions import Role
from app.inventory import actions as inventory
from app.inventory.stock import default_location
from app.licences import actions as licences
from app.licences.actions import VariantTerms
from app.payments import actions as payments
from app.seeds.cast import Person, team
from app.seeds.diary import DAYS
from app.seeds.drain import Drain
from app.seeds.progress import Tell, step
from app.seeds.wares import deep_field, kiln, tessera
from app.seeds.wares.ware import Ware

CATEGORIES = (
    ("prints", "Prints"),
    ("digital-art", "Digital art"),
    ("textures", "Textures"),
    ("books", "Books"),
    ("ceramics", "Ceramics"),
    ("stickers", "Stickers"),
)


WARES = int(os.environ.get("DEMO_WARES", "99"))
"""How many products each shop has at most; tests want fewer."""


@dataclass(frozen=True)
class Place:
    """A furnished shop and who runs it."""

    workspace_id: UUID
    shop_id: UUID
    owner: Person


@dataclass(frozen=True)
class Stall:
    """A shop as its seller would set it up."""

    name: str
    tagline: str
    about: str
    hue: int
    font: str
    stock: list[Ware]


Made = dict[str, tuple[list["Future[bytes]"], list["Future[bytes]"]]]
"""Pictures and files in the making, by the product's title."""


def furnish(people: dict[str, Person], drain: Drain, pool: Executor, tell: Tell) -> list[Place]:
    """Each shop with its team, products and payouts; what is there already stays."""
    categories, places = _categories(), []
    for stall, owner, workspace_id in _stalls(people):
        shop_id = _shop(workspace_id, owner, stall)
        place = Place(workspace_id, shop_id, owner)
        _fill(place, stall, categories, drain, pool, tell)
        _payouts(place)
        drain()
        places.append(place)
    return places


def _stalls(people: dict[str, Person]) -> Iterator[tuple[Stall, Person, UUID]]:
    nadia, tomas, mei = people["nadia"], people["tomas"], people["mei"]
    crew = {"member": (people["jonas"], Role.MEMBER), "viewer": (people["vera"], Role.VIEWER)}
    yield DEEP_FIELD, nadia, team(nadia, "deep-field", "Deep Field Studio", 265, **crew)
    yield TESSERA, tomas, team(tomas, "tessera", "Tessera", 150)
    yield KILN, mei, team(mei, "kiln", "Kiln & Whisker", 35, admin=(nadia, Role.ADMIN))


def _categories() -> dict[str, UUID]:
    with db.system("seed") as session:
        known = {row.slug: row.id for row in session.scalars(select(Category))}
        for position, (slug, name) in enumerate(CATEGORIES):
            if slug not in known:
                known[slug] = db.add(Category(slug=slug, name=name, position=position)).id
    return known


def _shop(workspace_id: UUID, owner: Person, stall: Stall) -> UUID:
    """The shop with its delivery and its code, all at once."""
    with db.workspace(workspace_id, owner.id) as session:
        known = session.scalars(select(Shop.id).where(Shop.name == stall.name)).one_or_none()
        if known is not None:
            return known
        shop = catalogue.create_shop(
            owner.actor,
            stall.name,
            tagline=stall.tagline,
            about=stall.about,
            hue=stall.hue,
            font=stall.font,
            refund_policy=REFUNDS,
            delivery_policy=DELIVERY,
            address={"line1": "4 Quay Street", "city": "Bristol", "postcode": "BS1 4DJ", "country": "GB"},
        )
        _deliver(owner, shop)
        catalogue.open_shop(owner.actor, shop)
        catalogue.create_discount(owner.actor, shop, "WELCOME10", "percent", 1000, once_per_buyer=True)
        return shop.id


def _fill(place: Place, stall: Stall, categories: dict[str, UUID], drain: Drain, pool: Executor, tell: Tell) -> None:
    """Products are drawn, written and rendered side by side, and listed once their pictures are ready."""
    stock = stall.stock[:WARES]
    made = _draw([ware for ware in stock if ware.title not in _titles(place)], pool)
    for count, ware in enumerate(stock, 1):
        if ware.title in made:
            with db.workspace(place.workspace_id, place.owner.id):
                _product(place.owner, db.get(Shop, place.shop_id), ware, categories[ware.category], made)
            drain()
        tell(step(f"products of {stall.name}", count, len(stock)))
    drain.rest()
    with db.workspace(place.workspace_id, place.owner.id) as session:
        for product in session.scalars(select(Product).where(Product.state == "draft").order_by(Product.id)).all():
            catalogue.list_product(place.owner.actor, product)


def _titles(place: Place) -> set[str]:
    with db.workspace(place.workspace_id) as session:
        return set(session.scalars(select(Product.title)))


def _draw(wares: list[Ware], pool: Executor) -> Made:
    return {
        ware.title: (
            [pool.submit(make) for _, make in ware.pictures],
            [pool.submit(make) for _, make in ware.files],
        )
        for ware in wares
    }


def _deliver(owner: Person, shop: Shop) -> None:
    home = catalogue.create_zone(owner.actor, shop, "United Kingdom", ["GB"])
    catalogue.create_rate(
        owner.actor,
        home,
        "Tracked post",
        Money(420, "USD"),
        per_item_minor=60,
        free_from_minor=8000,
        min_days=1,
        max_days=3,
    )
    catalogue.create_rate(owner.actor, home, "Next day", Money(950, "USD"), per_item_minor=80, min_days=1, max_days=1)
    world = catalogue.create_zone(owner.actor, shop, "Everywhere else", ["*"])
    catalogue.create_rate(
        owner.actor, world, "Air mail", Money(980, "USD"), per_item_minor=150, min_days=5, max_days=12
    )


def _product(owner: Person, shop: Shop, ware: Ware, category_id: UUID, made: Made) -> None:
    product = catalogue.create_product(
        owner.actor,
        shop,
        ware.title,
        ships=ware.ships,
        downloads=ware.downloads,
        price=Money(ware.price, shop.currency),
        description=ware.words,
        tags=list(ware.tags),
        category_id=category_id,
    )
    if ware.option:
        catalogue.set_options(owner.actor, product, {ware.option: [value for value, _ in ware.values]})
    _stock(owner, shop, product, ware)
    _keys(owner, product, ware)
    pictures, files = made[ware.title]
    for (alt, _), picture in zip(ware.pictures, pictures, strict=True):
        catalogue.add_picture(owner.actor, product, io.BytesIO(picture.result()), "picture.jpg", alt)
    for (name, _), file in zip(ware.files, files, strict=True):
        with db.at(db.now() - timedelta(days=DAYS + 1)):  # before anybody bought it: a first release is no news
            catalogue.add_file(owner.actor, product, io.BytesIO(file.result()), name)


def _keys(owner: Person, product: Product, ware: Ware) -> None:
    """Terms of the product, and of the values of its option that differ."""
    if ware.key is None:
        return
    more = dict(ware.key.by_value)
    own = {
        one.id: VariantTerms(True, more[value], None)
        for one in db.session().scalars(select(Variant).where(Variant.product_id == product.id))
        if (value := one.option_values.get(ware.option, "")) in more
    }
    licences.set_terms(
        owner.actor, product, licences.Terms("generated", ware.key.prefix, ware.key.devices, None, 30, 10, own)
    )


def _stock(owner: Person, shop: Shop, product: Product, ware: Ware) -> None:
    more = dict(ware.values)
    for variant in db.session().scalars(select(Variant).where(Variant.product_id == product.id)).all():
        value = variant.option_values.get(ware.option, "")
        catalogue.update_variant(
            owner.actor,
            variant,
            price=Money(ware.price + more.get(value, 0), shop.currency),
            sku=_sku(ware.title, value),
            weight_g=ware.weight_g,
        )
        if ware.ships and ware.stock:
            inventory.receive(owner.actor, variant, default_location(), ware.stock, "First delivery")


def _sku(title: str, value: str) -> str:
    """Readable, and the same that the sandbox's marketplaces list, so that connecting one finds what it sells."""
    return "-".join(re.findall(r"[A-Z0-9]+", f"{title} {value}".upper()))


def _payouts(place: Place) -> None:
    """Connect the seller in the sandbox, as its onboarding page would."""
    with db.workspace(place.workspace_id, place.owner.id):
        account_id = payments.ensure_account(place.owner.actor)
    requests.post(
        f"{settings.current().sandbox_url}/_sandbox/accounts/{account_id}", json={"state": "enabled"}, timeout=10
    ).raise_for_status()
    payments.refresh_account(place.workspace_id)


REFUNDS = "Changed your mind? Send it back within 30 days for the full price. Downloads can be returned until the first download."
DELIVERY = "Packed by hand, sent within two working days from Bristol. You get the tracking number by e-mail."
DEEP_FIELD = Stall(
    "Deep Field Prints",
    "Space, printed properly.",
    "Nadia studied stellar winds and then bought a very large printer. Everything here is public sky data, cleaned by hand and printed on cotton.",
    268,
    "serif",
    deep_field.WARES,
)
TESSERA = Stall(
    "Tessera Textures",
    "Seamless surfaces for games, films and floors.",
    "Photographed on walks, made seamless at a kitchen table. Used in two award-winning games and one very patient student film.",
    165,
    "sans",
    tessera.WARES,
)
KILN = Stall(
    "Kiln & Whisker",
    "Cups for mornings, cats for everything else.",
    "Mei throws cups in the mornings. In the afternoons Chelsea, who is a cat, supervises the sticker press.",
    38,
    "serif",
    kiln.WARES,
)
