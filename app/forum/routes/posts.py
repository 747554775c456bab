"""One post: voting, editing, taking it back."""

from typing import Any
from uuid import UUID

from flask import Response

from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.forms import EditForm, VoteForm
from app.forum.models import Post
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import of_post


@blueprint.get("/posts/<uuid:post_id>")
@public
@of_post
def post(place: Place, post_id: UUID) -> Response:
    """Where it stands in its thread."""
    return access.back(_place_of(queries.posts.post(place, post_id)))


def _place_of(row: Post) -> str:
    return f"/threads/{row.thread_id}?at={row.number}#post-{row.number}"


@blueprint.get("/posts/<uuid:post_id>/menu")
@signed_in
@limit("240/minute")
@of_post
def post_menu(place: Place, post_id: UUID) -> str:
    """What this person can do with a post: the menu that its page opens, or a page of the same items."""
    row = queries.posts.post(place, post_id)
    thread = queries.posts.thread(place, row.thread_id)
    page = queries.posts.alone(place, thread, row)
    template = "forum/_post_actions.html" if render.is_htmx() else "forum/menu.html"
    return render.fragment(template, place=place, thread=thread, page=page, view=page.posts[0])


@blueprint.post("/posts/<uuid:post_id>/votes")
@signed_in
@limit("120/minute")
@of_post
def vote(place: Place, post_id: UUID) -> Response | str:
    row = queries.posts.post(place, post_id)
    value = forms.parse(VoteForm).value.data
    actions.vote(access.actor(), row, value)
    if render.is_htmx():
        return render.fragment("forum/_votes.html", post=row, vote=value, place=place)
    return access.back(_place_of(row))


@blueprint.get("/posts/<uuid:post_id>/edit")
@signed_in
@of_post
def edit_form(place: Place, post_id: UUID) -> str:
    return show_edit(place, queries.posts.post(place, post_id))


def show_edit(place: Place, row: Post, **context: Any) -> str:
    """The page; `context` adds how the text will look. Raises NotYours."""
    if row.author_id != place.user_id and not place.team:
        raise actions.NotYours
    form = forms.show_refused(EditForm, body=row.body, version=row.version)
    of = queries.posts.thread(place, row.thread_id)
    return render.page("forum/edit.html", place=place, post=row, thread=of, form=form, **context)


@blueprint.post("/posts/<uuid:post_id>/edit")
@signed_in(again=edit_form)
@of_post
def edit_post(place: Place, post_id: UUID) -> Response:
    form, row = forms.parse(EditForm), queries.posts.post(place, post_id)
    actions.edit(access.actor(), row, form.version.data, form.body.data, form.reason.data or "")
    return access.back(_place_of(row))


@blueprint.post("/posts/<uuid:post_id>/deletion")
@signed_in
@of_post
def delete_post(place: Place, post_id: UUID) -> Response:
    row = queries.posts.post(place, post_id)
    actions.take_back(access.actor(), row)
    return access.back(_place_of(row))


@blueprint.post("/posts/<uuid:post_id>/restoration")
@signed_in
@of_post
def restore_post(place: Place, post_id: UUID) -> Response:
    row = queries.posts.post(place, post_id)
    actions.restore(access.actor(), row)
    return access.back(_place_of(row))
