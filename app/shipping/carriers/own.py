"""«Own label»: no account anywhere. For those who buy postage at a counter, carry parcels themselves or have a contract.

The label is drawn here from what `buy` wrote into the files' addresses, in whatever format is asked for, as often as one
likes. The number is the seller's, or ours with a check digit; both are printed as bars.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from babel import Locale

from app.core.errors import ProviderError
from app.core.port import Forged, Headers, NotOffered
from app.core.wire import mapping, reading, rows, text
from app.shipping.carrier import (
    FORMATS,
    AccountFacts,
    Address,
    AddressCheck,
    Bought,
    Connection,
    ManifestFacts,
    News,
    Profile,
    Quote,
    Rate,
    Shipment,
    Tracking,
    Voided,
)
from app.shipping.carriers.own_bars import own_number
from app.shipping.carriers.own_ink import draw
from app.shipping.carriers.own_sheet import NAME, Sheet, checked

NUMBER = re.compile(r"[0-9A-Z][0-9A-Z-]{3,39}")
PREFIX = "data:application/json;base64,"
DEFAULT = "own"
COUNTRIES: Mapping[str, str] = Locale("en").territories


class OwnLabel:
    """The Carrier port without a carrier. `settings["services"]` lists flat services of the seller's own:
    {id, name, carrier?, price_minor?, currency?, days?, tracking_url? with {number} in it}; the price is what the seller
    pays elsewhere, so that the books know it."""

    profile = Profile(kind="own", name=NAME, fields=(), voids=True, tracks=False, buys_once=True)

    def __init__(self, connection: Connection) -> None:
        self._services = {
            text(one.get("id")) or text(one.get("name")): one for one in rows(connection.settings.get("services"))
        }

    def account(self) -> AccountFacts:
        return AccountFacts(NAME, "live", sorted({_carrier(one) for one in self._services.values()}))

    def check_address(self, address: Address) -> AddressCheck:
        raise NotOffered(NAME)

    def estimate(self, shipment: Shipment) -> Sequence[Rate]:
        """The seller's own services; none without them."""
        return [_rate(known, one, shipment) for known, one in self._services.items()]

    def quote(self, shipment: Shipment) -> Quote:
        """The seller's own services, or one free way to print a label."""
        return Quote(f"own_{shipment.reference}", self.estimate(shipment) or [_rate(DEFAULT, {}, shipment)])

    def buy(self, shipment: Shipment, shipment_id: str, rate_id: str) -> Bought:
        """Nothing is paid: the label is composed, and refused when it could not be read (ProviderError, permanent)."""
        service = self._services.get(rate_id)
        if service is None and rate_id != DEFAULT:
            raise ProviderError(NAME, "no longer has this service; ask for rates again", permanent=True)
        chosen = _rate(rate_id, service or {}, shipment)
        number = _number(shipment)
        facts = _packed(checked(_sheet(shipment, chosen, number)))
        return Bought(
            id=f"own_{shipment.reference}",
            shipment_id=shipment_id,
            carrier=chosen.carrier,
            service=chosen.service,
            service_name=chosen.service_name,
            tracking_number=number,
            total_minor=chosen.total_minor,
            currency=chosen.currency,
            files=dict.fromkeys(FORMATS, facts),
            tracking_url=text((service or {}).get("tracking_url")).replace("{number}", number),
        )

    def find(self, shipment_id: str, rate_id: str, reference: str) -> Bought | None:
        """Nothing is kept anywhere, and composing the label again makes the same one with the same number."""
        return None

    def file(self, bought_id: str, format: str, address: str) -> bytes:
        if format not in FORMATS:
            raise ProviderError(NAME, f"draws no {format.upper()}", permanent=True)
        return draw(_unpacked(address), format)

    def void(self, bought_id: str) -> Voided:
        return Voided("not_needed", "Nothing was paid for this label.")

    def void_state(self, bought_id: str) -> Voided:
        return Voided("")

    def manifest(self, bought_ids: Sequence[str], sender: Address, on: date) -> ManifestFacts:
        raise NotOffered(NAME)

    def manifest_state(self, manifest_id: str) -> ManifestFacts:
        raise NotOffered(NAME)

    def find_manifest(self, bought_ids: Sequence[str]) -> ManifestFacts | None:
        raise NotOffered(NAME)

    def track(self, carrier: str, number: str, bought_id: str = "") -> Tracking:
        raise NotOffered(NAME)

    def subscribe(self, url: str, secret: str) -> str:
        raise NotOffered(NAME)

    def subscribed(self, url: str) -> bool:
        return False

    @classmethod
    def read_news(
        cls, connection: Connection, headers: Headers, raw: bytes, query: Mapping[str, str] | None = None
    ) -> Sequence[News]:
        raise Forged("nobody sends news about our own labels")


def _carrier(service: Mapping[str, Any]) -> str:
    return text(service.get("carrier")) or NAME


def _rate(known: str, service: Mapping[str, Any], shipment: Shipment) -> Rate:
    price = int(service.get("price_minor") or 0)
    days = service.get("days")
    return Rate(
        id=known,
        carrier=_carrier(service),
        service=known,
        service_name=text(service.get("name")) or "Own delivery",
        total_minor=price,
        currency=text(service.get("currency")) or shipment.currency,
        days=int(days) if days is not None else None,
        parts={"postage": price},
    )


def _number(shipment: Shipment) -> str:
    """The number that was typed, without spaces and in capitals, or one of ours."""
    typed = "".join(shipment.tracking_number.split()).upper()
    if typed and not NUMBER.fullmatch(typed):
        raise ProviderError(
            NAME, "takes tracking numbers of 4 to 40 letters, digits and hyphens; correct the number", permanent=True
        )
    return typed or own_number(shipment.reference)


def _sheet(shipment: Shipment, chosen: Rate, number: str) -> Sheet:
    home = shipment.sender.country == shipment.recipient.country
    return Sheet(
        sender=lines(shipment.sender, home),
        recipient=lines(shipment.recipient, home),
        service=chosen.service_name,
        note=f"Order {shipment.note}" if shipment.note else "",
        number=shipment.number,
        of=shipment.of,
        weight_g=shipment.box.weight_g,
        tracking_number=number,
        tracking_page=shipment.tracking_page,
        is_return=shipment.is_return,
    )


def lines(address: Address, home: bool) -> list[str]:
    """An address as printed; the country is left out of parcels that stay in it."""
    place = " ".join(filter(None, (address.postcode, address.city)))
    if address.country in ("US", "CA", "AU"):
        place = " ".join(
            filter(None, (f"{address.city}," if address.region else address.city, address.region, address.postcode))
        )
    elif address.region:
        place = f"{place}, {address.region}"
    company = address.company if address.company != address.name else ""
    abroad = "" if home else COUNTRIES.get(address.country, address.country).upper()
    found = [address.name, company, address.line1, address.line2, place, abroad]
    return [line for line in found if line.strip()]


def _packed(sheet: Sheet) -> str:
    return PREFIX + base64.b64encode(json.dumps(asdict(sheet), ensure_ascii=False).encode()).decode()


def _unpacked(address: str) -> Sheet:
    """Raises ProviderError (permanent) for an address that is none of ours."""
    if not address.startswith(PREFIX):
        raise ProviderError(NAME, "has lost what stood on this label; print a new one", permanent=True)
    with reading(NAME):
        return Sheet(**mapping(json.loads(base64.b64decode(address.removeprefix(PREFIX)))))
