"""Shipments: made from addresses, a parcel and options; they carry rates until one is bought."""

from typing import Any

from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply

from . import addresses, contents, rates, trackers
from .dialect import api, get, invalid, missing, page, stamp

FORMATS = {"PNG": "png", "PDF": "pdf", "ZPL": "zpl"}
CONFIRMATIONS = ("NO_SIGNATURE", "SIGNATURE", "ADULT_SIGNATURE", "INDIRECT_SIGNATURE")


def build(call: Call, wish: Doc) -> Doc:
    """The shipment as it is answered, not yet kept. Raises 404 or 422."""
    for name in ("to_address", "from_address", "parcel"):
        if not isinstance(wish.get(name), dict) or not wish[name]:
            raise missing(name)
    sender = addresses.make(call, wish["from_address"], "from_address")
    recipient = addresses.make(call, wish["to_address"], "to_address")
    now = stamp(call.scope.now())
    shipment: Doc = {
        "id": f"shp_{token()}",
        "created_at": now,
        "is_return": wish.get("is_return") is True,
        "messages": [],
        "mode": "test",
        "options": _options(wish.get("options") or {}),
        "reference": wish.get("reference") or None,
        "status": "unknown",
        "tracking_code": None,
        "updated_at": now,
        **dict.fromkeys(("batch_id", "batch_status", "batch_message")),
        "customs_info": contents.make_customs(call, wish.get("customs_info")),
        "from_address": sender,
        "insurance": None,
        "order_id": None,
        "parcel": contents.make_parcel(call, wish["parcel"]),
        "postage_label": None,
        "rates": [],
        **dict.fromkeys(("refund_status", "scan_form", "selected_rate", "tracker")),
        "to_address": recipient,
        "usps_zone": None,
        "return_address": addresses.make(call, wish["return_address"]) if wish.get("return_address") else sender,
        "buyer_address": addresses.make(call, wish["buyer_address"]) if wish.get("buyer_address") else recipient,
        "forms": [],
        "fees": [],
        "object": "Shipment",
    }
    if wish.get("tax_identifiers"):
        shipment["tax_identifiers"] = wish["tax_identifiers"]
    if shipment["is_return"]:
        _turn(shipment)
    rates.rate(call, shipment, wish.get("carrier_accounts") or [])
    return shipment


def _turn(shipment: Doc) -> None:
    """A return goes from the buyer to the sender: EasyPost swaps the addresses itself."""
    shipment["from_address"], shipment["to_address"] = shipment["to_address"], shipment["from_address"]


def _options(given: Any) -> Doc:
    if not isinstance(given, dict):
        raise invalid("options", "must be an object")
    if given.get("label_format") and str(given["label_format"]).upper() not in FORMATS:
        raise invalid("label_format", f"must be one of {', '.join(FORMATS)}")
    if given.get("delivery_confirmation") and given["delivery_confirmation"] not in CONFIRMATIONS:
        raise invalid("delivery_confirmation", f"must be one of {', '.join(CONFIRMATIONS)}")
    return {**given, "currency": "USD", "payment": {"type": "SENDER"}, "date_advance": given.get("date_advance", 0)}


def shown(call: Call, shipment: Doc) -> Doc:
    """The shipment as it is now: its tracker and its status move without it."""
    if not shipment["tracker"]:
        return shipment
    tracker = trackers.shown(call.scope, get(call, "tracker", shipment["tracker"]))
    whole = {**shipment, "tracker": tracker, "status": tracker["status"]}
    if whole["scan_form"]:
        whole["scan_form"] = get(call, "scan_form", whole["scan_form"])
    return whole


@api.on("GET", "/shipments/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One shipment."""
    return Reply(shown(call, get(call, "shipment", identifier)))


@api.on("GET", "/shipments")
def search(call: Call) -> Reply:
    """Shipments, newest first; `purchased` false lists also those without a label."""
    found, reply = page(call, "shipment", "shipments")
    only = call.query.get("purchased", "true").lower() != "false"
    shipments = [shown(call, one) for one in found if one["postage_label"] or not only]
    return Reply({**reply.body, "shipments": shipments})
