"""Jobs that speak to platforms open their own transactions around the call."""

from uuid import UUID

from app.channels.actions import (
    asking,
    connecting,
    hearing,
    importing,
    keeping_up,
    labelling,
    reading,
    returning,
    stocking,
    telling,
)
from app.core.jobs import job


@job("channels.authorise", queue="sync", own_transactions=True, attempts=4)
def authorise(workspace_id: str, consent_id: str) -> None:
    connecting.authorise(UUID(workspace_id), UUID(consent_id))


@job("channels.welcome", queue="sync", own_transactions=True)
def welcome(workspace_id: str, connection_id: str) -> None:
    keeping_up.welcome(UUID(workspace_id), UUID(connection_id))


@job("channels.check_hooks", queue="sync", own_transactions=True, attempts=3)
def check_hooks(workspace_id: str, connection_id: str) -> None:
    keeping_up.check_hooks(UUID(workspace_id), UUID(connection_id))


@job("channels.mend_hooks", queue="sync", own_transactions=True, attempts=4)
def mend_hooks(workspace_id: str, connection_id: str) -> None:
    keeping_up.mend_hooks(UUID(workspace_id), UUID(connection_id))


@job("channels.tell_reauth")
def tell_reauth(workspace_id: str, connection_id: str) -> None:
    keeping_up.tell_reauth(UUID(connection_id))


@job("channels.read_orders", queue="sync", own_transactions=True)
def read_orders(workspace_id: str, connection_id: str, remote_ids: list[str]) -> None:
    reading.read_orders(UUID(workspace_id), UUID(connection_id), remote_ids)


@job("channels.look_for_orders", queue="sync", own_transactions=True, attempts=3)
def look_for_orders(workspace_id: str, connection_id: str) -> None:
    reading.look(UUID(workspace_id), UUID(connection_id))


@job("channels.import_listings", queue="sync", own_transactions=True)
def import_listings(workspace_id: str, connection_id: str) -> None:
    importing.import_listings(UUID(workspace_id), UUID(connection_id))


@job("channels.go_on_importing", queue="bulk", own_transactions=True)
def go_on_importing(workspace_id: str, run_id: str) -> None:
    importing.go_on(UUID(workspace_id), UUID(run_id))


@job("channels.read_products", queue="sync", own_transactions=True, attempts=4)
def read_products(workspace_id: str, connection_id: str, product_ids: list[str]) -> None:
    importing.read_products(UUID(workspace_id), UUID(connection_id), product_ids)


@job("channels.check_products", queue="bulk", own_transactions=True)
def check_products(workspace_id: str, connection_id: str, product_ids: list[str]) -> None:
    importing.read_products(UUID(workspace_id), UUID(connection_id), product_ids, background=True)


@job("channels.push_all")
def push_all(workspace_id: str, connection_id: str) -> None:
    stocking.want_all(UUID(connection_id))


@job("channels.push_stock", queue="sync", own_transactions=True)
def push_stock(workspace_id: str, connection_id: str) -> None:
    stocking.push(UUID(workspace_id), UUID(connection_id))


@job("channels.tell_shipped", queue="sync", own_transactions=True, attempts=12)
def tell_shipped(workspace_id: str, shipment_id: str) -> None:
    telling.tell(UUID(workspace_id), UUID(shipment_id))


@job("channels.look_after")
def look_after() -> None:
    keeping_up.look_after()
    telling.sweep()


@job("channels.sweep")
def sweep() -> None:
    importing.sweep_all()


@job("channels.ask", queue="sync", own_transactions=True)
def ask(workspace_id: str, request_id: str) -> None:
    asking.ask(UUID(workspace_id), UUID(request_id))


@job("channels.look_for_handovers", queue="labels", own_transactions=True, attempts=3)
def look_for_handovers(workspace_id: str, shipment_id: str) -> None:
    labelling.look_for_handovers(UUID(workspace_id), UUID(shipment_id))


@job("channels.fetch_label", queue="labels", own_transactions=True, attempts=20)
def fetch_label(workspace_id: str, shipment_id: str) -> None:
    labelling.fetch(UUID(workspace_id), UUID(shipment_id))


@job("channels.look_for_returns", queue="sync", own_transactions=True, attempts=3)
def look_for_returns(workspace_id: str, connection_id: str) -> None:
    returning.look(UUID(workspace_id), UUID(connection_id))


@job("channels.still_open", queue="sync", own_transactions=True, attempts=5)
def still_open(workspace_id: str, connection_id: str) -> None:
    hearing.still_open(UUID(workspace_id), UUID(connection_id))


@job("channels.catch_up", queue="sync", own_transactions=True, attempts=3)
def catch_up(kind: str) -> None:
    hearing.catch_up(kind)


@job("channels.catch_up_all")
def catch_up_all() -> None:
    hearing.catch_up_all()
