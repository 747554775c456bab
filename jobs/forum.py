"""Forum jobs."""

from uuid import UUID

from app.core.jobs import job
from app.forum import actions


@job("forum.render_picture")
def render_picture(picture_id: str) -> None:
    actions.render_picture(UUID(picture_id))


@job("forum.sweep_pictures")
def sweep_pictures() -> None:
    actions.sweep_pictures()
