"""Labels of bought shipments: in other formats, and the forms that go with them."""

from app.sandbox.carriers import parcels, store
from app.sandbox.carriers.label import MIME
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply

from . import files, shipments
from .dialect import api, get, invalid, new, refusal, stamp

FORM_TYPES = ("return_packing_slip", "commercial_invoice", "cn22")


def label(call: Call, parcel: Doc, kind: str) -> Doc:
    """The PostageLabel of a parcel."""
    now = stamp(call.scope.now())
    return {
        "object": "PostageLabel",
        "id": f"pl_{token()}",
        "created_at": now,
        "updated_at": now,
        "date_advance": 0,
        "integrated_form": "none",
        "label_date": now,
        "label_resolution": 203 if kind != "pdf" else 300,
        "label_size": "4x6",
        "label_type": "default",
        "label_file_type": MIME[kind],
        "label_url": files.label_url(call, parcel, kind),
        **{f"label_{one}_url": None for one in ("pdf", "zpl", "epl2")},
        "label_file": None,
    }


@api.on("GET", "/shipments/<identifier>/label")
def convert(call: Call, identifier: str) -> Reply:
    """The label in another format: `file_format` PNG, PDF or ZPL."""
    shipment = get(call, "shipment", identifier)
    postage, parcel = shipment["postage_label"], parcels.by_label(call.scope, identifier)
    if not postage or not parcel:
        raise refusal(422, "SHIPMENT.LABEL.MISSING", "The shipment has no label yet.")
    kind = shipments.FORMATS.get(str(call.query.get("file_format", "")).upper())
    if kind is None:
        raise invalid("file_format", f"must be one of {', '.join(shipments.FORMATS)}")
    url = files.label_url(call, parcel, kind)
    postage["label_url" if kind == "png" else f"label_{kind}_url"] = url
    store.save(call.scope, shipment["id"], shipment)
    return Reply(shipments.shown(call, shipment))


@api.on("POST", "/shipments/<identifier>/forms")
def add_form(call: Call, identifier: str) -> Reply:
    """A form for a bought shipment: `{"form": {"type"}}`."""
    shipment = get(call, "shipment", identifier)
    kind = str(call.members("form").get("type") or "")
    if kind not in FORM_TYPES:
        raise invalid("type", f"must be one of {', '.join(FORM_TYPES)}")
    if not shipment["postage_label"]:
        raise refusal(422, "SHIPMENT.FORM.FAILURE", "The shipment must be purchased before a form can be made.")
    shipment["forms"].append(form(call, shipment, kind))
    store.save(call.scope, shipment["id"], shipment)
    return Reply(shipments.shown(call, shipment), 201)


def form(call: Call, shipment: Doc, kind: str) -> Doc:
    """A form with the lines of the customs declaration."""
    made = new(call, "form", "Form", mode="test", form_type=kind)
    items = (shipment["customs_info"] or {}).get("customs_items") or []
    lines = [f"Shipment {shipment['id']}, tracking {shipment['tracking_code']}", ""]
    lines += [f"{one['quantity']} x {one['description']}, {one['value']} USD, {one['origin_country']}" for one in items]
    url = files.keep_form(call, made["id"], kind.replace("_", " ").capitalize(), lines)
    return {**made, "form_url": url, "submitted_electronically": None}
