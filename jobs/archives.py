"""Archives take minutes, so they run among the bulk work and renew their claim on the way."""

from uuid import UUID

from app.archives import actions
from app.core.jobs import job

HOUR = 3600


@job("archives.make", queue="bulk", attempts=3, own_transactions=True, seconds=HOUR)
def make(workspace_id: str, archive_id: str) -> None:
    actions.make(UUID(workspace_id), UUID(archive_id))


@job("archives.make_own", queue="bulk", attempts=3, own_transactions=True, seconds=HOUR)
def make_own(user_id: str, archive_id: str) -> None:
    actions.make_own(UUID(user_id), UUID(archive_id))


@job("archives.check", queue="bulk", attempts=3, own_transactions=True, seconds=HOUR)
def check(workspace_id: str, import_id: str) -> None:
    actions.check(UUID(workspace_id), UUID(import_id))


@job("archives.bring", queue="bulk", attempts=3, own_transactions=True, seconds=HOUR)
def bring(workspace_id: str, import_id: str) -> None:
    actions.bring(UUID(workspace_id), UUID(import_id))


@job("archives.sweep")
def sweep() -> None:
    actions.sweep()
