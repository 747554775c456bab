"""Refunds of transactions: pending until the carrier decides."""

from app.sandbox.carriers import parcels, store, voids
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply
from app.sandbox.stripe.scope import Scope

from . import hooks
from .dialect import REQUIRED, api, fields, get, keep, kind_of, named, new, page, stamp

STATUS = {
    voids.REQUESTED: ("PENDING", "REFUNDPENDING"),
    voids.REFUNDED: ("SUCCESS", "REFUNDED"),
    voids.NOT_NEEDED: ("SUCCESS", "REFUNDED"),
    voids.REJECTED: ("ERROR", "REFUNDREJECTED"),
}


@api.on("POST", "/refunds")
def create(call: Call) -> Reply:
    """Ask for the price of a label back; with `async` (the default) the answer is QUEUED."""
    if not call.body.get("transaction"):
        raise fields(transaction=REQUIRED)
    transaction = named(call, "transaction", call.body["transaction"], "transaction")
    refund = new(call, status="ERROR", transaction=transaction["object_id"])
    parcel = parcels.by_label(call.scope, transaction["object_id"])
    if parcel is None:
        raise fields(transaction="Only a transaction with status SUCCESS can be refunded.")
    try:
        decided = voids.ask(call.scope, parcel)["void"]
    except voids.Refused as refused:
        if refused.reason == "already_voided":
            raise fields(transaction="A refund for this transaction already exists.") from refused
        decided = voids.REJECTED
    refund["status"], transaction["status"] = STATUS[decided]
    keep(call, "refund", refund)
    store.save(call.scope, transaction["object_id"], transaction)
    if call.body.get("async", True):
        return Reply({**refund, "status": "QUEUED"}, 201)
    return Reply(refund, 201)


def void_decided(scope: Scope, parcel: Doc) -> None:
    """The carrier has answered: refund and transaction say so, and `transaction_updated` goes out."""
    transaction = store.find(scope, kind_of("transaction"), parcel["label"])
    refund = store.first(scope, kind_of("refund"), transaction=parcel["label"])
    assert transaction is not None and refund is not None
    refund["status"], transaction["status"] = STATUS[parcel["void"]]
    refund["object_updated"] = transaction["object_updated"] = stamp(scope.now())
    store.save(scope, refund["object_id"], refund)
    store.save(scope, transaction["object_id"], transaction)
    hooks.announce(scope, "transaction_updated", {**transaction, "tracking_status": None, "label_url": ""})


@api.on("GET", "/refunds/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One refund."""
    return Reply(get(call, "refund", identifier))


@api.on("GET", "/refunds")
def search(call: Call) -> Reply:
    """Refunds, newest first."""
    return page(call, "refund")
