"""Shipments: what is to be sent, found again under the caller's own `external_shipment_id`."""

from typing import Any

from app.sandbox.carriers import store
from app.sandbox.carriers.rating import Journey
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Refusal, Reply

from . import account, packages, places
from .dialect import api, business, choice, get, kind_of, number, page, refusal, required, stamp

LONGEST_EXTERNAL = 50
CONFIRMATIONS = {
    "none": "", "delivery": "", "signature": "standard", "adult_signature": "adult", "direct_signature": "standard",
    "delivery_mailed": "", "verbal_confirmation": "",
}  # fmt: skip
INSURERS = ("none", "shipsurance", "carrier", "third_party")
CHECKS = ("no_validation", "validate_only", "validate_and_clean")
CONTENTS = ("merchandise", "documents", "gift", "returned_goods", "sample", "other")
EMPTY = (
    "requested_shipment_service", "shipping_rule_id", "external_order_id", "hold_until_date", "ship_by_date",
    "retail_rate", "store_id", "notes_from_buyer", "notes_for_gift", "assigned_user", "amount_paid", "shipping_paid",
    "tax_paid", "zone", "shipment_number", "warehouse_id", "order_source_code", "comparison_rate_type",
)  # fmt: skip


def make(call: Call, wish: Any, check: str = "") -> Doc:
    """A shipment, kept with the state pending. Raises 400; `check` overrides its own `validate_address`."""
    if not isinstance(wish, dict) or not wish:
        raise required("shipment")
    doc = _build(call, wish)
    how = check or choice(wish, "validate_address", CHECKS, "no_validation")
    wrong = places.validate(doc["ship_to"], how == "validate_and_clean") if how != "no_validation" else []
    if wrong:
        raise refusal(400, *wrong)
    return store.add(call.scope, kind_of("shipment"), doc["shipment_id"], doc)


def _build(call: Call, wish: Doc) -> Doc:
    external = _external(call, wish)
    if not wish.get("packages"):
        raise required("shipment.packages")
    if wish.get("carrier_id"):
        account.carrier_of(call, wish["carrier_id"])
    sender = places.make(wish.get("ship_from"), "ship_from")
    recipient = places.make(wish.get("ship_to"), "ship_to")
    boxes = [packages.make(one, place) for place, one in enumerate(wish["packages"])]
    now = stamp(call.scope.now())
    return {
        "shipment_id": number(call),
        "carrier_id": wish.get("carrier_id"),
        "service_code": wish.get("service_code"),
        **dict.fromkeys(EMPTY),
        "items": wish.get("items") or [],
        "is_gift": False,
        "display_scheme": "label",
        "tax_identifiers": wish.get("tax_identifiers") or [],
        "external_shipment_id": external,
        "ship_date": str(wish.get("ship_date") or now)[:10] + "T00:00:00Z",
        "created_at": now,
        "modified_at": now,
        "shipment_status": "pending",
        "ship_to": recipient,
        "ship_from": sender,
        "return_to": places.make(wish["return_to"], "return_to") if wish.get("return_to") else sender,
        "is_return": wish.get("is_return") is True,
        "confirmation": choice(wish, "confirmation", tuple(CONFIRMATIONS), "none"),
        "customs": _customs(wish.get("customs")),
        "advanced_options": wish.get("advanced_options") or {},
        "insurance_provider": choice(wish, "insurance_provider", INSURERS, "none"),
        "tags": wish.get("tags") or [],
        "packages": boxes,
        "total_weight": {"value": packages.ounces(boxes), "unit": "ounce"},
    }


def _external(call: Call, wish: Doc) -> str | None:
    """The caller's own id, silently cut, as ShipStation does; unique."""
    external = str(wish.get("external_shipment_id") or "")[:LONGEST_EXTERNAL] or None
    if external and store.first(call.scope, kind_of("shipment"), external_shipment_id=external):
        words = f"A shipment with external_shipment_id '{external}' already exists."
        raise business("identifier_conflict", words)
    return external


def _customs(wish: Any) -> Doc | None:
    if not wish:
        return None
    choice(wish, "contents", CONTENTS, "merchandise")
    choice(wish, "non_delivery", ("return_to_sender", "treat_as_abandoned"), "return_to_sender")
    if wish.get("contents") == "other" and not wish.get("contents_explanation"):
        raise required("customs.contents_explanation")
    return dict(wish)


def journey(shipment: Doc) -> Journey:
    """The shipment in rating's words; several packages count as their sum."""
    boxes = shipment["packages"]
    insured = sum(box["insured_value"]["amount"] for box in boxes) if shipment["insurance_provider"] != "none" else 0
    return Journey(
        origin=places.place_of(shipment["ship_from"]),
        destination=places.place_of(shipment["ship_to"]),
        ounces=packages.ounces(boxes),
        inches=packages.inches(boxes[0]),
        signature=CONFIRMATIONS[shipment["confirmation"]],
        insured=round(insured * 100),
        customs=packages.rated(boxes, shipment["customs"]),
        is_return=shipment["is_return"],
    )


@api.on("POST", "/shipments")
def create(call: Call) -> Reply:
    """New shipments; what is wrong with one stands in its `errors`, and the others are made."""
    wishes = call.body.get("shipments")
    if not isinstance(wishes, list) or not wishes:
        raise required("shipments")
    made = [_one(call, wish) for wish in wishes]
    return Reply({"has_errors": any(one["errors"] for one in made), "shipments": made})


def _one(call: Call, wish: Any) -> Doc:
    try:
        return {**make(call, wish), "errors": []}
    except Refusal as error:
        return {**(wish if isinstance(wish, dict) else {}), "shipment_id": None, "errors": error.reply.body["errors"]}


@api.on("GET", "/shipments")
def search(call: Call) -> Reply:
    """Shipments, newest first; `shipment_status` narrows it."""
    status = call.query.get("shipment_status")
    found = store.where(call.scope, kind_of("shipment"))
    return page(call, "shipments", [one for one in found if status in (None, one["shipment_status"])])


@api.on("GET", "/shipments/external_shipment_id/<external>")
def by_external(call: Call, external: str) -> Reply:
    """The shipment under the caller's own id."""
    found = store.first(call.scope, kind_of("shipment"), external_shipment_id=external)
    return Reply(found or get(call, "shipment", external))


@api.on("GET", "/shipments/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One shipment."""
    return Reply(get(call, "shipment", identifier))


@api.on("PUT", "/shipments/<identifier>/cancel")
def cancel(call: Call, identifier: str) -> Reply:
    """Give a shipment up; one with a label cannot be."""
    shipment = get(call, "shipment", identifier)
    if shipment["shipment_status"] == "label_purchased":
        raise business("invalid_status", "A shipment with a label cannot be cancelled; void the label first.")
    change(call, shipment, "cancelled")
    return Reply(None, 204)


def change(call: Call, shipment: Doc, status: str) -> None:
    """Put a shipment into another state."""
    now = stamp(call.scope.now())
    store.save(call.scope, shipment["shipment_id"], {**shipment, "shipment_status": status, "modified_at": now})
