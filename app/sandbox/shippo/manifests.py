"""Manifests: one paper for a carrier account's parcels of a day."""

from app.sandbox.carriers import ledger, parcels, store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import account, addresses, files
from .dialect import NAME, REQUIRED, api, fields, get, keep, new, page


@api.on("POST", "/manifests")
def create(call: Call) -> Reply:
    """A manifest of `transactions`, or of all that are on none yet; what cannot be done is status ERROR in a 201."""
    for name in ("carrier_account", "shipment_date", "address_from"):
        if not call.body.get(name):
            raise fields(**{name: REQUIRED})
    carrier = account.carrier_of(call.scope.account, str(call.body["carrier_account"]))
    if carrier is None:
        raise fields(carrier_account="Carrier account not found.")
    sender = addresses.make(call, call.body["address_from"], "address_from")
    wanted, errors = _parcels(call, carrier.name)
    doc = new(
        call,
        status="ERROR" if errors else "SUCCESS",
        provider=carrier.codes[NAME],
        shipment_date=call.body["shipment_date"],
        address_from=sender["object_id"],
        documents=[],
        errors=errors,
        carrier_account=call.body["carrier_account"],
        transactions=[parcel["label"] for parcel in wanted],
    )
    if not errors:
        _print(call, doc, wanted)
    keep(call, "manifest", doc)
    return Reply({**doc, "status": "QUEUED", "documents": []} if call.body.get("async", True) else doc, 201)


def _parcels(call: Call, carrier: str) -> tuple[list[Doc], list[str]]:
    """The parcels for the manifest, and why it cannot be made."""
    named = call.body.get("transactions")
    mine = {one["label"]: one for one in store.where(call.scope, parcels.KIND, provider=NAME, carrier=carrier)}
    open_ = {label: one for label, one in mine.items() if not one["void"] and not one.get("manifest")}
    if carrier != "USPS":
        return [], [f"{carrier} does not support manifests."]
    if not named:
        return list(open_.values()), [] if open_ else ["There are no transactions to manifest."]
    wrong = [one for one in named if one not in open_]
    return [open_[one] for one in named if one in open_], [f"Transaction {one} cannot be manifested." for one in wrong]


def _print(call: Call, doc: Doc, wanted: list[Doc]) -> None:
    numbers = [parcel["number"] for parcel in wanted]
    doc["documents"] = [files.keep_document(call, doc["object_id"], numbers)]
    for parcel in wanted:
        store.save(call.scope, parcel["id"], {**parcel, "manifest": doc["object_id"]})
    ledger.manifested(call.scope, NAME, doc["object_id"], numbers)


@api.on("GET", "/manifests/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One manifest."""
    return Reply(get(call, "manifest", identifier))


@api.on("GET", "/manifests")
def search(call: Call) -> Reply:
    """Manifests, newest first."""
    return page(call, "manifest")
