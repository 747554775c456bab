"""Manifests: one paper for a carrier's parcels of a day."""

from app.sandbox.carriers import ledger, parcels, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import account, files
from .dialect import NAME, api, business, get, kind_of, number, page, required, stamp


@api.on("POST", "/manifests")
def create(call: Call) -> Reply:
    """A manifest of `label_ids`, or of all labels of a `carrier_id` that are on none yet but `excluded_label_ids`."""
    named = call.body.get("label_ids")
    if not named and not call.body.get("carrier_id"):
        raise required("carrier_id")
    wanted = _named(call, named) if named else _all(call)
    if not wanted:
        raise business("no_labels_found", "There are no labels to be put on a manifest.")
    manifest = _make(call, wanted)
    return Reply(_answer(call, manifest))


def _answer(call: Call, manifest: Doc) -> Doc:
    """A manifest as its request is answered."""
    shown = _shown(call, manifest)
    request = {"manifest_request_id": manifest["_request"], "status": "completed", "request_id": "", "errors": []}
    return {**shown, "manifests": [shown], **request}


def _named(call: Call, identifiers: list[str]) -> list[Doc]:
    found = []
    for identifier in identifiers:
        get(call, "label", identifier)
        parcel = parcels.by_label(call.scope, identifier)
        assert parcel is not None
        if parcel["void"] or parcel.get("manifest") or parcel["carrier"] != "USPS":
            raise business("invalid_status", f"Label {identifier} cannot be put on a manifest.")
        found.append(parcel)
    return found


def _all(call: Call) -> list[Doc]:
    carrier = account.carrier_of(call, call.body["carrier_id"])
    if carrier.name != "USPS":
        raise business("carrier_not_supported", f"{carrier.codes[NAME]} does not support manifests.")
    mine = store.where(call.scope, parcels.KIND, provider=NAME, carrier=carrier.name)
    left = set(call.body.get("excluded_label_ids") or [])
    return [one for one in mine if not one["void"] and not one.get("manifest") and one["label"] not in left]


def _make(call: Call, wanted: list[Doc]) -> Doc:
    now, identifier = stamp(call.scope.now()), number(call)
    numbers = [parcel["number"] for parcel in wanted]
    manifest: Doc = {
        "manifest_id": identifier,
        "form_id": identifier,
        "created_at": now,
        "ship_date": call.body.get("ship_date") or now,
        "shipments": len(wanted),
        "label_ids": [parcel["label"] for parcel in wanted],
        "warehouse_id": call.body.get("warehouse_id"),
        "submission_id": numbers[0],
        "carrier_id": account.carrier_id(call.scope.account, wanted[0]["carrier"]),
        "_numbers": numbers,
        "_request": number(call),
    }
    store.add(call.scope, kind_of("manifest"), identifier, manifest)
    for parcel in wanted:
        store.save(call.scope, parcel["id"], {**parcel, "manifest": identifier})
    ledger.manifested(call.scope, NAME, identifier, numbers)
    return manifest


def _shown(call: Call, manifest: Doc) -> Doc:
    doc = {name: value for name, value in manifest.items() if not name.startswith("_")}
    return {**doc, "manifest_download": {"href": files.address(call, doc["manifest_id"], "manifest", "pdf")}}


@api.on("GET", "/manifests/requests/<identifier>")
def retrieve_request(call: Call, identifier: str) -> Reply:
    """What became of a request for a manifest."""
    found = store.first(call.scope, kind_of("manifest"), _request=identifier)
    return Reply(_answer(call, found or get(call, "manifest", identifier)))


@api.on("GET", "/manifests/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One manifest."""
    return Reply(_shown(call, get(call, "manifest", identifier)))


@api.on("GET", "/manifests")
def search(call: Call) -> Reply:
    """Manifests, newest first; `label_id` narrows it."""
    label = call.query.get("label_id")
    found = [_shown(call, one) for one in store.where(call.scope, kind_of("manifest"))]
    return page(call, "manifests", [one for one in found if label is None or label in one["label_ids"]])
