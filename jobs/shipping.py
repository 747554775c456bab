"""Jobs that speak to carriers open their own transactions around the call, which ends within 45 seconds."""

from uuid import UUID

from app.core.jobs import job
from app.shipping.actions import (
    accounts,
    addresses,
    batching,
    buying,
    checkout_rates,
    documents,
    files,
    manifests,
    photos,
    quoting,
    tracking,
    voiding,
)


@job("shipping.check_account", queue="sync", own_transactions=True)
def check_account(workspace_id: str, account_id: str) -> None:
    accounts.check_account(UUID(workspace_id), UUID(account_id))


@job("shipping.check_accounts", queue="sync")
def check_accounts() -> None:
    accounts.check_all()


@job("shipping.check_address", queue="labels", own_transactions=True, attempts=3)
def check_address(workspace_id: str, parcel_id: str) -> None:
    addresses.check(UUID(workspace_id), UUID(parcel_id))


@job("shipping.quote", queue="labels", own_transactions=True, attempts=3)
def quote(workspace_id: str, parcel_id: str, account_id: str) -> None:
    quoting.quote(UUID(workspace_id), UUID(parcel_id), UUID(account_id))


@job("shipping.estimate", own_transactions=True, attempts=1)
def estimate(workspace_id: str, estimate_id: str) -> None:
    """On the common queue: a buyer waits, and labels may be many."""
    checkout_rates.estimate(UUID(workspace_id), UUID(estimate_id))


@job("shipping.buy_label", queue="labels", own_transactions=True, attempts=12)
def buy_label(workspace_id: str, label_id: str) -> None:
    buying.buy_label(UUID(workspace_id), UUID(label_id))


@job("shipping.fetch_file", queue="labels", own_transactions=True)
def fetch_file(workspace_id: str, label_id: str, format: str) -> None:
    files.fetch(UUID(workspace_id), UUID(label_id), format)


@job("shipping.void_label", queue="labels", own_transactions=True)
def void_label(workspace_id: str, label_id: str) -> None:
    voiding.void_label(UUID(workspace_id), UUID(label_id))


@job("shipping.look_over", queue="labels", own_transactions=True)
def look_over(workspace_id: str, item_id: str) -> None:
    batching.look_over(UUID(workspace_id), UUID(item_id))


@job("shipping.buy_item", queue="labels", own_transactions=True)
def buy_item(workspace_id: str, item_id: str) -> None:
    batching.buy_item(UUID(workspace_id), UUID(item_id))


@job("shipping.draw_batch", queue="labels", own_transactions=True)
def draw_batch(workspace_id: str, batch_id: str) -> None:
    documents.draw_batch(UUID(workspace_id), UUID(batch_id))


@job("shipping.manifest", queue="labels", own_transactions=True)
def manifest(workspace_id: str, manifest_id: str) -> None:
    manifests.make(UUID(workspace_id), UUID(manifest_id))


@job("shipping.poll", queue="sync", own_transactions=True, attempts=3)
def poll(workspace_id: str, parcel_id: str) -> None:
    tracking.poll(UUID(workspace_id), UUID(parcel_id))


@job("shipping.poll_due", queue="sync")
def poll_due() -> None:
    tracking.poll_due()


@job("shipping.sweep", queue="labels")
def sweep() -> None:
    buying.due_again()
    voiding.follow_up()
    tracking.raise_late()
    checkout_rates.forget_old()


@job("shipping.render_photo", queue="default", own_transactions=True)
def render_photo(workspace_id: str, name: str) -> None:
    photos.render(UUID(workspace_id), name)
