"""SCAN forms: one paper for all USPS parcels of a day and a sender."""

from app.sandbox.carriers import ledger, parcels, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import events, files
from .dialect import NAME, api, get, given, kind_of, missing, new, page, refusal

FAILURE = "UNABLE_TO_CREATE_SCAN_FORM"


@api.on("POST", "/scan_forms")
def create(call: Call) -> Reply:
    """A SCAN form of shipments (`shipment` or `shipments`: a list of `{"id"}`); each may be on one only."""
    wish = given(call, "scan_form")
    named = wish.get("shipments") or wish.get("shipment") or []
    if not named:
        raise missing("shipments")
    found = [get(call, "shipment", one.get("id") if isinstance(one, dict) else one) for one in named]
    _check(call, found)
    numbers = [shipment["tracking_code"] for shipment in found]
    form = new(
        call,
        "sf",
        "ScanForm",
        tracking_codes=numbers,
        address=found[0]["from_address"],
        status="created",
        message=None,
        form_url=None,
        form_file_type=None,
        batch_id=None,
        confirmation=None,
    )
    form["form_url"] = files.keep_form(call, form["id"], "SCAN form (sample)", numbers, numbers[0])
    store.add(call.scope, kind_of("scan_form"), form["id"], form)
    for shipment in found:
        store.save(call.scope, shipment["id"], {**shipment, "scan_form": form["id"]})
    ledger.manifested(call.scope, NAME, form["id"], numbers)
    for kind in ("scan_form.created", "scan_form.updated"):
        events.announce(call.scope, kind, form)
    return Reply(form)


def _check(call: Call, shipments: list[Doc]) -> None:
    for shipment in shipments:
        parcel = parcels.by_label(call.scope, shipment["id"])
        wrong = _wrong(shipment, parcel)
        if wrong:
            raise refusal(422, FAILURE, f"Unable to create scan form: {shipment['id']} {wrong}.")
    if len({shipment["from_address"]["zip"] for shipment in shipments}) > 1:
        raise refusal(422, FAILURE, "Unable to create scan form: shipments must have the same from_address.")


def _wrong(shipment: Doc, parcel: Doc | None) -> str:
    if parcel is None:
        return "has no postage"
    if parcel["carrier"] != "USPS":
        return "is not a USPS shipment"
    if parcel["void"]:
        return "has been refunded"
    return "is already on a scan form" if shipment["scan_form"] else ""


@api.on("GET", "/scan_forms/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One SCAN form."""
    return Reply(get(call, "scan_form", identifier))


@api.on("GET", "/scan_forms")
def search(call: Call) -> Reply:
    """SCAN forms, newest first."""
    return page(call, "scan_form", "scan_forms")[1]
