"""Catalogue jobs."""

from uuid import UUID

from app.catalogue import actions
from app.core import db, storage
from app.core.jobs import job

HOUR = 3600


@job("catalogue.render_picture")
def render_picture(media_id: str) -> None:
    actions.render_picture(UUID(media_id))


@job("catalogue.delete_stored", own_transactions=True)
def delete_stored(keys: list[str]) -> None:
    for key in keys:
        storage.delete(key)


@job("catalogue.finish_upload", queue="bulk", own_transactions=True, seconds=HOUR)
def finish_upload(workspace_id: str, upload_id: str) -> None:
    actions.finish(UUID(workspace_id), UUID(upload_id))


@job("catalogue.sweep_uploads", own_transactions=True)
def sweep_uploads() -> None:
    with db.system("sweep uploads"):
        actions.sweep_uploads()


@job("catalogue.sum_file", queue="bulk", own_transactions=True, seconds=HOUR)
def sum_file(workspace_id: str, file_id: str) -> None:
    actions.sum_file(UUID(workspace_id), UUID(file_id))


@job("catalogue.sum_files", own_transactions=True)
def sum_files() -> None:
    with db.system("sweep uploads"):
        actions.sum_files()
