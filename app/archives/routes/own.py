"""Your account, Your data: what a person has here, as one file."""

from typing import Any
from uuid import UUID

from flask import Response, flash

from app.archives import actions, queries, words
from app.archives.routes import blueprint
from app.archives.routes.sending import opening, sent, somebody, surely
from app.core import storage
from app.core.web import render
from app.core.web.access import back, problem, signed_in
from app.core.web.limits import limit


@blueprint.get("/me/data")
@signed_in
def own(**_: Any) -> str:
    person = opening()
    return render.page(
        "archives/own.html",
        archives=queries.own_archives(person.id),
        here="/me/data",
        words=words,
        size=storage.human_size,
        refused=problem(),
        live_topics=f"member:{person.id}:data",
    )


@blueprint.post("/me/data/archives")
@limit("10/hour")
@signed_in(again=own)
def ask_own() -> Response:
    actions.ask_own(surely().id)
    flash("Your data is being packed. You may leave this page; we tell you when it is ready.", "good")
    return back("/me/data")


@blueprint.post("/me/data/archives/<uuid:archive_id>/links")
@limit("60/hour")
@signed_in(again=own)
def link_own(archive_id: UUID) -> Response:
    return back(f"/me/data/download/{actions.link_own(surely().id, archive_id)}")


@blueprint.get("/me/data/download/<token>")
@signed_in
def download_own(token: str) -> Response:
    row = actions.redeem_own(somebody().id, token)
    return sent(row, f"my-data-{words.day(row.moment)}.zip")
