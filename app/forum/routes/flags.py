"""What people say about posts and about decisions: flags, appeals; and the log that everybody reads."""

from typing import Any
from uuid import UUID

from flask import Response, flash, g, request

from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.forum import queries
from app.forum.actions import appealing, flagging
from app.forum.decisions import FLAG_REASONS, choices
from app.forum.models import Flag, ForumPerson
from app.forum.moderation_forms import AppealForm, FlagForm
from app.forum.queries import moderation
from app.forum.queries.places import Place
from app.forum.queries.posts import ThreadPage
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community, of_post

REASONS = choices(FLAG_REASONS.items())


@blueprint.context_processor
def own_part() -> dict[str, Any]:
    """`barred(place)`: the reader's row while they may not write; `flagged(place, page)`: their flags on these posts."""
    return {"barred": _barred, "flagged": _flagged}


def _barred(place: Place) -> ForumPerson | None:
    if "barred" not in g:
        g.barred = moderation.barred(place)
    found: ForumPerson | None = g.barred
    return found


def _flagged(place: Place, page: ThreadPage) -> dict[UUID, Flag]:
    """Asked once for a page, whatever its length."""
    if "flagged" not in g:
        g.flagged = moderation.my_flags(place, [view.post.id for view in page.posts])
    found: dict[UUID, Flag] = g.flagged
    return found


@blueprint.get("/posts/<uuid:post_id>/flags")
@signed_in
@of_post
def flag_form(place: Place, post_id: UUID) -> str:
    post = queries.posts.post(place, post_id)
    template = "forum/moderation/_flag_dialog.html" if render.is_htmx() else "forum/moderation/flag.html"
    return render.fragment(template, place=place, post=post, form=forms.show_refused(FlagForm), reasons=REASONS)


@blueprint.post("/posts/<uuid:post_id>/flags")
@signed_in(again=flag_form)
@limit("20/hour")
@of_post
def flag_post(place: Place, post_id: UUID) -> Response:
    form, post = forms.parse(FlagForm), queries.posts.post(place, post_id)
    flagging.flag(access.actor(), post, form.reason.data, form.words.data or "")
    flash("Thank you. The team sees your flag; the author does not learn that it was you.")
    gone = post.number == 1 and post.state != "visible"
    return access.back(place.path if gone else f"/threads/{post.thread_id}?at={post.number}#post-{post.number}")


@blueprint.post("/posts/<uuid:post_id>/flags/withdrawal")
@signed_in
@of_post
def withdraw_flag(place: Place, post_id: UUID) -> Response:
    post = queries.posts.post(place, post_id)
    flagging.withdraw(access.actor(), post)
    return access.back(f"/threads/{post.thread_id}?at={post.number}#post-{post.number}")


@blueprint.get("/c/<community>/moderation")
@public
@in_community
def log(place: Place) -> str:
    found = moderation.log(request.args.get("after", ""))
    canonical = absolute(f"{place.path}/moderation")
    return render.page("forum/moderation/log.html", place=place, log=found, canonical_url=canonical)


@blueprint.get("/c/<community>/decisions")
@signed_in
@in_community
def decisions(place: Place) -> str:
    return render.page(
        "forum/moderation/decisions.html",
        place=place,
        log=moderation.decisions(place, request.args.get("after", "")),
        standing=moderation.standing_of(place),
        several=moderation.several_decide(place),
        form=forms.show_refused(AppealForm),
        answered=request.view_args.get("decision_id") if request.view_args else None,
    )


@blueprint.post("/c/<community>/decisions/<uuid:decision_id>/appeal")
@signed_in(again=decisions)
@limit("10/hour")
@in_community
def appeal(place: Place, decision_id: UUID) -> Response:
    form, decision = forms.parse(AppealForm), moderation.decision(place, decision_id)
    appealing.appeal(access.actor(), decision, form.words.data)
    return access.back(f"{place.path}/decisions#decision-{decision.id}")
