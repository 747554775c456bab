"""Buying labels: from an inline shipment, from a rate, from a kept shipment, and for the way back."""

from dataclasses import replace
from typing import Any

from app.sandbox.carriers import ledger, parcels, rating, store
from app.sandbox.carriers.rating import Journey, Offer
from app.sandbox.carriers.services import CARRIERS, service_named
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import labels, rates, shipments
from .dialect import NAME, api, business, choice, get, kind_of, number, problem, refusal, required

FORMATS, LAYOUTS, DOWNLOADS = ("pdf", "png", "zpl"), ("4x6", "letter"), ("url", "inline")
SCHEMES = ("label", "qr_code", "label_and_qr_code", "paperless", "label_and_paperless")
CHARGES = ("carrier_default", "on_creation", "on_carrier_acceptance")


@api.on("POST", "/labels")
def create(call: Call) -> Reply:
    """A label for an inline shipment with a `service_code`."""
    options = _options(call.body)
    check = choice(call.body, "validate_address", shipments.CHECKS, "no_validation")
    wish = dict(call.members("shipment"))
    if not wish.get("service_code"):
        raise required("shipment.service_code")
    returns = call.body.get("is_return_label") is True
    shipment = shipments.make(call, {**wish, "is_return": returns or wish.get("is_return")}, check)
    return _bought(call, shipment, _offer(call, shipment, wish["service_code"]), options, "")


@api.on("POST", "/labels/rates/<identifier>")
def create_from_rate(call: Call, identifier: str) -> Reply:
    """A label for a rate, at the rate's price."""
    options = _options(call.body)
    rate = get(call, "rate", identifier)
    shipment = get(call, "shipment", rate["shipment_id"])
    offer, way = _offer(call, shipment, rate["service_code"])
    parts = ("shipping_amount", "other_amount")
    postage = round(sum(rate[part]["amount"] for part in parts) * 100)
    return _bought(call, shipment, (replace(offer, postage=postage), way), options, identifier)


@api.on("POST", "/labels/shipment/<identifier>")
def create_from_shipment(call: Call, identifier: str) -> Reply:
    """A label for a kept shipment with a `service_code`."""
    options = _options(call.body)
    shipment = get(call, "shipment", identifier)
    if not shipment["service_code"]:
        raise required("service_code")
    return _bought(call, shipment, _offer(call, shipment, shipment["service_code"]), options, "")


@api.on("POST", "/labels/<identifier>/return")
def create_return(call: Call, identifier: str) -> Reply:
    """A label for the way back."""
    options = _options(call.body)
    outbound = get(call, "label", identifier)
    sent = get(call, "shipment", outbound["shipment_id"])
    wish = {
        **sent, "ship_to": sent["ship_from"], "ship_from": sent["ship_to"], "return_to": None, "is_return": True,
        "external_shipment_id": None, "service_code": outbound["service_code"],
    }  # fmt: skip
    shipment = shipments.make(call, wish)
    offer = _offer(call, shipment, outbound["service_code"])
    return _bought(call, shipment, offer, {**options, "outbound_label_id": identifier}, "")


def _options(wish: Any) -> Doc:
    return {
        "label_format": choice(wish, "label_format", FORMATS, "pdf"),
        "label_layout": choice(wish, "label_layout", LAYOUTS, "4x6"),
        "label_download_type": choice(wish, "label_download_type", DOWNLOADS, "url"),
        "display_scheme": choice(wish, "display_scheme", SCHEMES, "label"),
        "charge_event": choice(wish, "charge_event", CHARGES, "carrier_default"),
        "rma_number": wish.get("rma_number"),
        "outbound_label_id": wish.get("outbound_label_id"),
    }


def _offer(call: Call, shipment: Doc, code: str) -> tuple[Offer, Journey]:
    """The price of a service for a shipment. Raises 400 with the carrier's words."""
    service = service_named(NAME, code)
    if service is None:
        raise business("invalid_field_value", f"Unknown service_code '{code}'.")
    way = shipments.journey(shipment)
    offers, complaints = rating.offers(way, [service.carrier])
    if complaints:
        raise refusal(400, *(rates.complaint_of(call, one) for one in complaints))
    found = [one for one in offers if one.service is service]
    if not found:
        raise business("no_rates_returned", f"{code} is not offered for this shipment.")
    return found[0], way


def _bought(call: Call, shipment: Doc, priced: tuple[Offer, Journey], options: Doc, rate: str) -> Reply:
    offer, way = priced
    if shipment["shipment_status"] == "cancelled":
        raise business("invalid_status", "The shipment was cancelled.")
    if call.fault == "carrier_refuses":
        code = CARRIERS[offer.service.carrier].codes[NAME]
        raise refusal(400, problem("business_rules", "unspecified", f"{code} refused the shipment.", "carrier"))
    identifier = number(call)
    messages = shipment["packages"][0]["label_messages"]
    parcel = parcels.send(
        call.scope,
        NAME,
        offer,
        way,
        label=identifier,
        reference=shipment["external_shipment_id"] or messages["reference1"] or "",
        printed=[text for text in messages.values() if text],
    )
    label = labels.build(call, shipment, parcel, offer, options)
    hidden = {"_rate_id": rate, "_ready_at": _ready(call, parcel)}
    store.add(call.scope, kind_of("label"), identifier, {**label, **hidden})
    shipments.change(call, shipment, "label_purchased")
    ledger.bought(call.scope, parcel)
    return Reply(labels.shown(call, {**label, **hidden}, options["label_download_type"] == "inline"))


def _ready(call: Call, parcel: Doc) -> int:
    """When a label is completed: at once, but for a carrier that takes a moment."""
    slow = CARRIERS[parcel["carrier"]].billed_on_scan
    return call.scope.now() + (1 if slow else 0)
