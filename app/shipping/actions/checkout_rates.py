"""Carriers' prices at checkout: asked for by a job, kept for an hour, chosen by buyers before there is an order."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.models import Variant
from app.core import db
from app.core.errors import ProviderError
from app.core.ids import new_id
from app.core.money import Money
from app.core.outbox import later
from app.shipping import carrier, declaring, packing, places, queries
from app.shipping.actions import accounts, parcels
from app.shipping.actions.parcels import CannotShip
from app.shipping.carrier import Box, Carrier, Customs, Rate, Shipment
from app.shipping.models import CarrierAccount, CheckoutEstimate, ShippingSettings

FRESH = timedelta(hours=1)
AGAIN = timedelta(minutes=10)
KEPT = timedelta(days=1)
CHEAPEST = 3
PRICED_BY = ("line1", "line2", "city", "region", "postcode", "country")
SOMEBODY = "Recipient"
"""Prices depend on the place, so nobody's name is kept or sent."""


@dataclass(frozen=True)
class CheckoutRate:
    """A carrier's price for a cart. `days` is how long the parcel travels, None when the carrier does not say."""

    id: str
    name: str
    price: Money
    days: int | None


@dataclass(frozen=True)
class Estimates:
    """`state`: off (carriers are not asked here), asked, answered, failed. `rates` are cheapest first."""

    state: str
    asked_at: datetime | None = None
    rates: Sequence[CheckoutRate] = ()


OFF = Estimates("off")


def look(seller_id: UUID, address: Mapping[str, Any], contents: Mapping[UUID, int], currency: str) -> Estimates:
    """What carriers said within the hour about these units (by variant) to this address; nobody is asked."""
    with db.workspace(seller_id):
        home = _home()
        if home is None or not home.checkout_rates:
            return OFF
        row = _fresh(_fingerprint(address, contents, currency))
        return Estimates(row.state, row.created_at, _priced(row)) if row else OFF


def ask(seller_id: UUID, address: Mapping[str, Any], contents: Mapping[UUID, int], currency: str) -> bool:
    """Have the seller's carriers asked, once an hour for the same parcel. True when they are asked now."""
    with db.workspace(seller_id):
        home = _home()
        if home is None or not _can_ask(home):
            return False
        fingerprint = _fingerprint(address, contents, currency)
        if _fresh(fingerprint) is not None:
            return False
        return _begin(seller_id, fingerprint, address, contents, currency)


def _home() -> ShippingSettings | None:
    """Looking at a shop's delivery writes nothing, so settings that were never made stay so."""
    return db.session().scalars(select(ShippingSettings)).one_or_none()


def _can_ask(home: ShippingSettings) -> bool:
    ready = home.checkout_rates and not places.missing(places.address(home.sender))
    return ready and bool(_askable())


def _askable() -> list[CarrierAccount]:
    known = carrier.profiles()
    return [account for account in queries.active_accounts() if known[account.kind].rates]


