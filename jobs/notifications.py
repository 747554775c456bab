"""Mail that gathers news, devices that ring, and an inbox that does not grow for ever."""

from uuid import UUID

from app.core.jobs import job
from app.notifications import actions


@job("notifications.send_bundles", queue="mail")
def send_bundles() -> None:
    actions.send_bundles()


@job("notifications.send_bundle", queue="mail")
def send_bundle(window_id: str) -> None:
    actions.send_bundle(UUID(window_id))


@job("notifications.push", queue="mail", own_transactions=True)
def push(message_id: str) -> None:
    actions.push(UUID(message_id))


@job("notifications.sweep")
def sweep() -> None:
    actions.sweep()
