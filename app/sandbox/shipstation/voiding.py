"""Voids: answered with a 200 whether they are approved or not."""

from app.sandbox.carriers import parcels, store, voids
from app.sandbox.carriers.wire import Call, Reply

from . import shipments
from .dialect import api, get, stamp

REASONS = {
    "already_voided": ("label_already_voided", "This label has already been voided."),
    "used": ("label_already_used", "The label has been used: the carrier has scanned it."),
    "too_late": ("label_not_found_within_void_period", "The label can no longer be voided."),
}


@api.on("PUT", "/labels/<identifier>/void")
def void(call: Call, identifier: str) -> Reply:
    """Void a label; `approved` says whether it is void now."""
    label = get(call, "label", identifier)
    parcel = parcels.by_label(call.scope, identifier)
    assert parcel is not None
    try:
        voids.ask(call.scope, parcel, at_once=True)
    except voids.Refused as refused:
        code, message = REASONS[refused.reason]
        return Reply({"approved": False, "message": message, "reason_code": code})
    store.save(call.scope, identifier, {**label, "voided": True, "voided_at": stamp(call.scope.now())})
    shipments.change(call, get(call, "shipment", label["shipment_id"]), "pending")
    words = "Request for refund submitted. This label has been voided."
    return Reply({"approved": True, "message": words, "voided_label_ids": [identifier]})
