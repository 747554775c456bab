"""Labels as they are answered, and the look-up after an unknown outcome."""

from app.sandbox.carriers import parcels, store
from app.sandbox.carriers.rating import Offer
from app.sandbox.carriers.scans import DELIVERED, FAILURE, NEVER_SCANNED, RETURNED
from app.sandbox.carriers.services import CARRIERS
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import account, files
from .dialect import NAME, api, get, kind_of, money, page, stamp

FILTERS = ("shipment_id", "tracking_number", "batch_id", "carrier_id", "service_code", "external_shipment_id")


def build(call: Call, shipment: Doc, parcel: Doc, offer: Offer, options: Doc) -> Doc:
    """A new label, not yet kept."""
    boxes = [
        {
            "package_id": store.number(call.scope), "package_code": box["package_code"], "weight": box["weight"],
            "dimensions": box["dimensions"] or {"unit": "inch", "length": 0.0, "width": 0.0, "height": 0.0},
            "insured_value": box["insured_value"], "tracking_number": parcel["number"],
            "label_messages": box["label_messages"], "external_package_id": box["external_package_id"],
            "sequence": box["sequence"],
        }
        for box in shipment["packages"]
    ]  # fmt: skip
    return {
        "label_id": parcel["label"],
        "status": "completed",
        "shipment_id": shipment["shipment_id"],
        "external_shipment_id": shipment["external_shipment_id"],
        "external_order_id": None,
        "ship_date": shipment["ship_date"],
        "created_at": stamp(call.scope.now()),
        "shipment_cost": money(offer.postage + offer.signature),
        "insurance_cost": money(offer.insurance),
        "tracking_number": parcel["number"],
        "is_return_label": parcel["is_return"],
        "rma_number": options["rma_number"],
        "is_international": parcel["from"]["country"] != parcel["to"]["country"],
        "batch_id": "",
        "carrier_id": account.carrier_id(call.scope.account, parcel["carrier"]),
        "carrier_code": CARRIERS[parcel["carrier"]].codes[NAME],
        "charge_event": options["charge_event"],
        "service_code": parcel["service"],
        "package_code": boxes[0]["package_code"],
        "voided": False,
        "voided_at": None,
        "label_format": options["label_format"],
        "label_layout": options["label_layout"],
        "display_scheme": options["display_scheme"],
        "trackable": True,
        "label_image_id": None,
        "outbound_label_id": options["outbound_label_id"],
        "form_download": None,
        "insurance_claim": None,
        "packages": boxes,
    }


def shown(call: Call, label: Doc, inline: bool = False) -> Doc:
    """The label as it is now: its parcel moves without it."""
    parcel = parcels.by_label(call.scope, label["label_id"])
    assert parcel is not None
    doc = {name: value for name, value in label.items() if not name.startswith("_")}
    doc["tracking_status"] = _tracking(parcel)
    doc["label_download"] = files.downloads(call, label, parcel, inline)
    if label["is_international"]:
        doc["form_download"] = {"href": files.address(call, label["label_id"], "form", "pdf"), "type": "customs"}
    if label["voided"]:
        doc["status"] = "voided"
    elif call.scope.now() < label["_ready_at"]:
        doc["status"] = "processing"
    return doc


def _tracking(parcel: Doc) -> str:
    if parcel["status"] in NEVER_SCANNED:
        return "unknown"
    return {DELIVERED: "delivered", FAILURE: "error", RETURNED: "error"}.get(parcel["status"], "in_transit")


@api.on("GET", "/labels/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One label; `label_download_type=inline` answers `data:` addresses."""
    return Reply(shown(call, get(call, "label", identifier), call.query.get("label_download_type") == "inline"))


@api.on("GET", "/labels/external_shipment_id/<external>")
def by_external(call: Call, external: str) -> Reply:
    """The label of the shipment under the caller's own id."""
    found = store.first(call.scope, kind_of("label"), external_shipment_id=external)
    return Reply(shown(call, found or get(call, "label", external)))


@api.on("GET", "/labels")
def search(call: Call) -> Reply:
    """Labels, newest first: `rate_id`, `shipment_id`, `tracking_number`, `label_status`, `created_at_start` and more."""
    found = [shown(call, one) for one in store.where(call.scope, kind_of("label")) if _wanted(call, one)]
    status = call.query.get("label_status")
    return page(call, "labels", [one for one in found if status in (None, one["status"])])


def _wanted(call: Call, label: Doc) -> bool:
    asked = call.query
    if "rate_id" in asked and label["_rate_id"] != asked["rate_id"]:
        return False
    if not asked.get("created_at_start", "") <= label["created_at"] <= asked.get("created_at_end", "9"):
        return False
    return all(label[name] == asked[name] for name in FILTERS if name in asked)
