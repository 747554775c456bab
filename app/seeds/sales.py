"""The demo's past: a few hundred orders over ten weeks, paid in the sandbox, most of them shipped, some refunded."""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import requests
from sqlalchemy import select

from app.catalogue import queries as catalogue
from app.catalogue.models import Product, Variant
from app.core import db, settings
from app.core.actor import Actor
from app.core.ids import new_id
from app.core.money import Money
from app.inventory import actions as inventory
from app.inventory.actions import Want
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.payments import actions as payments
from app.payments import queries as paid
from app.seeds.art import dice
from app.seeds.cast import BUYERS, Person
from app.seeds.drain import drain
from app.seeds.shops import Place

DAYS = 70
CHECKOUTS = int(os.environ.get("DEMO_CHECKOUTS", "210"))
"""How many past checkouts the demo has; tests want fewer."""
HOMES = (
    ("12 Harbour Road", "London", "E1 6AN", "GB"),
    ("8 Rue des Lilas", "Lyon", "69003", "FR"),
    ("44 Oak Avenue", "Portland", "97205", "US"),
    ("3-5-1 Nakameguro", "Tokyo", "153-0061", "JP"),
    ("Lindenstraße 9", "Berlin", "10969", "DE"),
    ("71 King Street", "Sydney", "2000", "AU"),
)


@dataclass(frozen=True)
class Offer:
    """Something that can be bought, as sales choose from it."""

    place: Place
    variant_id: UUID
    price: Money
    ships: bool


def happen(people: dict[str, Person], places: list[Place]) -> int:
    """Sell from ten weeks ago until this morning, in order of time. Returns the number of checkouts that were paid."""
    chance, offers = dice("sales"), [offer for place in places for offer in _offers(place)]
    buyers = [people[short] for _, short in BUYERS]
    start = db.now() - timedelta(days=DAYS)
    moments = sorted(start + timedelta(minutes=chance.randrange(DAYS * 24 * 60 - 90)) for _ in range(CHECKOUTS))
    for moment in moments:
        with db.at(moment):
            _buy(chance, chance.choice(buyers), _basket(chance, offers), moment)
    return len(moments)


def _offers(place: Place) -> list[Offer]:
    with db.workspace(place.workspace_id) as session:
        rows = session.execute(
            select(Variant, Product.ships)
            .join(Product, Product.id == Variant.product_id)
            .where(Variant.archived_at.is_(None))
            .order_by(Variant.sku)
        )
        return [Offer(place, variant.id, variant.price, ships) for variant, ships in rows]


def _basket(chance: Random, offers: list[Offer]) -> list[Offer]:
    return chance.sample(offers, k=chance.choices((1, 2, 3), (6, 3, 1))[0])


def _buy(chance: Random, buyer: Person, basket: list[Offer], moment: datetime) -> None:
    """One checkout: hold, place, pay in the sandbox, settle; then what the sellers did about it."""
    group_id, home = new_id(), chance.choice(HOMES)
    until = moment + timedelta(days=DAYS + 1)
    try:
        with db.buyer(buyer.id):
            inventory.reserve(group_id, [Want(o.place.workspace_id, o.variant_id, 1) for o in basket if o.ships], until)
            orders.place(buyer.id, group_id, buyer.email, buyer.name, "USD", _sellers(basket, home, buyer.name), until)
    except inventory.SoldOut:
        return
    drain()
    _pay(group_id, buyer.email)
    drain()
    for place in {offer.place for offer in basket}:
        _follow_up(chance, place, group_id, moment)


def _sellers(basket: list[Offer], home: tuple[str, str, str, str], name: str) -> list[orders.SellerOrder]:
    line1, city, postcode, country = home
    ship_to = {"name": name, "line1": line1, "city": city, "postcode": postcode, "country": country}
    result = []
    for place in sorted({offer.place for offer in basket}, key=lambda place: str(place.workspace_id)):
        mine = [offer for offer in basket if offer.place == place]
        lines = [orders.LineRequest(offer.variant_id, 1, offer.price, Money.zero("USD")) for offer in mine]
        parcel = [offer for offer in mine if offer.ships]
        delivery, name_of_rate = _delivery(place, country, parcel)
        result.append(
            orders.SellerOrder(
                place.workspace_id, place.shop_id, lines, delivery, name_of_rate, "", ship_to if parcel else {}
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


def _pay(group_id: UUID, email: str) -> None:
    with db.system("seed"):
        payment = paid.payment_for(group_id)
    if payment is None:
        raise RuntimeError("the demo's payment is missing")
    if payment.session_id:
        url = f"{settings.current().sandbox_url}/_sandbox/checkout/{payment.session_id}/pay"
        requests.post(url, json={"card": "4242424242424242", "email": email}, timeout=20).raise_for_status()
    payments.settle(payment.id)


def _follow_up(chance: Random, place: Place, group_id: UUID, moment: datetime) -> None:
    """Older parcels were sent a day or two later; one in twenty-five orders was refunded."""
    with db.workspace(place.workspace_id) as session:
        order = session.scalars(select(Order).where(Order.group_id == group_id)).one()
        lines = list(session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)))
    age = datetime.now(moment.tzinfo) - moment
    actor = Actor("person", place.owner.name, place.owner.id)
    if age > timedelta(days=3) and any(line.ships for line in lines):
        with db.at(moment + timedelta(hours=chance.randrange(6, 46))), db.workspace(place.workspace_id, place.owner.id):
            number = f"GB{chance.randrange(10**8, 10**9)}"
            orders.fulfil(
                actor,
                db.get(Order, order.id),
                {line.id: line.quantity for line in lines if line.ships},
                "Royal Mail",
                number,
                "",
            )
    if age > timedelta(days=6) and chance.random() < 0.04:
        with db.at(moment + timedelta(days=4)), db.workspace(place.workspace_id, place.owner.id):
            line = lines[0]
            what = {line.id: orders.RefundLine(line.quantity, Money(line.total_minor, "USD"))}
            orders.refund(
                actor,
                db.get(Order, order.id),
                what,
                Money.zero("USD"),
                "requested_by_customer",
                "Changed their mind",
                False,
                str(order.id),
            )
    with db.at(min(moment + timedelta(days=4), datetime.now(moment.tzinfo))):
        drain()
