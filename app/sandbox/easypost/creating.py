"""New shipments: kept with their rates, bought at once, or only asked what they would cost (beta)."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Blueprint

from app.sandbox.carriers import store
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Door, Reply

from . import addresses, buying, shipments
from .dialect import api, created, dialect, given, kind_of

beta = Blueprint("easypost_beta", __name__, url_prefix="/easypost/beta")
beta_api = Door(beta, dialect)


@api.on("POST", "/shipments")
def create(call: Call) -> Reply:
    """A new shipment with its rates; with `service` and one carrier account it is bought at once."""
    wish = given(call, "shipment")
    shipment = shipments.build(call, wish)
    store.add(call.scope, kind_of("shipment"), shipment["id"], shipment)
    if wish.get("service"):
        buying.buy_service(call, shipment, str(wish["service"]), wish.get("insurance"))
    return created(shipments.shown(call, shipment), "shipments")


@beta_api.on("POST", "/rates")
def stateless(call: Call) -> Reply:
    """Prices for a checkout: no ids, and nothing stays behind."""
    wish = given(call, "shipment")
    with _nothing_stays(call):
        shipment = shipments.build(call, {**wish, "reference": None})
    hidden = {"id", "created_at", "updated_at", "shipment_id"}
    body = {name: _bare(wish[name]) for name in ("from_address", "to_address")}
    shown = [{name: value for name, value in one.items() if name not in hidden} for one in shipment["rates"]]
    parcel = {name: shipment["parcel"][name] for name in ("length", "width", "height", "weight", "predefined_package")}
    rest = {"parcel": {"object": "Parcel", **parcel}, "options": shipment["options"], "messages": shipment["messages"]}
    return Reply({**body, "rates": shown, **rest})


def _bare(address: Doc) -> Doc:
    return {"object": "Address", **{name: address[name] for name in addresses.FIELDS if address.get(name)}}


@contextmanager
def _nothing_stays(call: Call) -> Iterator[None]:
    """Objects made inside are forgotten at the end."""
    row = call.scope.state.row("SELECT coalesce(max(seq), 0) AS last FROM objects")
    yield
    call.scope.state.run("DELETE FROM objects WHERE seq > ?", row["last"] if row else 0)
