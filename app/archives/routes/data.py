"""Settings, Data: everything the workspace owns, as one file."""

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.archives import actions, queries, words
from app.archives.models import Archive, ArchiveImport
from app.archives.routes import blueprint
from app.archives.routes.sending import opening, sent, surely
from app.core import db, storage
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, problem, requires
from app.core.web.forms import FormRefused
from app.core.web.intake import uploads
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
        coming=(coming := queries.latest_import()),
        report=words.report(coming) if coming else None,
        empty=actions.is_empty(),
        largest=actions.LARGEST,
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


@blueprint.post("/w/<workspace>/settings/data/imports")
@limit("20/hour")
@requires(MAKE, again=data)
@uploads(actions.LARGEST)
def take() -> Response:
    """Keep a zip and have it looked through; nothing of it comes in yet."""
    surely()
    chosen = request.files.get("archive")
    if chosen is None or not chosen.filename:
        raise FormRefused({"archive": "Choose the zip that you downloaded."})
    actions.take(actor(), chosen.stream, chosen.filename)
    flash("The archive is being looked through. Nothing comes in before you say so.", "good")
    return back(f"/w/{member().slug}/settings/data")


@blueprint.post("/w/<workspace>/settings/data/imports/<uuid:import_id>/start")
@requires(MAKE, again=data)
def start(import_id: UUID) -> Response:
    surely()
    actions.start(actor(), db.get(ArchiveImport, import_id))
    return back(f"/w/{member().slug}/settings/data")


@blueprint.post("/w/<workspace>/settings/data/imports/<uuid:import_id>/discard")
@requires(MAKE, again=data)
def discard(import_id: UUID) -> Response:
    actions.discard(actor(), db.get(ArchiveImport, import_id))
    flash("The upload is removed. Nothing of it came in.", "good")
    return back(f"/w/{member().slug}/settings/data")
