"""What a thread's open page asks for and says: what is new, and that somebody is writing."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from app.core.web import access, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.queries.places import Place
from app.forum.queries.posts import ThreadPage
from app.forum.routes import blueprint
from app.forum.routes.entering import in_thread
from app.forum.routes.surroundings import about
from app.forum.routes.threads import number

MOST, ALIKE = 20, 4
"""Posts that a page asks for at once, and threads beside one."""


@blueprint.get("/threads/<uuid:thread_id>/news")
@public
@in_thread
def news(place: Place, thread_id: UUID) -> str:
    """Posts after the number `after`, and those whose numbers are in `only`, as this person may see them now."""
    row = queries.posts.thread(place, thread_id)
    wanted = [int(raw) for raw in request.args.get("only", "").split(",")[:MOST] if raw.isascii() and raw.isdigit()]
    changed = queries.posts.numbered(place, row, [one for one in wanted if one < 10**9])
    later = queries.posts.page(place, row, after=number("after")) if "after" in request.args else None
    shown = [*changed, *(later.posts if later else [])]
    page = ThreadPage(row, shown, False, bool(later and later.later), 0, None)
    return render.fragment("forum/_news.html", place=place, thread=row, page=page)


@blueprint.get("/threads/<uuid:thread_id>/arrangement")
@public
@in_thread
def arrangement(place: Place, thread_id: UUID) -> str | Response:
    """For an open page whose posts were put elsewhere: the way there, or the thread as it stands now around the post `top`.

    `change` and `there` say what happened (events.ThreadRearranged). Raises NotFound.
    """
    row = queries.rearranging.standing(place, thread_id)
    if not render.is_htmx():
        return access.back(f"/threads/{row.id}")
    if row.id != thread_id:
        return render.fragment("forum/_merged.html", there=row)
    page = queries.posts.page(place, row, at=queries.rearranging.number_near(row, request.args.get("top", "")))
    return render.fragment(
        "forum/_arrangement.html",
        place=place,
        thread=row,
        category=row.category,
        page=page,
        change=request.args.get("change", ""),
        there=queries.rearranging.readable(place, request.args.get("there", "")),
        **about(place, row, page),
    )


@blueprint.get("/threads/<uuid:thread_id>/similar")
@public
@limit("120/minute")
@in_thread
def similar_threads(place: Place, thread_id: UUID) -> str | Response:
    """Threads called alike that this person may read, for the column beside the posts; without scripts, a search for them."""
    row = queries.rearranging.standing(place, thread_id)
    if not render.is_htmx():
        return access.back(f"{place.path}/search?{urlencode({'q': row.title})}")
    rows = [one for one in queries.similar.threads(place, row.title, ALIKE + 1) if one.thread.id != row.id]
    return render.fragment("forum/_thread_similar.html", rows=rows[:ALIKE])


@blueprint.post("/threads/<uuid:thread_id>/writing")
@signed_in
@limit("30/minute")
@in_thread
def writing(place: Place, thread_id: UUID) -> Response:
    """«Kim is writing…»: the page says it every few seconds while keys are pressed. `page` tells pages apart."""
    actions.say_writing(
        access.actor(), queries.rearranging.standing(place, thread_id), request.form.get("page", "")[:40]
    )
    return Response(status=204)
