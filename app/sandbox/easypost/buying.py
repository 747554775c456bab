"""Buying: one label per shipment and never a second; insurance with it or afterwards."""

from dataclasses import replace
from typing import Any

from app.sandbox.carriers import addresses as post
from app.sandbox.carriers import ledger, parcels, rating, store
from app.sandbox.carriers.rating import Journey, Offer
from app.sandbox.carriers.services import USPS, carrier_named
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply, decimal
from app.sandbox.stripe import effects

from . import addresses, labels, rates, shipments, trackers
from .dialect import NAME, api, dollars, get, invalid, kind_of, missing, refusal, stamp


@api.on("POST", "/shipments/<identifier>/buy")
def buy(call: Call, identifier: str) -> Reply:
    """Pay for the label of a rate (`{"rate": {"id"}}`), with `insurance` in dollars when given."""
    shipment = get(call, "shipment", identifier)
    wanted = call.body.get("rate")
    rate = str(wanted.get("id") if isinstance(wanted, dict) else wanted or "")
    if not rate or rate == "None":
        raise missing("rate")
    _buy(call, shipment, rate, call.body.get("insurance"))
    return Reply(shipments.shown(call, shipment))


def buy_service(call: Call, shipment: Doc, service: str, insurance: Any) -> None:
    """The one-call buy: the cheapest rate with this service."""
    found = [rate for rate in shipment["rates"] if rate["service"] == service]
    if not found:
        said = [message["message"] for message in shipment["messages"]]
        raise refusal(422, "SHIPMENT.POSTAGE.FAILURE", f"No rate with service {service} was found.", said)
    _buy(call, shipment, min(found, key=lambda rate: float(rate["rate"]))["id"], insurance)


def _buy(call: Call, shipment: Doc, identifier: str, insurance: Any) -> None:
    if shipment["postage_label"]:
        raise refusal(422, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
    rate = next((one for one in shipment["rates"] if one["id"] == identifier), None)
    if rate is None:
        raise refusal(422, "SHIPMENT.MISSING_RATE", "The rate does not belong to this shipment.")
    if call.fault == "carrier_refuses":
        raise refusal(
            422, "SHIPMENT.POSTAGE.FAILURE", f"Unable to buy postage: {rate['carrier']} refused the request.", []
        )
    insured = _cents(insurance)
    offer, way = _offer(shipment, rate, insured)
    parcel = parcels.send(
        call.scope,
        NAME,
        offer,
        way,
        label=shipment["id"],
        reference=shipment["reference"] or "",
        printed=_printed(shipment),
    )
    _hand_over(call, shipment, rate, parcel)
    if insured:
        _insured(shipment, insured)
    ledger.bought(call.scope, parcel)
    store.save(call.scope, shipment["id"], shipment)


def _cents(amount: Any) -> int:
    if amount in (None, ""):
        return 0
    dollars_ = decimal(amount)
    if dollars_ is None or dollars_ <= 0:
        raise invalid("insurance", "must be an amount greater than 0")
    return round(dollars_ * 100)


def _offer(shipment: Doc, rate: Doc, insured: int) -> tuple[Offer, Journey]:
    """The offer behind the rate, at the rate's own price (it may have been made days ago)."""
    carrier = carrier_named(NAME, rate["carrier"])
    assert carrier is not None
    way = rates.journey(shipment, insured)
    offers, _ = rating.offers(way, [carrier.name])
    offer = next(one for one in offers if one.service.names[NAME][0] == rate["service"])
    return replace(offer, postage=round(float(rate["rate"]) * 100) - offer.signature), way


def _printed(shipment: Doc) -> list[str]:
    options = shipment["options"]
    said = [options.get(f"print_custom_{number}") for number in (1, 2, 3)] + [options.get("invoice_number")]
    return [str(one) for one in said if one]


def _hand_over(call: Call, shipment: Doc, rate: Doc, parcel: Doc) -> None:
    """What a shipment has once it is bought."""
    kind = shipments.FORMATS[str(shipment["options"].get("label_format") or "PNG").upper()]
    now = stamp(call.scope.now())
    shipment.update(
        tracking_code=parcel["number"],
        selected_rate=rate,
        postage_label=labels.label(call, parcel, kind),
        tracker=trackers.of_parcel(call.scope, parcel, shipment["id"])["id"],
        updated_at=now,
        fees=[_fee("LabelFee", 0), _fee("PostageFee", round(float(rate["rate"]) * 100))],
    )
    if parcel["carrier"] == USPS:
        _print_clean(call, shipment)
    if parcel["from"]["country"] != parcel["to"]["country"]:
        shipment["forms"].append(labels.form(call, shipment, "commercial_invoice"))


def _print_clean(call: Call, shipment: Doc) -> None:
    """The recipient's address comes back as the post writes it."""
    address = store.find(call.scope, kind_of("address"), shipment["to_address"]["id"])
    if address and not post.verify(addresses.place_of(address)).wrong:
        same = shipment["buyer_address"]["id"] == address["id"]
        shipment["to_address"] = addresses.verify(call, address)
        if same:
            shipment["buyer_address"] = shipment["to_address"]


def _fee(kind: str, cents: int) -> Doc:
    return {"object": "Fee", "type": kind, "amount": dollars(cents, 5), "charged": True, "refunded": False}


def _insured(shipment: Doc, cents: int) -> None:
    shipment["insurance"] = dollars(cents)
    shipment["fees"].append(_fee("InsuranceFee", rating.insurance(cents)))


@api.on("POST", "/shipments/<identifier>/insure")
def insure(call: Call, identifier: str) -> Reply:
    """Insure a bought shipment for `amount` dollars; once."""
    shipment = get(call, "shipment", identifier)
    if not shipment["postage_label"]:
        raise refusal(422, "SHIPMENT.INSURANCE.FAILURE", "The shipment must be purchased before it can be insured.")
    if shipment["insurance"]:
        raise refusal(422, "SHIPMENT.INSURANCE.FAILURE", "The shipment is already insured.")
    cents = _cents(call.body.get("amount"))
    if not cents:
        raise missing("amount")
    _insured(shipment, cents)
    parcel = parcels.by_label(call.scope, shipment["id"])
    assert parcel is not None
    effects.record(
        call.scope,
        "insurance",
        {"id": shipment["id"], "amount": rating.insurance(cents), "currency": ledger.CURRENCY},
        provider=NAME,
        reference=shipment["reference"] or "",
        tracking_number=parcel["number"],
    )
    store.save(call.scope, shipment["id"], shipment)
    return Reply(shipments.shown(call, shipment))
