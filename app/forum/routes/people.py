"""People of a community: who can be called, their pages, and what they are called."""

from flask import Response, jsonify, redirect, request

from app.core.errors import NotFound
from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.forms import NameForm
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_community


@blueprint.get("/c/<community>/people")
@signed_in
@limit("240/minute")
@in_community
def people(place: Place) -> Response:
    """Whom somebody may mean by what they type after an @, as JSON."""
    typed, thread = request.args.get("q", "").strip()[:40], request.args.get("thread", "")
    found = queries.people.suggestions(typed, forms.identifier(thread, "thread") if thread else None)
    return jsonify(people=[{"handle": one.handle, "name": one.name, "team": one.team} for one in found])


@blueprint.get("/c/<community>/people/<handle>")
@public
@limit("120/minute")
@in_community
def person_page(place: Place, handle: str) -> str | Response:
    row = queries.people.called(place, handle[:40].lower())
    if row.handle != handle:
        return redirect(f"{place.path}/people/{row.handle}", 302)  # type: ignore[return-value]
    raw = request.args.get("before", "")
    profile = queries.people.profile(place, row, forms.identifier(raw, "before") if raw else None)
    return render.page("forum/person.html", place=place, profile=profile)


@blueprint.get("/c/<community>/people/<handle>/edit")
@signed_in
@in_community
def name_form(place: Place, handle: str) -> str:
    row = queries.people.me(place)
    if row.handle != handle:
        raise NotFound
    form = forms.show_refused(NameForm, name=row.name, handle=row.handle)
    return render.page("forum/name.html", place=place, person=row, form=form)


@blueprint.post("/c/<community>/people/<handle>/edit")
@signed_in(again=name_form)
@limit("20/hour")
@in_community
def name_person(place: Place, handle: str) -> Response:
    if queries.people.me(place).handle != handle:
        raise NotFound
    form = forms.parse(NameForm)
    row = actions.name_person(access.actor(), form.name.data, form.handle.data)
    return access.back(f"{place.path}/people/{row.handle}")
