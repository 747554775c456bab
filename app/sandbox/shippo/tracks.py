"""Tracks: where parcels are; each registration of a number brings a letter of its own per scan."""

from app.sandbox.carriers import parcels, store
from app.sandbox.carriers.scans import SCANS
from app.sandbox.carriers.services import CARRIERS, carrier_named
from app.sandbox.carriers.store import Doc, token
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from . import hooks
from .dialect import NAME, REQUIRED, api, fields, kind_of, metadata, stamp

DAY = 86400
STATUS = {
    "unknown": "UNKNOWN", "pre_transit": "PRE_TRANSIT", "in_transit": "TRANSIT", "out_for_delivery": "TRANSIT",
    "available_for_pickup": "TRANSIT", "delivered": "DELIVERED", "return_to_sender": "RETURNED", "failure": "FAILURE",
}  # fmt: skip
SUBSTATUS = {
    "label_created": ("information_received", False),
    "accepted": ("package_accepted", False),
    "in_transit": ("package_departed", False),
    "out_for_delivery": ("out_for_delivery", False),
    "available_for_pickup": ("pickup_available", True),
    "delivered": ("delivered", False),
    "exception": ("delivery_attempted", True),
    "returned": ("return_to_sender", False),
}
TEST_NUMBERS = {
    "SHIPPO_PRE_TRANSIT": ("label_created",),
    "SHIPPO_TRANSIT": ("label_created", "accepted"),
    "SHIPPO_DELIVERED": ("label_created", "accepted", "out_for_delivery", "delivered"),
    "SHIPPO_RETURNED": ("label_created", "accepted", "returned"),
    "SHIPPO_FAILURE": ("label_created", "accepted", "exception"),
    "SHIPPO_UNKNOWN": (),
}
TEST_ENDS = ({"city": "San Francisco", "state": "CA", "zip": "94103", "country": "US"},
             {"city": "Chicago", "state": "IL", "zip": "60611", "country": "US"})  # fmt: skip


def follow(scope: Scope, carrier: str, number: str, said: str) -> None:
    """Register a number: from now on every scan is told once more."""
    store.add(scope, kind_of("registration"), token(), {"carrier": carrier, "number": number, "metadata": said})


@api.on("POST", "/tracks")
def create(call: Call) -> Reply:
    """Register a number of a carrier; a number nobody knows is answered all the same, with no status."""
    for name in ("carrier", "tracking_number"):
        if not call.body.get(name):
            raise fields(**{name: REQUIRED})
    carrier, number = _known(str(call.body["carrier"])), str(call.body["tracking_number"])
    said = metadata(call.body)
    follow(call.scope, carrier, number, said)
    track = track_of(call.scope, carrier, number, said)
    if number in TEST_NUMBERS:
        hooks.announce(call.scope, "track_updated", track, carrier=carrier, metadata=said)
    return Reply(track, 201)


@api.on("GET", "/tracks/<carrier>/<number>")
def retrieve(call: Call, carrier: str, number: str) -> Reply:
    """Where a parcel is."""
    registration = store.first(call.scope, kind_of("registration"), number=number)
    said = registration["metadata"] if registration else ""
    return Reply(track_of(call.scope, _known(carrier), number, said))


def _known(carrier: str) -> str:
    if carrier != NAME and carrier_named(NAME, carrier) is None:
        raise fields(carrier=f"Invalid value specified for provider '{carrier}'")
    return carrier


def track_of(scope: Scope, carrier: str, number: str, said: str) -> Doc:
    """A Track: of a parcel of ours, of a test number (carrier `shippo`), or of nothing known."""
    parcel = parcels.by_number(scope, number)
    if parcel and CARRIERS[parcel["carrier"]].codes[NAME] == carrier:
        scans, sender, recipient = parcel["scans"], parcel["from"], parcel["to"]
    elif carrier == NAME and number in TEST_NUMBERS:
        parcel, scans, (sender, recipient) = None, _test_scans(scope, number), TEST_ENDS
    else:
        parcel, scans, sender, recipient = None, [], None, None
    history = [_status(scan) for scan in scans]
    eta = stamp(parcel["plan"]["delivered"]) if parcel else None
    return {
        "carrier": carrier,
        "tracking_number": number,
        "address_from": _location(sender) if sender else None,
        "address_to": _location(recipient) if recipient else None,
        "eta": eta,
        "original_eta": eta,
        "servicelevel": {
            "token": parcel["service"] if parcel else None,
            "name": parcel["service_name"] if parcel else None,
        },
        "metadata": said,
        "tracking_status": history[-1] if history else None,
        "tracking_history": history,
        "transaction": parcel["label"] if parcel else None,
        "messages": [],
        "test": True,
    }


def _test_scans(scope: Scope, number: str) -> list[Doc]:
    steps = TEST_NUMBERS[number]
    return [
        {
            **TEST_ENDS[1 if SCANS[step].place == "to" else 0], "key": f"{number.lower().replace('_', '')}{place:015d}",
            "step": step, "status": SCANS[step].status, "text": SCANS[step].text,
            "at": scope.now() - (len(steps) - place) * DAY,
        }
        for place, step in enumerate(steps)
    ]  # fmt: skip


def _status(scan: Doc) -> Doc:
    code, action = SUBSTATUS[scan["step"]]
    return {
        "object_created": stamp(scan["at"]),
        "object_updated": stamp(scan["at"]),
        "object_id": scan["key"],
        "status": STATUS[scan["status"]],
        "status_details": scan["text"],
        "status_date": stamp(scan["at"]).replace(".000Z", "Z"),
        "substatus": {"code": code, "text": scan["text"], "action_required": action},
        "location": _location(scan),
    }


def _location(place: Doc) -> Doc:
    return {name: place[name] for name in ("city", "state", "zip", "country")}


def parcel_moved(scope: Scope, parcel: Doc, before: str) -> None:
    """A parcel got a scan: one letter per registration of its number."""
    for registration in store.where(scope, kind_of("registration"), number=parcel["number"]):
        carrier, said = registration["carrier"], registration["metadata"]
        track = track_of(scope, carrier, parcel["number"], said)
        hooks.announce(scope, "track_updated", track, carrier=carrier, metadata=said)
