"""The demo's present: a dozen paid orders per shop that wait to be sent, and some that are on their way."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import requests

from app.core import db, settings
from app.seeds import counter
from app.seeds.art import dice
from app.seeds.cast import BUYERS, Person
from app.seeds.drain import Drain
from app.seeds.progress import CannotSeed, Tell, step
from app.seeds.sales import CHECKOUTS, Home, Offer, Sale, buy, offers_of, order_of
from app.seeds.shops import Place
from app.shipping import queries, rules
from app.shipping.actions import buying, parcels, quoting, returning, tracking
from app.shipping.models import CarrierAccount, Parcel


@dataclass(frozen=True)
class Tale:
    """An order of `hours` ago. `scans` are what the carrier did with its parcel, None when it has no label yet."""

    hours: int
    home: Home
    gift_note: str = ""
    scans: tuple[str, ...] | None = None
    comes_back: bool = False


LONDON, BATH = Home("12 Harbour Road", "London", "E1 6AN"), Home("9 Margaret's Buildings", "Bath", "BA1 2LP")
LEEDS, YORK = Home("31 Cardigan Road", "Leeds", "LS6 1EB"), Home("5 Stonegate", "York", "YO1 8AS")
CARDIFF, LEITH = (
    Home("77 Cathedral Road", "Cardiff", "CF11 9HE"),
    Home("18 Constitution Street", "Edinburgh", "EH6 7BT"),
)
PORTLAND = Home("44 Oak Avenue", "Portland", "97205", "US", "OR")
NOWHERE = Home("00 Unknown Lane", "London", "E1 6AN")
ARRIVED = ("accepted", "in_transit", "out_for_delivery", "delivered")
WAITING = (
    Tale(4, LONDON),
    Tale(7, BATH, "Happy birthday, Tilda! From all of us at number nine."),
    Tale(11, PORTLAND),
    Tale(15, NOWHERE),
    Tale(74, LEEDS),
    Tale(19, YORK),
    Tale(22, CARDIFF, "For the new kitchen. Love, Gran."),
    Tale(26, LEITH),
    Tale(29, BATH),
    Tale(33, LONDON),
    Tale(38, CARDIFF),
    Tale(44, LEEDS),
)
SENT = (
    Tale(41, YORK, scans=()),
    Tale(46, LONDON, scans=()),
    Tale(58, PORTLAND, scans=("accepted", "in_transit")),
    Tale(62, LEITH, scans=("accepted", "in_transit", "out_for_delivery")),
    Tale(66, LEEDS, scans=("accepted", "in_transit", "exception")),
    Tale(80, BATH, scans=ARRIVED),
    Tale(90, CARDIFF, scans=ARRIVED, comes_back=True),
)
TALES = (*SENT, *WAITING[:CHECKOUTS])


@dataclass(frozen=True)
class Desk:
    """A shop that sends things, and the sandbox's carrier account it sends them with, if there is one."""

    place: Place
    goods: list[Offer]
    account: CarrierAccount | None


def happen(people: dict[str, Person], places: list[Place], begun: datetime, drain: Drain, tell: Tell) -> None:
    """Orders of the last days in each shop that sends things, as far as its stock goes."""
    buyers = [people[short] for _, short in BUYERS]
    for place in places:
        goods = [offer for offer in offers_of(place) if offer.ships]
        if not goods:
            continue
        desk = Desk(place, goods, counter.set_up(place, drain))
        for count, tale in enumerate(TALES, 1):
            chance = dice(f"parcel {place.owner.email} {tale.hours}")
            _happen(desk, tale, begun - timedelta(hours=tale.hours), chance.choice(buyers), drain)
            tell(step(f"parcels of {place.owner.name}", count, len(TALES)))


def _happen(desk: Desk, tale: Tale, moment: datetime, buyer: Person, drain: Drain) -> None:
    """The order under the clock of its day; the label and the scans are of today, as the sandbox's own clock is."""
    with db.at(moment):
        sale = _sale(desk, tale, moment, buyer, drain)
    account = desk.account
    if sale is None or tale.scans is None or account is None or account.state != "active":
        return
    parcel = _labelled(desk, account, sale, drain)
    _travel(desk, parcel, tale.scans, drain)
    if tale.comes_back:
        _ask_to_return(desk, sale)
        drain()


def _sale(desk: Desk, tale: Tale, moment: datetime, buyer: Person, drain: Drain) -> Sale | None:
    """One thing of the shop, the first that is in stock in the order of the dice. None when all is sold out."""
    chance = dice(f"despatch {desk.place.owner.email} {tale.hours}")
    group_id = UUID(int=chance.getrandbits(128), version=4)
    later = {desk.place: (0, "", False)}
    whole = Sale(group_id, moment, timedelta(hours=tale.hours), buyer, [], tale.home, later, tale.gift_note)
    tries = (replace(whole, basket=[offer]) for offer in chance.sample(desk.goods, k=len(desk.goods)))
    return next((sale for sale in tries if buy(sale, drain)), None)


def _labelled(desk: Desk, account: CarrierAccount, sale: Sale, drain: Drain) -> Parcel:
    """The order's parcel with a label, bought by the shop's rules. Raises CannotSeed when there is none to be had."""
    actor, place = desk.place.owner.actor, desk.place
    with db.workspace(place.workspace_id, place.owner.id):
        order = order_of(sale)
        parcel = next(iter(queries.parcels_of(order.id)), None) or parcels.pack(actor, order)
        living = queries.living_label(parcel.id)
        if living is None:
            quoting.ask(parcel)
    drain()
    if living is None:
        with db.workspace(place.workspace_id, place.owner.id):
            _order_label(desk, account, db.get(Parcel, parcel.id))
        drain()
    with db.workspace(place.workspace_id):
        return db.get(Parcel, parcel.id)


def _order_label(desk: Desk, account: CarrierAccount, parcel: Parcel) -> None:
    offers = queries.offers(parcel.id, parcels.fingerprint(parcel))
    chosen = rules.choose(rules.first(queries.service_rules(), queries.facts(parcel)), offers).offer
    if chosen is None:
        raise CannotSeed(f"the demo found no rate for a parcel: {[one.error for one in queries.quotes_of(parcel.id)]}")
    buying.order_label(desk.place.owner.actor, parcel, account, chosen.rate.id, chosen.rate.total_minor)


def _travel(desk: Desk, parcel: Parcel, scans: tuple[str, ...], drain: Drain) -> None:
    """The sandbox's carrier scans the parcel and is asked where it is, unless that was done before."""
    with db.workspace(desk.place.workspace_id):
        fresh = db.get(Parcel, parcel.id)
        over = not scans or fresh.status in ("delivered", "failure") or len(queries.scans(parcel.id)) > len(scans)
    if over:
        return
    door = f"{settings.current().sandbox_url}/_sandbox/parcels/{parcel.tracking_number}/scans"
    for scan in scans:
        requests.post(door, json={"step": scan}, timeout=20).raise_for_status()
    tracking.poll(desk.place.workspace_id, parcel.id)
    drain()


def _ask_to_return(desk: Desk, sale: Sale) -> None:
    with db.workspace(desk.place.workspace_id):
        order = order_of(sale)
        if not returning.of_order(order.id):
            wanted = {order.lines[0].id: (1, "unlike")}
            returning.ask(sale.buyer.actor, order, wanted, "Lovely, but larger than it looked. May I send it back?")
