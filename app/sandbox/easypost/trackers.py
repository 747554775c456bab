"""Trackers: of our own parcels, of the EZ test codes (whole history at once), and of numbers nobody knows."""

import base64
from typing import Any

from app.sandbox.carriers import parcels, store
from app.sandbox.carriers.scans import SCANS
from app.sandbox.carriers.services import CARRIERS
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from . import events
from .dialect import NAME, api, created, get, given, kind_of, missing, page, stamp

DAY = 86400
TEST_CODES = {
    "EZ1000000001": ("label_created",),
    "EZ2000000002": ("label_created", "accepted", "in_transit"),
    "EZ3000000003": ("label_created", "accepted", "in_transit", "out_for_delivery"),
    "EZ4000000004": ("label_created", "accepted", "in_transit", "out_for_delivery", "delivered"),
    "EZ5000000005": ("label_created", "accepted", "in_transit", "returned"),
    "EZ6000000006": ("label_created", "accepted", "exception"),
    "EZ7000000007": (),
}
TEST_PLACE = {"city": "CHARLESTON", "state": "SC", "zip": "29401", "country": "US"}


def of_parcel(scope: Scope, parcel: Doc, shipment: str) -> Doc:
    """The tracker that comes with a label."""
    carrier = CARRIERS[parcel["carrier"]].codes[NAME]
    return _make(scope, parcel["number"], carrier, parcel["id"], shipment, parcel["is_return"])


def _make(scope: Scope, code: str, carrier: str, parcel: str = "", shipment: str = "", returns: bool = False) -> Doc:
    now = scope.now()
    tracker: Doc = {
        "id": f"trk_{token()}",
        "tracking_code": code,
        "carrier": carrier,
        "parcel": parcel,
        "shipment_id": shipment or None,
        "is_return": returns,
        "created": now,
        "updated": now,
        "scans": _test_scans(code, now),
    }
    store.add(scope, kind_of("tracker"), tracker["id"], tracker)
    events.announce(scope, "tracker.created", shown(scope, tracker))
    return tracker


def _test_scans(code: str, now: int) -> list[Doc]:
    steps = TEST_CODES.get(code.upper(), ())
    return [
        {
            **TEST_PLACE, "at": now - (len(steps) - place) * DAY, "status": SCANS[step].status,
            "detail": SCANS[step].detail, "text": SCANS[step].text,
        }
        for place, step in enumerate(steps)
    ]  # fmt: skip


def shown(scope: Scope, tracker: Doc) -> Doc:
    """The tracker as it is answered."""
    parcel = store.find(scope, parcels.KIND, tracker["parcel"]) if tracker["parcel"] else None
    scans = parcel["scans"] if parcel else tracker["scans"]
    last = scans[-1] if scans else {"status": "unknown", "detail": "unknown"}
    voided = bool(parcel and parcel["void"] not in ("", "rejected"))
    status = "cancelled" if voided else last["status"]
    expected = parcel["plan"]["delivered"] if parcel else tracker["created"]
    return {
        "id": tracker["id"],
        "object": "Tracker",
        "mode": "test",
        "tracking_code": tracker["tracking_code"],
        "status": status,
        "status_detail": last["detail"],
        "created_at": stamp(tracker["created"]),
        "updated_at": stamp(tracker["updated"]),
        "signed_by": "John Tester" if status == "delivered" else None,
        "weight": parcel["ounces"] if parcel else None,
        "est_delivery_date": stamp(expected) if scans else None,
        "shipment_id": tracker["shipment_id"],
        "carrier": tracker["carrier"],
        "tracking_details": [_detail(scan, tracker["carrier"]) for scan in scans],
        "carrier_detail": _carrier_detail(parcel, tracker) if scans else None,
        "delivery_evidence": [],
        "fees": [],
        "finalized": status in ("delivered", "return_to_sender", "cancelled") or bool(tracker["scans"]),
        "is_return": tracker["is_return"],
        "public_url": f"https://track.easypost.com/{_public(tracker['id'])}",
    }


def _public(identifier: str) -> str:
    return base64.b64encode(f"v1:{identifier}".encode()).decode()


