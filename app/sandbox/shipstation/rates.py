"""Rates: four parts that make the price, carriers that say no inside a 200, and estimates nobody can buy."""

from typing import Any

from app.sandbox.carriers import rating, store
from app.sandbox.carriers.geography import Place
from app.sandbox.carriers.rating import Complaint, Journey, Offer
from app.sandbox.carriers.services import CARRIERS, USPS, Carrier
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import account, packages, shipments
from .dialect import NAME, api, choice, get, kind_of, money, number, problem, required, stamp

DAY = 86400
FUEL = 0.08  # the share of a private carrier's price that stands under other_amount


@api.on("POST", "/rates")
def create(call: Call) -> Reply:
    """Rates of a `shipment_id` or an inline `shipment` with the carriers in `rate_options.carrier_ids`."""
    options = call.members("rate_options")
    if not options.get("carrier_ids"):
        raise required("rate_options.carrier_ids")
    carriers = [account.carrier_of(call, one) for one in options["carrier_ids"]]
    wanted = call.body.get("shipment_id")
    shipment = get(call, "shipment", wanted) if wanted else shipments.make(call, call.body.get("shipment"))
    return Reply({**shipment, "rate_response": _respond(call, shipment, carriers, options)})


def _respond(call: Call, shipment: Doc, carriers: list[Carrier], options: Doc) -> Doc:
    offers, complaints = rating.offers(shipments.journey(shipment), [one.name for one in carriers])
    services = options.get("service_codes") or []
    made = [_rate(call, shipment, offer) for offer in offers]
    found = [rate for rate in made if not services or rate["service_code"] in services]
    for rate in found:
        kept = {**rate, "shipment_id": shipment["shipment_id"]}
        store.add(call.scope, kind_of("rate"), rate["rate_id"], kept)
    return {
        "rates": found,
        "invalid_rates": [],
        "rate_request_id": number(call),
        "shipment_id": shipment["shipment_id"],
        "created_at": stamp(call.scope.now()),
        "status": "completed" if found and not complaints else "partial" if found else "error",
        "errors": [complaint_of(call, one) for one in complaints],
    }


def complaint_of(call: Call, complaint: Complaint) -> Doc:
    """What a carrier said, as an entry of `errors`."""
    carrier = CARRIERS[complaint.carrier]
    names = {"carrier_id": account.carrier_id(call.scope.account, carrier.name), "carrier_code": carrier.codes[NAME]}
    names["carrier_name"] = account.FRIENDLY.get(carrier.name, carrier.name)
    return problem("business_rules", "unspecified", complaint.message, "carrier", **names)


def _rate(call: Call, shipment: Doc, offer: Offer) -> Doc:
    box = shipment["packages"][0]["package_code"]
    return {"rate_id": number(call), "rate_type": "shipment", **_priced(call, offer, box, shipment["ship_date"])}


def _priced(call: Call, offer: Offer, box: str, ship_date: str) -> Doc:
    carrier = CARRIERS[offer.service.carrier]
    other = 0 if carrier.name == USPS else round(offer.postage * FUEL)
    arrival = call.scope.now() + offer.days * DAY
    code, name = offer.service.names[NAME]
    return {
        "carrier_id": account.carrier_id(call.scope.account, carrier.name),
        "shipping_amount": money(offer.postage - other),
        "insurance_amount": money(offer.insurance),
        "confirmation_amount": money(offer.signature),
        "other_amount": money(other),
        "rate_details": [],
        "zone": offer.zone,
        "package_type": box,
        "delivery_days": offer.days,
        "guaranteed_service": offer.service.guaranteed,
        "estimated_delivery_date": stamp(arrival),
        "carrier_delivery_days": str(offer.days),
        "ship_date": ship_date,
        "negotiated_rate": False,
        "service_type": name,
        "service_code": code,
        "trackable": True,
        "carrier_code": carrier.codes[NAME],
        "carrier_nickname": f"Sandbox account - {account.FRIENDLY.get(carrier.name, carrier.name)}",
        "carrier_friendly_name": account.FRIENDLY.get(carrier.name, carrier.name),
        "validation_status": "valid",
        "warning_messages": [],
        "error_messages": [],
    }


@api.on("POST", "/rates/estimate")
def estimate(call: Call) -> Reply:
    """Prices from postcodes and a weight; they have no `rate_id` and cannot be bought."""
    wish = call.body
    for name in ("carrier_ids", "from_country_code", "from_postal_code", "to_country_code", "to_postal_code"):
        if not wish.get(name):
            raise required(name)
    carriers = [account.carrier_of(call, one).name for one in wish["carrier_ids"]]
    box = {"dimensions": packages.make({**wish, "package_code": "package", "products": []}, 0)["dimensions"]}
    way = Journey(
        origin=_end(wish, "from"),
        destination=_end(wish, "to"),
        ounces=packages.ounces([{"weight": packages.weight(wish.get("weight"), "weight")}]),
        inches=packages.inches(box),
        signature=shipments.CONFIRMATIONS[choice(wish, "confirmation", tuple(shipments.CONFIRMATIONS), "none")],
        customs=rating.Customs(0, True),
    )
    offers, _ = rating.offers(way, carriers)
    day = str(wish.get("ship_date") or stamp(call.scope.now()))
    return Reply([{"rate_type": "shipment", **_priced(call, offer, "package", day)} for offer in offers])


def _end(wish: Any, end: str) -> Place:
    return Place(
        city=str(wish.get(f"{end}_city_locality") or ""),
        state=str(wish.get(f"{end}_state_province") or ""),
        zip=str(wish[f"{end}_postal_code"]),
        country=str(wish[f"{end}_country_code"]).upper(),
        phone="5555555555",
    )


@api.on("GET", "/rates/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One rate."""
    return Reply(get(call, "rate", identifier))


@api.on("GET", "/shipments/<identifier>/rates")
def of_shipment(call: Call, identifier: str) -> Reply:
    """All rates that were made for a shipment."""
    shipment = get(call, "shipment", identifier)
    found = store.where(call.scope, kind_of("rate"), shipment_id=shipment["shipment_id"])
    body = {
        "rates": found, "invalid_rates": [], "rate_request_id": number(call), "shipment_id": identifier,
        "created_at": stamp(call.scope.now()), "status": "completed", "errors": [],
    }  # fmt: skip
    return Reply(body)
