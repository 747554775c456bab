"""Refunds of labels: submitted at once, decided by the carrier later."""

from app.sandbox.carriers import parcels, store, voids
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from . import events, shipments
from .dialect import api, get, given, kind_of, missing, new, page, refusal, stamp

STATUS = {
    voids.REQUESTED: "submitted", voids.REFUNDED: "refunded", voids.REJECTED: "rejected", voids.NOT_NEEDED: "not_applicable",
}  # fmt: skip


@api.on("POST", "/shipments/<identifier>/refund")
def refund_shipment(call: Call, identifier: str) -> Reply:
    """Ask for a shipment's postage back; a label that was scanned is answered with `rejected`."""
    shipment = get(call, "shipment", identifier)
    if not shipment["postage_label"]:
        raise refusal(422, "SHIPMENT.REFUND.UNAVAILABLE", "The shipment has no postage to refund.")
    _ask(call, shipment)
    return Reply(shipments.shown(call, get(call, "shipment", identifier)))


@api.on("POST", "/refunds")
def create(call: Call) -> Reply:
    """Ask for the postage of some tracking codes of a carrier back; answers a bare list."""
    wish = given(call, "refund")
    codes = wish.get("tracking_codes") or []
    for name in ("carrier", "tracking_codes"):
        if not wish.get(name):
            raise missing(name)
    found = [store.first(call.scope, kind_of("shipment"), tracking_code=str(code)) for code in codes]
    if None in found:
        raise refusal(422, "REFUND.NOT_FOUND", f"No shipment has the tracking code {codes[found.index(None)]}.")
    return Reply([_ask(call, shipment) for shipment in found if shipment], 201)


def _ask(call: Call, shipment: Doc) -> Doc:
    """The refund of a shipment, asked for now unless it was before."""
    parcel = parcels.by_label(call.scope, shipment["id"])
    assert parcel is not None
    known = store.first(call.scope, kind_of("refund"), shipment_id=shipment["id"])
    if known and known["status"] != "rejected":
        return known
    try:
        status = STATUS[voids.ask(call.scope, parcel)["void"]]
    except voids.Refused:
        status = "rejected"
    refund = known or new(
        call,
        "rfnd",
        "Refund",
        tracking_code=parcel["number"],
        confirmation_number=None,
        status=status,
        carrier=shipment["selected_rate"]["carrier"],
        shipment_id=shipment["id"],
    )
    refund["status"] = shipment["refund_status"] = status
    store.save(call.scope, shipment["id"], shipment)
    if known:
        return store.save(call.scope, refund["id"], refund)
    return store.add(call.scope, kind_of("refund"), refund["id"], refund)


def void_decided(scope: Scope, parcel: Doc) -> None:
    """The carrier has answered: shipment and refund say so, and `refund.successful` goes out."""
    refund = store.first(scope, kind_of("refund"), tracking_code=parcel["number"])
    shipment = store.first(scope, kind_of("shipment"), tracking_code=parcel["number"])
    assert refund is not None and shipment is not None
    refund["status"] = shipment["refund_status"] = STATUS[parcel["void"]]
    refund["updated_at"] = shipment["updated_at"] = stamp(scope.now())
    if parcel["void"] == voids.REFUNDED:
        shipment["fees"] = [{**fee, "refunded": fee["type"] == "PostageFee"} for fee in shipment["fees"]]
    store.save(scope, refund["id"], refund)
    store.save(scope, shipment["id"], shipment)
    if parcel["void"] == voids.REFUNDED:
        events.announce(scope, "refund.successful", refund, {"status": "submitted"})


@api.on("GET", "/refunds/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One refund."""
    return Reply(get(call, "refund", identifier))


@api.on("GET", "/refunds")
def search(call: Call) -> Reply:
    """Refunds, newest first."""
    return page(call, "refund", "refunds")[1]
