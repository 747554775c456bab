"""While somebody writes: how it will look, drafts, and threads that may answer already."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core.errors import NotFound
from app.core.web import access, forms, render
from app.core.web.access import signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.forms import ThreadForm
from app.forum.queries.places import Place
from app.forum.routes import blueprint, communities, posts, threads
from app.forum.routes.entering import in_community, person

SHORTEST_TITLE = 4
"""Characters before it is worth looking for threads like it."""


@blueprint.post("/c/<community>/previews")
@signed_in
@limit("60/minute")
@in_community
def preview(place: Place) -> str | Response:
    """What posting would show; without scripts, the page again with it and with what was typed."""
    made = actions.preview(request.form.get("body", ""))
    if render.is_htmx():
        return render.fragment("forum/_preview.html", preview=made)
    return _page(place, request.form.get("place", ""), preview=made)


def _page(place: Place, name: str, **context: Any) -> str | Response:
    """The page whose form was sent: `new`, `thread:<id>` or `post:<id>`. Raises NotFound."""
    kind, _, raw = name.partition(":")
    if kind == "thread":
        return threads.show(place, queries.posts.thread(place, forms.identifier(raw, "place")), **context)
    if kind == "post":
        return posts.show_edit(place, queries.posts.post(place, forms.identifier(raw, "place")), **context)
    return communities.show_new(place, ThreadForm(request.form), **context)


@blueprint.get("/c/<community>/drafts")
@signed_in
@in_community
def drafts(place: Place) -> str:
    return render.page("forum/drafts.html", place=place, drafts=queries.drafts.mine(place))


@blueprint.post("/c/<community>/drafts")
@signed_in
@limit("60/minute")
@in_community
def keep_draft(place: Place) -> Response:
    """Sent by the page after typing stops and when it is left; 204, or why it was not kept."""
    said = request.form
    actions.keep_draft(
        person(place),
        _name(place, said.get("place", "")),
        said.get("body", ""),
        title=said.get("title", ""),
        tags=said.get("tags", "").split(","),
        category_id=_category(said.get("category", "")),
        key=said.get("key") or None,
    )
    return Response(status=204)


def _name(place: Place, name: str) -> str:
    """A draft belongs to a new thread, or to one that its author may read. Raises NotFound."""
    if name == "new":
        return name
    kind, _, raw = name.partition(":")
    if kind != "thread":
        raise NotFound
    return actions.draft_of(queries.rearranging.standing(place, forms.identifier(raw, "place")))


def _category(slug: str) -> UUID | None:
    return queries.threads.category(slug).id if slug else None


@blueprint.post("/c/<community>/drafts/discard")
@signed_in
@in_community
def discard_draft(place: Place) -> Response:
    """Its author may throw away any of their own, also of a thread that they may enter no more."""
    name = request.form.get("place", "")[:60]
    actions.discard_draft(person(place), name)
    where = {"list": f"{place.path}/drafts", "new": f"{place.path}/new"}
    back = request.form.get("back", "")
    if back == "thread" and name.startswith("thread:"):
        return access.back(f"/threads/{forms.identifier(name[7:], 'place')}#reply")
    return access.back(where.get(back, place.path))


@blueprint.get("/c/<community>/similar")
@signed_in
@limit("120/minute")
@in_community
def similar(place: Place) -> str:
    """Threads that this person may read and that are called alike, for the page where one is begun."""
    title = request.args.get("title", "").strip()[:150]
    rows = queries.similar.threads(place, title) if len(title) >= SHORTEST_TITLE else []
    return render.fragment("forum/_similar.html", place=place, rows=rows, title=title)
