"""Shipments with their rates; every rate is an object of its own."""

from typing import Any

from app.sandbox.carriers import rating
from app.sandbox.carriers.rating import Journey, Offer
from app.sandbox.carriers.services import CARRIERS
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import account, addresses, contents, customs
from .dialect import NAME, REQUIRED, api, dollars, fields, get, keep, metadata, new, page, sheet, stamp

SIGNATURES = {
    "STANDARD": "standard", "CERTIFIED": "standard", "INDIRECT": "standard", "CARRIER_CONFIRMATION": "standard",
    "ADULT": "adult", "True": "standard",
}  # fmt: skip
PICTURES = "https://shippo-static.s3.amazonaws.com/providers"


@api.on("POST", "/shipments")
def create(call: Call) -> Reply:
    """A new shipment; with `async` (the default) the answer is QUEUED and the rates come with the next look."""
    shipment = make(call, call.body)
    if call.body.get("async", True):
        return Reply({**shipment, "status": "QUEUED", "rates": [], "messages": []}, 201)
    return Reply(shipment, 201)


def make(call: Call, wish: Any) -> Doc:
    """A shipment with its rates, kept. Raises 400."""
    for name in ("address_from", "address_to", "parcels"):
        if not wish.get(name):
            raise fields(**{name: REQUIRED})
    sender = addresses.make(call, wish["address_from"], "address_from")
    recipient = addresses.make(call, wish["address_to"], "address_to")
    back = addresses.make(call, wish["address_return"], "address_return") if wish.get("address_return") else sender
    given = wish["parcels"] if isinstance(wish["parcels"], list) else [wish["parcels"]]
    declaration = customs.make_declaration(call, wish.get("customs_declaration"))
    shipment = new(
        call,
        carrier_accounts=list(wish.get("carrier_accounts") or []),
        status="SUCCESS",
        address_from=addresses.brief(sender),
        address_to=addresses.brief(recipient),
        address_return=addresses.brief(back),
        alternate_address_to=None,
        parcels=[contents.make(call, parcel) for parcel in given],
        shipment_date=wish.get("shipment_date") or stamp(call.scope.now()),
        customs_declaration=declaration["object_id"] if declaration else None,
        extra=_extra(wish),
        rates=[],
        messages=[],
        metadata=metadata(wish),
        order=wish.get("order"),
    )
    _rate(call, shipment, journey(call, shipment, sender, recipient))
    return keep(call, "shipment", shipment)


def _extra(wish: Any) -> Doc:
    extra = wish.get("extra") or {}
    signature = extra.get("signature_confirmation")
    if signature and str(signature) not in SIGNATURES:
        raise fields(extra={"signature_confirmation": [f'"{signature}" is not a valid choice.']})
    return dict(extra)


def journey(call: Call, shipment: Doc, sender: Doc, recipient: Doc) -> Journey:
    """The shipment in rating's words; several parcels count as their sum."""
    extra = shipment["extra"]
    insured = float((extra.get("insurance") or {}).get("amount") or 0)
    declaration = shipment["customs_declaration"]
    return Journey(
        origin=addresses.place_of(sender),
        destination=addresses.place_of(recipient),
        ounces=sum(contents.ounces(parcel) for parcel in shipment["parcels"]),
        inches=contents.inches(shipment["parcels"][0]),
        signature=SIGNATURES.get(str(extra.get("signature_confirmation")), ""),
        insured=round(insured * 100),
        customs=customs.rated(call, get(call, "declaration", declaration) if declaration else None),
        is_return=bool(extra.get("is_return")),
    )


def journey_of(call: Call, shipment: Doc) -> Journey:
    """The journey of a kept shipment."""
    ends = (get(call, "address", shipment[name]["object_id"]) for name in ("address_from", "address_to"))
    return journey(call, shipment, *ends)


def _rate(call: Call, shipment: Doc, way: Journey) -> None:
    accounts = shipment["carrier_accounts"]
    ids = {account.carrier_account(call.scope.account, name): name for name in CARRIERS}
    unknown = [one for one in accounts if one not in ids]
    if unknown:
        raise fields(carrier_accounts=f"Carrier account {unknown[0]} not found.")
    offers, complaints = rating.offers(way, [ids[one] for one in accounts] or None)
    shipment["rates"] = [keep(call, "rate", _shown(call, shipment, offer, offers)) for offer in offers]
    shipment["messages"] = [
        {"source": complaint.carrier, "code": "", "text": complaint.message} for complaint in complaints
    ]


def _shown(call: Call, shipment: Doc, offer: Offer, offers: list[Offer]) -> Doc:
    carrier = CARRIERS[offer.service.carrier]
    token, name = offer.service.names[NAME]
    provider = {"DHLExpress": "DHL Express"}.get(carrier.name, carrier.name)
    rate = new(
        call,
        shipment=shipment["object_id"],
        attributes=_attributes(offer, offers),
        amount=dollars(offer.total),
        currency="USD",
        amount_local=dollars(offer.total),
        currency_local="USD",
        provider=provider,
        provider_image_75=f"{PICTURES}/75/{carrier.name}.png",
        provider_image_200=f"{PICTURES}/200/{carrier.name}.png",
        servicelevel={
            "name": name, "token": token, "terms": "", "extended_token": token, "parent_servicelevel": None,
        },
        estimated_days=offer.days,
        arrives_by="10:30:00" if offer.service.guaranteed and offer.days == 1 else None,
        duration_terms=f"Delivery within {offer.days} days.",
        messages=[],
        carrier_account=account.carrier_account(call.scope.account, carrier.name),
        zone=f"{offer.zone:02d}",
    )  # fmt: skip
    if offer.insurance:
        rate["included_insurance_price"] = dollars(offer.insurance)
    return rate


def _attributes(offer: Offer, offers: list[Offer]) -> list[str]:
    cheapest = min(offers, key=lambda one: one.total)
    fastest = min(offers, key=lambda one: (one.days, one.total))
    best = min(offers, key=lambda one: one.total * one.days)
    marks = {"CHEAPEST": cheapest, "FASTEST": fastest, "BESTVALUE": best}
    return [name for name, one in marks.items() if one is offer]


@api.on("GET", "/shipments/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One shipment."""
    return Reply(get(call, "shipment", identifier))


@api.on("GET", "/shipments/<identifier>/rates")
def rates(call: Call, identifier: str) -> Reply:
    """All rates of a shipment."""
    found = get(call, "shipment", identifier)["rates"]
    return Reply(sheet(call, found, 1, max(1, len(found))))


@api.on("GET", "/shipments/<identifier>/rates/<currency>")
def rates_in(call: Call, identifier: str, currency: str) -> Reply:
    """All rates of a shipment; the sandbox has prices in USD only."""
    if currency.upper() != "USD":
        raise fields(currency=f"The sandbox has no prices in {currency}.")
    return rates(call, identifier)


@api.on("GET", "/rates/<identifier>")
def retrieve_rate(call: Call, identifier: str) -> Reply:
    """One rate."""
    return Reply(get(call, "rate", identifier))


@api.on("GET", "/shipments")
def search(call: Call) -> Reply:
    """Shipments, newest first."""
    return page(call, "shipment")


def rates_of_service(shipment: Doc, carrier_account: str, token: str) -> list[Doc]:
    """The rates of a shipment with one carrier account and service."""
    wanted = (carrier_account, token)
    return [one for one in shipment["rates"] if (one["carrier_account"], one["servicelevel"]["token"]) == wanted]
