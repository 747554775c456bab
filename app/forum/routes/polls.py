"""Asking, voting and closing a poll."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, request

from app.core import db
from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.forms import PollForm, ThreadForm
from app.forum.models import Post, Thread
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import of_post


@blueprint.get("/posts/<uuid:post_id>/poll")
@public
@of_post
def poll(place: Place, post_id: UUID) -> str | Response:
    """The poll alone, with its result when `results` asks for it."""
    row = queries.posts.post(place, post_id)
    if not render.is_htmx():
        return access.back(f"/threads/{row.thread_id}?at={row.number}&results={row.id}#post-{row.number}")
    return _shown(place, row)


def _shown(place: Place, row: Post) -> str:
    view = queries.polls.of(place, [row.id]).get(row.id)
    return render.fragment("forum/_poll.html", place=place, post=row, poll_view=view)


@blueprint.post("/posts/<uuid:post_id>/poll/votes")
@signed_in
@limit("60/minute")
@of_post
def choose(place: Place, post_id: UUID) -> str | Response:
    """The whole vote: no option takes it back."""
    row = queries.posts.post(place, post_id)
    actions.choose(access.actor(), row, [forms.identifier(one, "option") for one in request.form.getlist("option")])
    if render.is_htmx():
        return _shown(place, row)
    return _back(row)


@blueprint.get("/posts/<uuid:post_id>/poll/edit")
@signed_in
@of_post
def poll_form(place: Place, post_id: UUID) -> str:
    row = queries.posts.post(place, post_id)
    if row.author_id != place.user_id and not place.team:
        raise actions.NotYours
    view = queries.polls.of(place, [row.id]).get(row.id)
    if view and view.poll.voters:
        raise actions.PollStands
    form = forms.show_refused(PollForm, **_said(view))
    thread = queries.posts.thread(place, row.thread_id)
    return render.page("forum/poll.html", place=place, post=row, thread=thread, form=form)


def _said(view: Any) -> dict[str, Any]:
    if view is None:
        return {}
    words = "\n".join(option.words for option in view.options)
    return {"poll_question": view.poll.question, "poll_options": words, "poll_many": view.poll.many}


@blueprint.post("/posts/<uuid:post_id>/poll")
@signed_in(again=poll_form)
@of_post
def set_poll(place: Place, post_id: UUID) -> Response:
    row, form = queries.posts.post(place, post_id), forms.parse(PollForm)
    ask(row, form)
    return _back(row)


def ask(row: Post, form: PollForm) -> None:
    """What a form says of a poll; the page of a new thread holds the same fields."""
    actions.set_poll(
        access.actor(),
        row,
        form.poll_question.data or "",
        (form.poll_options.data or "").splitlines(),
        many=bool(form.poll_many.data),
        closes_at=_end(form.poll_days.data),
    )


def ask_first(place: Place, thread: Thread, form: ThreadForm) -> None:
    """The poll of a thread that was just begun, when its form asks one; the same form sent twice asks once."""
    if not (form.poll_question.data or form.poll_options.data):
        return
    first = queries.polls.first_post(thread)
    if not queries.polls.of(place, [first.id]):
        ask(first, form)


def _end(days: int | None) -> datetime | None:
    return db.now() + timedelta(days=days) if days else None


@blueprint.post("/posts/<uuid:post_id>/poll/end")
@signed_in
@of_post
def close_poll(place: Place, post_id: UUID) -> Response:
    row = queries.posts.post(place, post_id)
    actions.close_poll(access.actor(), row)
    return _back(row)


def _back(row: Post) -> Response:
    return access.back(f"/threads/{row.thread_id}?at={row.number}#post-{row.number}")
