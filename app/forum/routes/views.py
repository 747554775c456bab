"""Named filters of a community's list: keeping, renaming, opening with and sharing them."""

from uuid import UUID

from flask import Response, flash, request

from app.core import db
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import requires, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries, wishes
from app.forum.forms import ViewForm
from app.forum.models import ForumView
from app.forum.queries.places import Place
from app.forum.queries.views import View
from app.forum.routes import blueprint
from app.forum.routes.communities import addressed, community
from app.forum.routes.entering import in_community, person


@blueprint.get("/c/<community>/views")
@signed_in
@in_community
def views(place: Place) -> str:
    """All of them at once, to rename, remove and share."""
    return render.page("forum/views.html", place=place, views=queries.views.listed(place), filters=_said)


def _said(view: View) -> str:
    """What a view shows, in words."""
    wish = addressed(view.query)
    said = [view.category, "" if wish.tab == "latest" else wish.tab.capitalize(), wishes.words(wish)]
    return " · ".join(one for one in said if one)


@blueprint.post("/c/<community>/views")
@signed_in(again=community)
@limit("30/minute")
@in_community
def keep_view(place: Place) -> Response:
    """Keep the filters that the list shows; the community opens with them when that is asked for."""
    form = forms.parse(ViewForm)
    of = queries.threads.category(form.category.data) if form.category.data else None
    query = addressed(form.filters.data or "").query
    view = actions.keep_view(access.actor(), form.name.data or "", of, query, team=place.team)
    if form.opens.data:
        actions.open_with(person(place), view)
    flash(f"«{view.name}» is saved.", "good")
    return access.back(f"{place.path}/{of.slug if of else ''}".rstrip("/") + f"?{query or 'tab=latest'}")


@blueprint.post("/c/<community>/views/<uuid:view_id>/name")
@signed_in(again=views)
@limit("30/minute")
@in_community
def rename_view(place: Place, view_id: UUID) -> Response:
    typed = request.form.get("name", "")[:200]
    name = actions.rename_view(access.actor(), db.get(ForumView, view_id), typed, team=place.team)
    flash(f"It is called «{name}» now.", "good")
    return _managing(place)


@blueprint.post("/c/<community>/views/<uuid:view_id>/removal")
@signed_in(again=views)
@in_community
def remove_view(place: Place, view_id: UUID) -> Response:
    name = actions.remove_view(access.actor(), db.get(ForumView, view_id))
    flash(f"«{name}» is removed. No thread was changed.", "good")
    return _managing(place)


@blueprint.post("/c/<community>/views/<uuid:view_id>/opening")
@signed_in(again=views)
@in_community
def open_with_view(place: Place, view_id: UUID) -> Response:
    """The community opens with this view for the person, or no longer."""
    wanted, view = request.form.get("value") == "1", db.get(ForumView, view_id)
    actions.open_with(person(place), view if wanted else None)
    flash(f"This community opens with «{view.name}» for you." if wanted else "It opens with everything again.", "good")
    return _managing(place)


@blueprint.post("/w/<workspace>/forum/views/<uuid:view_id>/sharing")
@requires(Permission.FORUM_POST_MODERATE)
def share_view(view_id: UUID) -> Response:
    """Everybody of the community sees a view, or no longer."""
    shared = request.form.get("value") == "1"
    view = actions.share_view(access.actor(), view_id, shared)
    flash(f"Everybody here sees «{view.name}» now." if shared else f"«{view.name}» is shared no longer.", "good")
    return access.back(f"{queries.places.path_of(access.member().workspace_id)}/views")


def _managing(place: Place) -> Response:
    return access.back(f"{place.path}/views")
