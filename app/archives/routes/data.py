"""Settings, Data: everything the workspace owns, as one file."""

from typing import Any
from uuid import UUID

from flask import Response, flash

from app.archives import actions, queries, words
from app.archives.models import Archive
from app.archives.routes import blueprint
from app.archives.routes.sending import opening, sent, surely
from app.core import db, storage
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, problem, requires
from app.core.web.limits import limit

MAKE = Permission.ARCHIVES_ARCHIVE_MAKE


@blueprint.get("/w/<workspace>/settings/data")
@requires(MAKE)
def data(**_: Any) -> str:
    opening()
    place = member()
    return render.page(
        "archives/data.html",
        archives=queries.archives(),
        here=f"/w/{place.slug}/settings/data",
        words=words,
        size=storage.human_size,
        refused=problem(),
        live_topics=f"workspace:{place.workspace_id}:data",
    )


@blueprint.post("/w/<workspace>/settings/data/archives")
@limit("10/hour")
@requires(MAKE, again=data)
def ask() -> Response:
    surely()
    actions.ask(actor())
    flash("The archive is being made. You may leave this page; we tell you when it is ready.", "good")
    return back(f"/w/{member().slug}/settings/data")


@blueprint.post("/w/<workspace>/settings/data/archives/<uuid:archive_id>/links")
@limit("60/hour")
@requires(MAKE, again=data)
def link(archive_id: UUID) -> Response:
    """A link of ten minutes for this person, followed at once."""
    surely()
    token = actions.link(actor(), db.get(Archive, archive_id))
    return back(f"/w/{member().slug}/settings/data/download/{token}")


@blueprint.get("/w/<workspace>/settings/data/download/<token>")
@requires(MAKE)
def download(token: str) -> Response:
    row = actions.redeem(actor(), token)
    return sent(row, f"{member().slug}-{words.day(row.moment)}.zip")