def _fresh(fingerprint: str) -> CheckoutEstimate | None:
    """The row that counts: an answer for an hour, a question or a failure for ten minutes."""
    wanted = select(CheckoutEstimate).where(CheckoutEstimate.fingerprint == fingerprint)
    row = db.session().scalars(wanted.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        return None
    lasts = FRESH if row.state == "answered" else AGAIN
    return row if db.now() - row.created_at < lasts else None


def _begin(
    seller_id: UUID, fingerprint: str, address: Mapping[str, Any], contents: Mapping[UUID, int], currency: str
) -> bool:
    """A new row with a new id, so that a price of the old one cannot be taken any more."""
    db.session().execute(delete(CheckoutEstimate).where(CheckoutEstimate.fingerprint == fingerprint))
    values = {
        "workspace_id": seller_id,
        "id": new_id(),
        "fingerprint": fingerprint,
        "recipient": _place(address),
        "contents": [{"variant_id": str(variant), "quantity": units} for variant, units in contents.items()],
        "currency": currency,
        "state": "asked",
        "rates": [],
        "error": "",
        "created_at": db.now(),
    }
    statement = insert(CheckoutEstimate).values(**values).on_conflict_do_nothing().returning(CheckoutEstimate.id)
    made = db.session().scalars(statement).one_or_none()
    if made is not None:
        later("shipping.estimate", workspace_id=seller_id, estimate_id=made)
    return made is not None


def _place(address: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(address[key]) for key in PRICED_BY if address.get(key)}


def _fingerprint(address: Mapping[str, Any], contents: Mapping[UUID, int], currency: str) -> str:
    units = sorted((str(variant), count) for variant, count in contents.items())
    return hashlib.sha256(json.dumps([_place(address), units, currency], sort_keys=True).encode()).hexdigest()


def _priced(row: CheckoutEstimate) -> list[CheckoutRate]:
    rates = [Rate(**rate) for rate in row.rates]
    return [
        CheckoutRate(f"{row.id}:{place}", _name(rate), Money(rate.total_minor, rate.currency), rate.days)
        for place, rate in enumerate(rates)
    ]


def _name(rate: Rate) -> str:
    service = carrier.without_carrier(rate.service_name or rate.service, rate.carrier)
    return f"{rate.carrier} {service}".strip()


def estimate(workspace_id: UUID, estimate_id: UUID) -> None:
    """Job: ask every account at once and keep the prices worth showing, or why there are none."""
    with db.workspace(workspace_id):
        row = db.find(CheckoutEstimate, estimate_id)
        if row is None or row.state != "asked":
            return
        try:
            shipment, currency = _shipment(row), row.currency
        except CannotShip as refused:
            _keep(row, [], refused.message)
            return
        speakers = [accounts.speaker(account) for account in _askable()]
    answers = list(_answers(speakers, shipment))
    rates = worth_showing([rate for found, _ in answers for rate in found], currency)
    with db.workspace(workspace_id):
        found_row = db.find(CheckoutEstimate, estimate_id, lock=True)
        if found_row is not None and found_row.state == "asked":
            _keep(found_row, rates, "; ".join(error for _, error in answers if error))


def _keep(row: CheckoutEstimate, rates: Sequence[Rate], error: str) -> None:
    row.rates = [asdict(rate) for rate in rates]
    row.state, row.error = ("answered" if rates else "failed"), error or ("" if rates else "No carrier had a price.")


def _answers(speakers: Sequence[Carrier], shipment: Shipment) -> Iterator[tuple[Sequence[Rate], str]]:
    """Rates or the refusal in words, per account. Buyers wait, so all are asked side by side and nobody twice."""
    if speakers:
        with ThreadPoolExecutor(len(speakers)) as pool:
            yield from pool.map(lambda speaker: _answer(speaker, shipment), speakers)


def _answer(speaker: Carrier, shipment: Shipment) -> tuple[Sequence[Rate], str]:
    try:
        return speaker.estimate(shipment), ""
    except ProviderError as error:
        return (), str(error)


def worth_showing(rates: Sequence[Rate], currency: str) -> list[Rate]:
    """The three cheapest services, and the fastest when it is none of them. Prices in other currencies are left out."""
    services: dict[tuple[str, str], Rate] = {}
    for rate in sorted(rates, key=lambda one: (one.total_minor, _days(one))):
        if rate.currency == currency:
            services.setdefault((rate.carrier, rate.service), rate)
    ordered = list(services.values())
    shown, timed = ordered[:CHEAPEST], [rate for rate in ordered if rate.days is not None]
    fastest = min(timed, key=lambda one: (_days(one), one.total_minor), default=None)
    return shown if fastest is None or fastest in shown else [*shown, fastest]


def _days(rate: Rate) -> int:
    return 999 if rate.days is None else rate.days


def _shipment(row: CheckoutEstimate) -> Shipment:
    """The cart's parcel as a carrier is asked about it. Raises CannotShip with what is missing."""
    home, units = parcels.settings_of(), {UUID(one["variant_id"]): int(one["quantity"]) for one in row.contents}
    variants = db.session().scalars(select(Variant).where(Variant.id.in_(units))).all()
    sender, recipient = places.address(home.sender), places.address({**row.recipient, "name": SOMEBODY})
    box = _box(variants, units)
    if box.weight_g < 1:
        raise CannotShip("Nothing in this cart has a weight.", "weight")
    customs = _customs(home, variants, units) if sender.country != recipient.country else None
    return Shipment(str(row.id), sender, recipient, box, customs, currency=row.currency)


def _box(variants: Sequence[Variant], units: Mapping[UUID, int]) -> Box:
    items = [packing.Item(units[v.id], v.weight_g, v.length_mm, v.width_mm, v.height_mm) for v in variants]
    return packing.box(items, packing.suggest(items, queries.packages()))


def _customs(home: ShippingSettings, variants: Sequence[Variant], units: Mapping[UUID, int]) -> Customs:
    if not home.customs_signer:
        raise CannotShip("Parcels to other countries need a name that signs for customs.", "customs")
    country = str(home.sender.get("country", ""))
    return Customs(
        [declaring.line(variant, home, country, units[variant.id], variant.price) for variant in variants],
        home.customs_signer,
    )


def forget_old() -> None:
    """Addresses of carts are not kept longer than a day."""
    with db.system("sweep estimates") as session:
        session.execute(delete(CheckoutEstimate).where(CheckoutEstimate.created_at < db.now() - KEPT))
