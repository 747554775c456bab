"""Furnishes the three shops: delivery, products, pictures, files, stock, a discount code, and payouts in the sandbox."""

import io
from dataclasses import dataclass
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
from app.payments import actions as payments
from app.seeds import wares
from app.seeds.cast import Person, team
from app.seeds.drain import drain
from app.seeds.wares import Ware

FIRST = "deep-field-prints"
CATEGORIES = (
    ("prints", "Prints"),
    ("digital-art", "Digital art"),
    ("textures", "Textures"),
    ("books", "Books"),
    ("ceramics", "Ceramics"),
    ("stickers", "Stickers"),
)


@dataclass(frozen=True)
class Place:
    """A furnished shop and who runs it."""

    workspace_id: UUID
    shop_id: UUID
    owner: Person


def furnish(people: dict[str, Person]) -> list[Place]:
    categories = _categories()
    nadia, tomas, mei = people["nadia"], people["tomas"], people["mei"]
    jonas, vera = people["jonas"], people["vera"]
    return [
        _open(
            team(
                nadia, "deep-field", "Deep Field Studio", 265, member=(jonas, Role.MEMBER), viewer=(vera, Role.VIEWER)
            ),
            nadia,
            "Deep Field Prints",
            "Space, printed properly.",
            DEEP_FIELD_ABOUT,
            268,
            "serif",
            wares.DEEP_FIELD,
            categories,
        ),
        _open(
            team(tomas, "tessera", "Tessera", 150),
            tomas,
            "Tessera Textures",
            "Seamless surfaces for games, films and floors.",
            TESSERA_ABOUT,
            165,
            "sans",
            wares.TESSERA,
            categories,
        ),
        _open(
            team(mei, "kiln", "Kiln & Whisker", 35, admin=(nadia, Role.ADMIN)),
            mei,
            "Kiln & Whisker",
            "Cups for mornings, cats for everything else.",
            KILN_ABOUT,
            38,
            "serif",
            wares.KILN,
            categories,
        ),
    ]


def _categories() -> dict[str, UUID]:
    with db.system("seed"):
        return {
            slug: db.add(Category(slug=slug, name=name, position=position)).id
            for position, (slug, name) in enumerate(CATEGORIES)
        }


def _open(
    workspace_id: UUID,
    owner: Person,
    name: str,
    tagline: str,
    about: str,
    hue: int,
    font: str,
    stock: list[Ware],
    categories: dict[str, UUID],
) -> Place:
    with db.workspace(workspace_id, owner.id):
        shop = catalogue.create_shop(
            owner.actor,
            name,
            tagline=tagline,
            about=about,
            hue=hue,
            font=font,
            refund_policy=REFUNDS,
            delivery_policy=DELIVERY,
            address={"line1": "4 Quay Street", "city": "Bristol", "postcode": "BS1 4DJ", "country": "GB"},
        )
        _deliver(owner, shop)
        catalogue.open_shop(owner.actor, shop)
        catalogue.create_discount(owner.actor, shop, "WELCOME10", "percent", 1000, once_per_buyer=True)
    for ware in stock:
        with db.workspace(workspace_id, owner.id):
            product = _product(owner, db.get(Shop, shop.id), ware, categories[ware.category])
        drain()
        with db.workspace(workspace_id, owner.id):
            catalogue.list_product(owner.actor, db.get(Product, product.id))
    _payouts(workspace_id, owner)
    drain()
    return Place(workspace_id, shop.id, owner)


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


def _product(owner: Person, shop: Shop, ware: Ware, category_id: UUID) -> Product:
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
    more = dict(ware.values)
    for variant in db.session().scalars(select(Variant).where(Variant.product_id == product.id)).all():
        extra = more.get(variant.option_values.get(ware.option, ""), 0)
        catalogue.update_variant(
            owner.actor, variant, price=Money(ware.price + extra, shop.currency), weight_g=ware.weight_g
        )
        if ware.ships and ware.stock:
            inventory.receive(owner.actor, variant, default_location(), ware.stock, "First delivery")
    for alt, make in ware.pictures:
        catalogue.add_picture(owner.actor, product, io.BytesIO(make()), "picture.jpg", alt)
    for name, make in ware.files:
        catalogue.add_file(owner.actor, product, io.BytesIO(make()), name)
    return product


def _payouts(workspace_id: UUID, owner: Person) -> None:
    """Connect the seller in the sandbox, as its onboarding page would."""
    with db.workspace(workspace_id, owner.id):
        account_id = payments.ensure_account(owner.actor)
    requests.post(
        f"{settings.current().sandbox_url}/_sandbox/accounts/{account_id}", json={"state": "enabled"}, timeout=10
    ).raise_for_status()
    payments.refresh_account(workspace_id)


REFUNDS = "Changed your mind? Send it back within 30 days for the full price. Downloads can be returned until the first download."
DELIVERY = "Packed by hand, sent within two working days from Bristol. You get the tracking number by e-mail."
DEEP_FIELD_ABOUT = "Nadia studied stellar winds and then bought a very large printer. Everything here is public sky data, cleaned by hand and printed on cotton."
TESSERA_ABOUT = "Photographed on walks, made seamless at a kitchen table. Used in two award-winning games and one very patient student film."
KILN_ABOUT = "Mei throws cups in the mornings. In the afternoons Chelsea, who is a cat, supervises the sticker press."
