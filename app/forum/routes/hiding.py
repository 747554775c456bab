"""Tags of a community: which there are, and which of them a reader does not want to meet."""

from flask import Response, flash, request

from app.core.web import access, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.core.web.urls import absolute, safe_next
from app.forum import actions, queries
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community, person


@blueprint.get("/c/<community>/tags")
@public
@in_community
def tags(place: Place) -> str:
    return render.page(
        "forum/tags.html",
        place=place,
        tags=queries.hiding.in_use(place),
        hidden=queries.hiding.tags_of(place),
        canonical_url=absolute(f"{place.path}/tags"),
    )


@blueprint.post("/c/<community>/tags/hidden")
@signed_in(again=tags)
@limit("60/minute")
@in_community
def hide_tag(place: Place) -> Response:
    tag = actions.hide_tag(person(place), request.form.get("tag", ""))
    flash(f"Threads tagged #{tag} stay out of your lists, counts and mail here.", "good")
    return _back(place)


@blueprint.post("/c/<community>/tags/shown")
@signed_in(again=tags)
@limit("60/minute")
@in_community
def show_tag(place: Place) -> Response:
    actions.show_tag(person(place), request.form.get("tag", ""))
    return _back(place)


def _back(place: Place) -> Response:
    """Where the button was pressed, as long as that is in this community."""
    here = safe_next(request.form.get("back"), "")
    return access.back(
        here if here == place.path or here.startswith((f"{place.path}/", f"{place.path}?")) else f"{place.path}/tags"
    )
