"""The buyer's library: what they were given, and the page of each purchase."""

from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.access import queries as access
from app.accounts.queries import describe
from app.core import db
from app.core.masking import masked
from app.core.web import render
from app.core.web.access import actor, back, owner_id, public
from app.core.web.limits import limit
from app.downloads import actions, copying, genres, queries
from app.downloads.community import doors
from app.downloads.routes import blueprint
from app.orders import queries as order_queries


@blueprint.get("/library")
@public
def library() -> str:
    """What this buyer was given, as the address narrows and sorts it, and what still waits for a bank."""
    known = owner_id() is not None
    wanted = queries.Wanted.read(request.args)
    return render.page(
        "downloads/library.html",
        page=queries.page(wanted) if known else None,
        wanted=wanted,
        waiting=order_queries.waiting_for_bank() if known else [],
        kinds=genres,
        sorts=queries.SORTS,
    )


@blueprint.get("/library/<uuid:grant_id>")
@public
def purchase(grant_id: UUID) -> str:
    """One purchase: its files and releases, what is left of each limit, what changed, and the log."""
    grant = queries.own_grant(grant_id)
    found = queries.purchase(grant)
    new = found.shelf.new
    if new:
        actions.note_seen(grant)
    return render.page(
        "downloads/purchase.html",
        grant=grant,
        group_id=found.group_id,
        purchase=found,
        shelf=found.shelf,
        packable=actions.packable(found.shelf),
        new=new,
        copies=queries.copies_of(grant),
        note=access.notes_for([grant.order_id]).get(grant.source_id, ""),
        copy_seconds=copying.seconds,
        kinds=genres,
        device=describe,
        masked=masked,
        questions=doors.questions(grant.product),
        own_review=doors.review(grant),
        asked_at=queries.waits_for_more(found.shelf),
        live_topics=f"order:{found.group_id}",
        now=db.now(),
    )


@blueprint.post("/library/<uuid:grant_id>/requests")
@limit("20/hour")
@public(again=purchase)
def ask(grant_id: UUID) -> Response:
    """Ask the seller for more downloads."""
    actions.ask_for_more(actor(), queries.own_grant(grant_id))
    flash("The seller is asked. We write to you when they have given the downloads back.", "good")
    return back(f"/library/{grant_id}")


@blueprint.post("/library/<uuid:grant_id>/marks")
@limit("120/minute")
@public(again=purchase)
def mark(grant_id: UUID) -> Response:
    """Put a purchase away or take it out again; it stays theirs either way."""
    grant = queries.own_grant(grant_id)
    if request.form.get("archived") == "1":
        actions.put_away(grant)
        flash(f"{grant.product.title} is put away. It stays yours; find it under «Put away».", "good")
        return back("/library")
    actions.take_out(grant)
    flash(f"{grant.product.title} is back in your library.", "good")
    return back(f"/library/{grant_id}")
