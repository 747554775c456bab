"""Catalogue jobs."""

from uuid import UUID

from app.catalogue import actions
from app.core import storage
from app.core.jobs import job


@job("catalogue.render_picture")
def render_picture(media_id: str) -> None:
    actions.render_picture(UUID(media_id))


@job("catalogue.delete_stored", own_transactions=True)
def delete_stored(keys: list[str]) -> None:
    for key in keys:
        storage.delete(key)
