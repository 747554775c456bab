"""The seller's reviews: read, answered, reported; and whether buyers are asked for them."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.catalogue.models import Shop
from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.limits import limit
from app.reviews import actions, queries, words
from app.reviews.queries import Filters
from app.reviews.routes import blueprint

HERE = "/w/<workspace>/reviews"
ONE = f"{HERE}/<uuid:review_id>"
READ, REPLY, REPORT = Permission.REVIEWS_REVIEW_READ, Permission.REVIEWS_REVIEW_REPLY, Permission.REVIEWS_REVIEW_REPORT


@blueprint.get(HERE)
@requires(READ)
def reviews() -> str:
    """What buyers said, as the address narrows it."""
    wanted = Filters.read(request.args)
    base = f"/w/{member().slug}/reviews"
    return render.page(
        "reviews/sellers.html",
        listing=queries.listing(wanted),
        wanted=wanted,
        views=queries.VIEWS,
        products=queries.reviewed(),
        shops=queries.reminders(),
        words=words,
        base=base,
        address=lambda **changes: _address(base, wanted, **changes),
        query=urlencode(wanted.query(after=wanted.after)),
        live_topics=f"workspace:{member().workspace_id}:reviews",
        longest=actions.LONGEST_REPLY,
    )


def _address(base: str, wanted: Filters, **changes: Any) -> str:
    query = urlencode(wanted.query(**changes))
    return f"{base}?{query}" if query else base


def _here(review_id: UUID) -> Response:
    """The list as it was, at the review."""
    return back(f"{_address(f'/w/{member().slug}/reviews', Filters.read(request.args))}#review-{review_id}")


@blueprint.post(f"{ONE}/replies")
@limit("120/hour")
@requires(REPLY, again=reviews)
def reply(review_id: UUID) -> Response:
    """Answer in public, or change the answer."""
    actions.reply(actor(), queries.one(review_id), request.form.get("reply", ""))
    flash("Your answer stands below the review.", "good")
    return _here(review_id)


@blueprint.post(f"{ONE}/reply-removals")
@requires(REPLY, again=reviews)
def remove_reply(review_id: UUID) -> Response:
    """Take the answer back."""
    actions.remove_reply(actor(), queries.one(review_id))
    flash("Your answer is gone.", "good")
    return _here(review_id)


@blueprint.post(f"{ONE}/reports")
@limit("30/hour")
@requires(REPORT, again=reviews)
def report(review_id: UUID) -> Response:
    """Ask the platform to look at it."""
    actions.report(actor(), queries.one(review_id), request.form.get("reason", ""), request.form.get("words", ""))
    flash("Reported. Somebody from Guildhall reads it; until then it stays where it is.", "good")
    return _here(review_id)


@blueprint.post(f"{HERE}/reminders")
@requires(Permission.REVIEWS_REMINDER_WRITE, again=reviews)
def switch_reminders() -> Response:
    """Whether the buyers of each shop are reminded: those that are ticked."""
    ticked = set(request.form.getlist("shop"))
    for shop, _ in queries.reminders():
        actions.switch(actor(), db.get(Shop, shop.id), on=str(shop.id) in ticked)
    flash("Saved.", "good")
    return back(f"/w/{member().slug}/reviews#reminders")
