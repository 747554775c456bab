"""Notes of orders: the shop's own, and those that the customer reads in a mail."""

from app.sandbox.market import store
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc
from app.sandbox.stripe import effects

from . import lists
from .orders import order_of
from .talk import Site, api, refusal, site_of

KIND = "woocommerce.note"
PATH = "/orders/<order>/notes"


def _note(site: Site, found: Doc) -> Doc:
    return {
        "id": int(found["id"]), "author": "system", **site.dates(date_created=found["created"]), "note": found["note"],
        "customer_note": found["customer_note"],
        "_links": site.links("orders", found["order"], "notes", found["id"], up=f"{site.home}/wp-json/wc/v3/orders/{found['order']}"),
    }  # fmt: skip


@api.on("GET", PATH)
def search(call: Call, order: str) -> Reply:
    """Notes, newest first; `type` any, customer or internal."""
    site = site_of(call)
    order_of(call, site, order)
    kind = lists.chosen(call, "type", ("any", "customer", "internal"), "any")
    found = [one for one in store.listed(call.scope, KIND, newest=True) if one["order"] == order]
    return Reply([_note(site, one) for one in found if kind == "any" or one["customer_note"] == (kind == "customer")])


@api.on("POST", PATH)
def create(call: Call, order: str) -> Reply:
    """A new note; `customer_note` mails it, which is a row `note` in the ledger of effects."""
    site = site_of(call)
    found, body = order_of(call, site, order), call.body if isinstance(call.body, dict) else {}
    if not body.get("note"):
        raise refusal(400, "rest_missing_callback_param", "Missing parameter(s): note", params=["note"])
    doc = store.add(
        call.scope, KIND,
        {
            "id": str(store.following(call.scope, "id", 100_001)), "order": found["id"], "note": str(body["note"]),
            "customer_note": body.get("customer_note") is True,
        },
    )  # fmt: skip
    if doc["customer_note"]:
        told = {"id": found["id"], "amount": 0, "currency": found["currency"]}
        effects.record(call.scope, "note", told, platform="woocommerce", order=found["id"], note=doc["note"])
    return Reply(_note(site, doc), 201)
