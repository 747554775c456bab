"""Tracking: two-letter states, newest scan first, local times beside UTC."""

from datetime import UTC, datetime, timedelta

from app.sandbox.carriers import accounts, parcels
from app.sandbox.carriers.services import CARRIERS, carrier_named
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from . import account, hooks
from .dialect import NAME, PREFIX, api, get, invalid, required

LOCAL = timedelta(hours=-6)  # the carrier writes its own time of day
STATES = {
    "unknown": ("NY", "Not Yet In System", None),
    "pre_transit": ("AC", "Accepted", "LABEL_CREATED"),
    "in_transit": ("IT", "In Transit", "IN_TRANSIT"),
    "out_for_delivery": ("IT", "In Transit", "OUT_FOR_DELIVERY"),
    "available_for_pickup": ("SP", "Delivered To Collection Location", "AVAILABLE_FOR_PICKUP"),
    "delivered": ("DE", "Delivered", "DELIVERED"),
    "failure": ("AT", "Delivery Attempt", "DELIVERY_ATTEMPTED"),
    "return_to_sender": ("EX", "Exception", "RETURN_TO_SENDER"),
}
WEBSITES = {
    "USPS": "https://tools.usps.com/go/TrackConfirmAction.action?tLabels=",
    "UPS": "https://www.ups.com/track?tracknum=",
    "DHLExpress": "https://www.dhl.com/en/express/tracking.html?AWB=",
}


def utc(seconds: int) -> str:
    """A moment without fractions."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def track_of(scope: Scope, parcel: Doc) -> Doc:
    """Where a parcel is."""
    code, words, detail = STATES[parcel["status"]]
    scans = parcel["scans"]
    last = scans[-1] if scans else None
    carrier = CARRIERS[parcel["carrier"]]
    taken = next((scan["at"] for scan in scans if scan["status"] == "in_transit"), None)
    delivered = next((scan["at"] for scan in scans if scan["status"] == "delivered"), None)
    return {
        "tracking_number": parcel["number"],
        "tracking_url": WEBSITES[carrier.name] + parcel["number"],
        "status_code": code,
        "status_detail_code": detail,
        "status_detail_description": last["text"] if last else None,
        "carrier_code": carrier.codes[NAME],
        "carrier_id": int(account.carrier_id(scope.account, carrier.name)[3:]),
        "carrier_detail_code": None,
        "status_description": words,
        "carrier_status_code": last["step"] if last else "",
        "carrier_status_description": last["text"] if last else "",
        "ship_date": utc(taken) if taken else None,
        "estimated_delivery_date": utc(parcel["plan"]["delivered"]),
        "actual_delivery_date": utc(delivered) if delivered else None,
        "exception_description": last["text"] if last and code in ("AT", "EX") else None,
        "events": [_event(scan, carrier.name) for scan in reversed(scans)],
    }


def _event(scan: Doc, carrier: str) -> Doc:
    code, words, detail = STATES[scan["status"]]
    local = datetime.fromtimestamp(scan["at"], UTC) + LOCAL
    return {
        "occurred_at": utc(scan["at"]),
        "carrier_occurred_at": local.strftime("%Y-%m-%dT%H:%M:%S"),
        "description": scan["text"],
        "city_locality": scan["city"],
        "state_province": scan["state"],
        "postal_code": scan["zip"],
        "country_code": scan["country"],
        "company_name": carrier,
        "signer": "",
        "event_code": scan["step"][:2].upper(),
        "carrier_detail_code": None,
        "status_code": code,
        "status_detail_code": detail,
        "status_description": words,
        "status_detail_description": scan["text"],
        "carrier_status_code": scan["step"],
        "carrier_status_description": scan["text"],
        "latitude": None,
        "longitude": None,
        "proof_of_delivery_url": None,
    }


@api.on("GET", "/labels/<identifier>/track")
def track_label(call: Call, identifier: str) -> Reply:
    """Where a label's parcel is."""
    get(call, "label", identifier)
    parcel = parcels.by_label(call.scope, identifier)
    assert parcel is not None
    return Reply(track_of(call.scope, parcel))


@api.on("GET", "/tracking")
def track_number(call: Call) -> Reply:
    """Where a parcel is, by `carrier_code` and `tracking_number`; an unknown one is not yet in the system."""
    for name in ("carrier_code", "tracking_number"):
        if not call.query.get(name):
            raise required(name)
    code, number = call.query["carrier_code"], call.query["tracking_number"]
    carrier = carrier_named(NAME, code)
    if carrier is None:
        raise invalid("carrier_code", f"Unknown carrier_code '{code}'.", code)
    parcel = parcels.by_number(call.scope, number)
    if parcel and parcel["carrier"] == carrier.name:
        return Reply(track_of(call.scope, parcel))
    nobody = {"carrier": carrier.name, "number": number, "status": "unknown", "scans": [], "plan": {"delivered": 0}}
    return Reply({**track_of(call.scope, nobody), "estimated_delivery_date": None})


def parcel_moved(scope: Scope, parcel: Doc, before: str) -> None:
    """A parcel got a scan: it is told under each event's own name."""
    here = accounts.base_of(scope, NAME) + PREFIX
    track = track_of(scope, parcel)
    label = f"{here}/labels/{parcel['label']}/track"
    number = f"{here}/tracking?carrier_code={track['carrier_code']}&tracking_number={parcel['number']}"
    hooks.announce(scope, "track_event_v2", {"resource_url": label, "resource_type": "TRACK_EVENT_V2", "data": track})
    hooks.announce(scope, "track", {"resource_url": number, "resource_type": "API_TRACK", "data": track})