def _detail(scan: Doc, carrier: str) -> Doc:
    return {
        "object": "TrackingDetail",
        "message": scan["text"],
        "description": "",
        "status": scan["status"],
        "status_detail": scan["detail"],
        "datetime": stamp(scan["at"]),
        "source": carrier,
        "carrier_code": "",
        "tracking_location": _location(scan),
        "est_delivery_date": None,
    }


def _location(place: Doc) -> Doc:
    parts = {name: place[name] or None for name in ("city", "state", "country", "zip")}
    return {"object": "TrackingLocation", **parts}


def _carrier_detail(parcel: Doc | None, tracker: Doc) -> Doc:
    origin, destination = (parcel["from"], parcel["to"]) if parcel else (TEST_PLACE, TEST_PLACE)
    return {
        "object": "CarrierDetail",
        "service": parcel["service_name"] if parcel else "First-Class Package Service",
        **dict.fromkeys(("container_type", "est_delivery_date_local", "est_delivery_time_local")),
        "origin_location": f"{origin['city']} {origin['state']}, {origin['zip']}",
        "origin_tracking_location": _location(origin),
        "destination_location": f"{destination['city']} {destination['state']}, {destination['zip']}",
        "destination_tracking_location": None,
        **dict.fromkeys(("guaranteed_delivery_date", "alternate_identifier", "initial_delivery_attempt")),
    }


def parcel_moved(scope: Scope, parcel: Doc, before: str) -> None:
    """A parcel got a scan: whoever listens hears `tracker.updated` from every tracker of it."""
    for tracker in store.where(scope, kind_of("tracker"), parcel=parcel["id"]):
        tracker["updated"] = scope.now()
        store.save(scope, tracker["id"], tracker)
        events.announce(scope, "tracker.updated", shown(scope, tracker), {"status": before})


def _follow(call: Call, wish: Doc) -> tuple[Doc, bool]:
    """The tracker of a code, and whether it is new: the same code and carrier have one."""
    code = str(wish.get("tracking_code") or "").strip()
    if not code:
        raise missing("tracking_code")
    parcel = parcels.by_number(call.scope, code)
    carrier = str(wish.get("carrier") or (CARRIERS[parcel["carrier"]].codes[NAME] if parcel else "USPS"))
    known = store.first(call.scope, kind_of("tracker"), tracking_code=code, carrier=carrier)
    if known:
        return known, False
    tracker = _make(call.scope, code, carrier, parcel["id"] if parcel else "")
    if tracker["scans"]:
        events.announce(call.scope, "tracker.updated", shown(call.scope, tracker), {"status": "unknown"})
    return tracker, True


@api.on("POST", "/trackers")
def create(call: Call) -> Reply:
    """Follow a tracking code: 201 for a new tracker, 200 for one that existed."""
    tracker, is_new = _follow(call, given(call, "tracker"))
    return created(shown(call.scope, tracker), "trackers", 201 if is_new else 200)


@api.on("POST", "/trackers/batch")
def retrieve_batch(call: Call) -> Reply:
    """The known trackers of `tracking_codes`."""
    codes: list[Any] = call.body.get("tracking_codes") or []
    found = [store.first(call.scope, kind_of("tracker"), tracking_code=str(code)) for code in codes]
    return Reply({"trackers": [shown(call.scope, one) for one in found if one], "has_more": False})


@api.on("GET", "/trackers/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One tracker."""
    return Reply(shown(call.scope, get(call, "tracker", identifier)))


@api.on("DELETE", "/trackers/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Follow a code no longer."""
    store.remove(call.scope, get(call, "tracker", identifier)["id"])
    return Reply({"success": True})


@api.on("GET", "/trackers")
def search(call: Call) -> Reply:
    """Trackers, newest first; `tracking_code` narrows it."""
    found, reply = page(call, "tracker", "trackers")
    code = call.query.get("tracking_code")
    kept = [one for one in found if code in (None, one["tracking_code"])]
    return Reply({**reply.body, "trackers": [shown(call.scope, one) for one in kept]})
