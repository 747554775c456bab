"""Saving threads and posts, and the page «Saved» of a person, for all communities."""

from typing import Any
from uuid import UUID

from flask import Response, flash, g, request

from app.core.web import access, forms, render
from app.core.web.access import signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.models import Post, Thread
from app.forum.queries.places import Place
from app.forum.queries.posts import ThreadPage
from app.forum.queries.saves import Saved
from app.forum.routes import blueprint
from app.forum.routes.entering import in_thread, of_post, person

LONGEST = 100


@blueprint.context_processor
def own_saves() -> dict[str, Any]:
    """`saves(place, thread, page)`: what of a thread's page the reader saved."""
    return {"saves": _saves}


def _saves(place: Place, thread: Thread, page: ThreadPage | None) -> Saved:
    """Asked once for a page, whatever its length."""
    if "saves" not in g:
        posts = [view.post.id for view in page.posts] if page else []
        g.saves = queries.saves.on(place, thread.id, posts)
    found: Saved = g.saves
    return found


@blueprint.post("/threads/<uuid:thread_id>/saving")
@signed_in
@limit("120/minute")
@in_thread
def save_thread(place: Place, thread_id: UUID) -> Response:
    return _turn(place, queries.posts.thread(place, thread_id))


@blueprint.post("/posts/<uuid:post_id>/saving")
@signed_in
@limit("120/minute")
@of_post
def save_post(place: Place, post_id: UUID) -> Response:
    return _turn(place, queries.posts.post(place, post_id))


def _turn(place: Place, subject: Thread | Post) -> Response:
    """What the button says is wanted: 1 to keep it, anything else to keep it no longer."""
    wanted = request.form.get("value") == "1"
    (actions.save if wanted else actions.unsave)(person(place), subject)
    if render.is_htmx():
        return Response(status=204)
    flash("Saved. You find it again under «Saved»." if wanted else "No longer saved.", "good")
    if isinstance(subject, Thread):
        return access.back(f"/threads/{subject.id}")
    return access.back(f"/threads/{subject.thread_id}?at={subject.number}#post-{subject.number}")


@blueprint.get("/saved")
@signed_in
@limit("120/minute")
def saved() -> str:
    words, raw = request.args.get("q", "").strip()[:LONGEST], request.args.get("before", "")
    before = forms.identifier(raw, "before") if raw else None
    page = queries.saves.page(access.viewer().id, words, before)  # type: ignore[union-attr]
    return render.page("forum/saved.html", q=words, page=page, before=before)


@blueprint.post("/saved/<uuid:save_id>/removal")
@signed_in
def forget(save_id: UUID) -> Response:
    actions.forget(save_id)
    flash("Removed from «Saved».", "good")
    return access.back("/saved")
