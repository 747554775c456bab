"""The demo's past: a few hundred orders over ten weeks, paid in the sandbox, most of them shipped, some refunded."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import requests
from sqlalchemy import select

from app.catalogue import queries as catalogue
from app.catalogue.models import Product, Variant
from app.core import db, settings
from app.core.money import Money
from app.inventory import actions as inventory
from app.inventory.actions import Want
from app.licences import queries as licences
from app.orders import actions as orders
from app.orders.models import Order
from app.payments import actions as payments
from app.payments import queries as paid
from app.payments.models import Payment
from app.seeds.art import dice
from app.seeds.cast import BUYERS, Person
from app.seeds.diary import DAYS
from app.seeds.drain import Drain
from app.seeds.progress import CannotSeed, Tell, step
from app.seeds.shops import Place

CHECKOUTS = int(os.environ.get("DEMO_CHECKOUTS", "210"))
"""How many past checkouts the demo has; tests want fewer."""
CARD = "4242424242424242"
FIRST = "fay"
"""Who buys before everybody else, however many checkouts there are: the README sends people into rooms of buyers as her."""


class Home(NamedTuple):
    """Where a buyer lives."""

    line1: str
    city: str
    postcode: str
    country: str = "GB"
    region: str = ""

    def address(self, name: str) -> dict[str, str]:
        """As an order keeps it."""
        known = {"name": name, **self._asdict()}
        return {part: value for part, value in known.items() if value}


HOMES = (
    Home("12 Harbour Road", "London", "E1 6AN"),
    Home("8 Rue des Lilas", "Lyon", "69003", "FR"),
    Home("44 Oak Avenue", "Portland", "97205", "US", "OR"),
    Home("3-5-1 Nakameguro", "Tokyo", "153-0061", "JP"),
    Home("Lindenstraße 9", "Berlin", "10969", "DE"),
    Home("71 King Street", "Sydney", "2000", "AU", "NSW"),
)


@dataclass(frozen=True)
class Offer:
    """Something that can be bought, as sales choose from it."""

    place: Place
    variant_id: UUID
    price: Money
    ships: bool


@dataclass(frozen=True)
class Sale:
    """One checkout of the story, thrown by its own dice, so that it comes out the same however often it is begun.

    `aftermaths` say per place how many hours later the parcel goes, its tracking number, and whether it comes back.
    """

    group_id: UUID
    moment: datetime
    age: timedelta
    buyer: Person
    basket: list[Offer]
    home: Home
    aftermaths: dict[Place, tuple[int, str, bool]]
    gift_note: str = ""


def happen(people: dict[str, Person], places: list[Place], begun: datetime, drain: Drain, tell: Tell) -> int:
    """Sell from ten weeks before `begun` until then, in order of time. Returns the number of checkouts."""
    offers, buyers = [offer for place in places for offer in offers_of(place)], [people[short] for _, short in BUYERS]
    thrown = (_sale(n, begun, buyers, offers) for n in range(CHECKOUTS))
    sales = sorted((first_sale(people[FIRST], places, begun), *thrown), key=lambda sale: sale.moment)
    for count, sale in enumerate(sales, 1):
        with db.at(sale.moment):
            _buy(sale, begun, drain)
        tell(step("orders", count, len(sales)))
    return len(sales)


def offers_of(place: Place) -> list[Offer]:
    """Everything a shop sells, always in the same order."""
    with db.workspace(place.workspace_id) as session:
        rows = session.execute(
            select(Variant, Product.ships)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.archived_at.is_(None))
            .order_by(Product.title, Variant.position)
        )
        return [Offer(place, variant.id, variant.price, ships) for variant, ships in rows]


def first_sale(buyer: Person, places: list[Place], begun: datetime) -> Sale:
    """On the first day, while everything is in stock: of each shop the oldest thing, its oldest download, and the first that comes
    with a key."""
    chance, age = dice("first sale"), timedelta(days=DAYS)
    basket = [offer for place in places for offer in _oldest(place)]
    aftermaths = {place: (20, f"GB{chance.randrange(10**8, 10**9)}", False) for place in places}
    group_id = UUID(int=chance.getrandbits(128), version=4)
    return Sale(group_id, begun - age, age, buyer, basket, HOMES[0], aftermaths)


def _oldest(place: Place) -> list[Offer]:
    wanted = (
        select(Variant, Product)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.archived_at.is_(None))
        .order_by(Product.id, Variant.position)
    )
    with db.workspace(place.workspace_id) as session:
        rows = session.execute(wanted).all()
        keyed = [row for row in rows if licences.licensed(row.Product.id)][:1]
    oldest, downloads = rows[:1], [row for row in rows if row.Product.downloads][:1]
    chosen = list(dict.fromkeys([*oldest, *downloads, *keyed]))
    return [Offer(place, row.Variant.id, row.Variant.price, row.Product.ships) for row in chosen]


def _sale(number: int, begun: datetime, buyers: list[Person], offers: list[Offer]) -> Sale:
    chance = dice(f"sale {number}")
    age = timedelta(minutes=90 + chance.randrange(DAYS * 24 * 60 - 90))
    basket = chance.sample(offers, k=chance.choices((1, 2, 3), (6, 3, 1))[0])
    aftermaths = {
        offer.place: (chance.randrange(6, 46), f"GB{chance.randrange(10**8, 10**9)}", chance.random() < 0.04)
        for offer in basket
    }
    group_id = UUID(int=chance.getrandbits(128), version=4)
    return Sale(group_id, begun - age, age, chance.choice(buyers), basket, chance.choice(HOMES), aftermaths)


def _buy(sale: Sale, begun: datetime, drain: Drain) -> None:
    """One checkout, then what the sellers did about it."""
    if not buy(sale, drain):
        return
    for place, (hours, number, comes_back) in sale.aftermaths.items():
        if sale.age > timedelta(days=3):
            _send(place, sale, hours, number)
        if sale.age > timedelta(days=6) and comes_back:
            _give_back(place, sale)
        with db.at(min(sale.moment + timedelta(days=4), begun)):
            drain()


def buy(sale: Sale, drain: Drain) -> bool:
    """Hold, place, pay in the sandbox, settle; what was done before stays. False when something was sold out."""
    if not _placed(sale):
        return False
    drain()
    _pay(sale)
    drain()
    return True


def _placed(sale: Sale) -> bool:
    """Whether the orders stand: from an earlier seeding or from now. False when something was sold out."""
    if _payment(sale) is not None:
        return True
    until, buyer = sale.moment + timedelta(days=DAYS + 1), sale.buyer
    wants = [Want(offer.place.workspace_id, offer.variant_id, 1) for offer in sale.basket if offer.ships]
    try:
        with db.buyer(buyer.id):
            inventory.reserve(sale.group_id, wants, until)
            orders.place(buyer.id, sale.group_id, buyer.email, buyer.name, "USD", _sellers(sale), until)
    except inventory.SoldOut:
        return False
    return True


def _payment(sale: Sale) -> Payment | None:
    with db.system("seed"):
        return paid.payment_for(sale.group_id)


def _sellers(sale: Sale) -> list[orders.SellerOrder]:
    ship_to, result = sale.home.address(sale.buyer.name), []
    for place in sale.aftermaths:
        mine = [offer for offer in sale.basket if offer.place == place]
        lines = [orders.LineRequest(offer.variant_id, 1, offer.price, Money.zero("USD")) for offer in mine]
        parcel = [offer for offer in mine if offer.ships]
        delivery, name_of_rate = _delivery(place, sale.home.country, parcel)
        result.append(
            orders.SellerOrder(
                place.workspace_id,
                place.shop_id,
                lines,
                delivery,
                name_of_rate,
                ship_to=ship_to if parcel else {},
                gift_note=sale.gift_note,
            )
        )
    return result


def _delivery(place: Place, country: str, parcel: list[Offer]) -> tuple[Money, str]:
    if not parcel:
        return Money.zero("USD"), ""
    with db.workspace(place.workspace_id):
        rate = catalogue.rates_for(place.shop_id, country)[0]
        subtotal = Money(sum(offer.price.minor for offer in parcel), "USD")
        return catalogue.delivery_price(rate, len(parcel), subtotal), rate.name


def _pay(sale: Sale) -> None:
    payment = _payment(sale)
    if payment is None:
        raise CannotSeed("the demo's payment is missing")
    if payment.state == "paid":
        return
    if payment.session_id:
        url = f"{settings.current().sandbox_url}/_sandbox/checkout/{payment.session_id}/pay"
        requests.post(url, json={"card": CARD, "email": sale.buyer.email}, timeout=20).raise_for_status()
    payments.settle(payment.id)


def _send(place: Place, sale: Sale, hours: int, number: str) -> None:
    """Parcels of older orders went out a day or two later."""
    with db.at(sale.moment + timedelta(hours=hours)), db.workspace(place.workspace_id, place.owner.id):
        order = order_of(sale)
        if order.fulfilment_state == "unfulfilled":
            quantities = {line.id: line.quantity for line in order.lines if line.ships}
            orders.fulfil(place.owner.actor, order, quantities, "Royal Mail", number, "")


def _give_back(place: Place, sale: Sale) -> None:
    """The first line of one order in twenty-five was refunded, four days later."""
    with db.at(sale.moment + timedelta(days=4)), db.workspace(place.workspace_id, place.owner.id):
        order = order_of(sale)
        line = order.lines[0]
        what = {line.id: orders.RefundLine(line.quantity, Money(line.total_minor, "USD"))}
        none, why = Money.zero("USD"), "requested_by_customer"
        orders.refund(place.owner.actor, order, what, none, why, "Changed their mind", False, str(order.id))


def order_of(sale: Sale) -> Order:
    """The sale's order of the workspace that is open."""
    return db.session().scalars(select(Order).where(Order.group_id == sale.group_id)).one()
