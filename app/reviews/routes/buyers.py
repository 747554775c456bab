"""A buyer's own review of something they bought."""

from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.core import db
from app.core.web import render
from app.core.web.access import actor, back, public
from app.core.web.limits import limit
from app.core.web.urls import safe_next
from app.orders.models import Order
from app.reviews import actions, queries, words
from app.reviews.routes import blueprint

HERE = "/reviews/<uuid:grant_id>"


@blueprint.get(HERE)
@public
def own_review(grant_id: UUID) -> str:
    """The form, with what was said before; or why nothing can be said."""
    grant = queries.own_grant(grant_id)
    return render.page(
        "reviews/own.html",
        standing=queries.standing(grant),
        order=db.get(Order, grant.order_id),
        words=words,
        longest=actions.LONGEST,
    )


@blueprint.post(HERE)
@limit("30/hour")
@public(again=own_review)
def write_review(grant_id: UUID) -> Response:
    """Publish it, or change what is published."""
    grant = queries.own_grant(grant_id)
    typed = request.form
    stars = int(typed["stars"]) if typed.get("stars") in ("1", "2", "3", "4", "5") else None
    made = actions.write(actor(), grant, actions.Said(stars, typed.get("body", ""), typed.get("name", "")))
    if made.hidden_at is not None:
        flash("Saved. It stays hidden until somebody from Guildhall has read it again.", "info")
    elif made.edited_at is None:
        flash("Thank you. Your review is published.", "good")
    else:
        flash("Your review is changed.", "good")
    return back(safe_next(typed.get("next"), f"/reviews/{grant_id}"))


@blueprint.post(f"{HERE}/removals")
@limit("30/hour")
@public(again=own_review)
def withdraw_review(grant_id: UUID) -> Response:
    """Take it back, with the seller's answer."""
    if actions.withdraw(actor(), queries.own_grant(grant_id)):
        flash("Your review is deleted.", "good")
    return back(safe_next(request.form.get("next"), f"/reviews/{grant_id}"))
