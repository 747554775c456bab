"""One thread: its posts by pages, the reply, what one has read, and how much one wants to hear."""

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for

from app.core.errors import NotFound
from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.forum import actions, queries
from app.forum.forms import ReplyForm
from app.forum.models import Post, Thread
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_thread, person
from app.forum.routes.surroundings import about


@blueprint.get("/threads/<uuid:thread_id>")
@public
@in_thread
def thread(place: Place, thread_id: UUID) -> str | Response:
    try:
        return show(place, queries.posts.thread(place, thread_id))
    except NotFound:
        merged = queries.rearranging.now_at(place, thread_id)
        if merged is None:
            raise
    queries.posts.thread(place, merged)
    return redirect(url_for("forum.thread", thread_id=merged), 301)  # type: ignore[return-value]


def show(place: Place, row: Thread, **context: Any) -> str:
    """The page; `context` adds what just happened."""
    page = queries.posts.page(place, row, after=number("after"), before=number("before"), at=number("at"))
    draft, said = queries.drafts.filled(place, actions.draft_of(row))
    if raw := request.args.get("quote"):
        draft, said = None, queries.drafts.quoted(place, forms.identifier(raw, "quote"))
    if place.user_id and page.posts and (page.last > page.read or page.last >= row.last_number):
        actions.seen(place.user_id, row, page.last)
    return render.page(
        "forum/thread.html",
        place=place,
        thread=row,
        category=row.category,
        page=page,
        form=forms.show_refused(ReplyForm, parent=request.args.get("parent", ""), **said),
        draft=draft,
        canonical_url=absolute(page.path),
        live_topics=f"thread:{row.id},forum:{place.workspace_id}:{row.category_id}",
        **about(place, row, page),
        **context,
    )


def number(name: str) -> int:
    """A number of a post out of the address; what is none counts as 0."""
    raw = request.args.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 9 else 0


@blueprint.post("/threads/<uuid:thread_id>/posts")
@signed_in(again=thread)
@limit("30/minute")
@in_thread
def reply(place: Place, thread_id: UUID) -> Response:
    """Who still has the page of a thread that was merged answers in the one that took its posts."""
    form, row = forms.parse(ReplyForm), queries.rearranging.standing(place, thread_id)
    made = actions.reply(
        access.actor(), row, form.body.data, parent=_parent(place, form.parent.data), key=form.key.data or None
    )
    actions.seen(person(place), row, made.number)
    return access.back(url_for("forum.thread", thread_id=row.id, at=made.number) + f"#post-{made.number}")


def _parent(place: Place, raw: str | None) -> Post | None:
    return queries.posts.post(place, forms.identifier(raw, "parent")) if raw else None


@blueprint.post("/threads/<uuid:thread_id>/readings")
@signed_in
@in_thread
def read(place: Place, thread_id: UUID) -> Response:
    """How far somebody has read; a page says it as posts come into sight."""
    row = queries.posts.thread(place, thread_id)
    raw = request.form.get("number", "")
    actions.seen(person(place), row, min(int(raw), row.last_number) if raw.isdigit() and len(raw) < 9 else 0)
    return Response(status=204)


@blueprint.post("/threads/<uuid:thread_id>/following")
@signed_in
@in_thread
def follow(place: Place, thread_id: UUID) -> Response:
    row = queries.posts.thread(place, thread_id)
    actions.follow(person(place), request.form.get("level", ""), thread=row)
    return access.back(url_for("forum.thread", thread_id=row.id))


@blueprint.post("/threads/<uuid:thread_id>/answer")
@signed_in(again=thread)
@in_thread
def accept(place: Place, thread_id: UUID) -> Response:
    """Choose the answer; without a post, there is none any more."""
    row, raw = queries.posts.thread(place, thread_id), request.form.get("post", "")
    chosen = queries.posts.post(place, forms.identifier(raw, "post")) if raw else None
    actions.accept(access.actor(), row, chosen)
    return access.back(
        url_for("forum.thread", thread_id=row.id) + (f"?at={chosen.number}#post-{chosen.number}" if chosen else "")
    )


@blueprint.post("/threads/<uuid:thread_id>/deletion")
@signed_in(again=thread)
@in_thread
def delete_thread(place: Place, thread_id: UUID) -> Response:
    row = queries.posts.thread(place, thread_id)
    actions.take_back_thread(access.actor(), row)
    return access.back(place.path)
