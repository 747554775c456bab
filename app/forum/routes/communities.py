"""A community's pages: its categories, its lists of threads, and the page where one is begun."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, redirect, request, url_for

from app.core import db
from app.core.web import access, forms, render
from app.core.web.access import public, signed_in
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.forum import actions, queries, wishes
from app.forum.forms import ThreadForm
from app.forum.models import ForumCategory
from app.forum.queries.places import Place
from app.forum.queries.views import View
from app.forum.routes import blueprint, polls
from app.forum.routes.entering import in_community, person
from app.forum.wishes import Wish


@blueprint.get("/c")
@public
def directory() -> str:
    return render.page("forum/directory.html", communities=queries.places.directory(), canonical_url=absolute("/c"))


@blueprint.get("/c/<community>")
@public
@in_community
def community(place: Place) -> str | Response:
    return _list(place, None)


@blueprint.get(f"/c/{db.PLATFORM_SLUG}")
@public
def square() -> Any:
    """The platform's own community, which each page links to; all of them, before the platform has opened it."""
    if not queries.places.path_of(db.PLATFORM):
        return redirect("/c")
    return community(community=db.PLATFORM_SLUG)


@blueprint.get("/c/<community>/<category>")
@public
@in_community
def category(place: Place, category: str) -> str | Response:
    return _list(place, queries.threads.category(category))


def _list(place: Place, of: ForumCategory | None) -> str | Response:
    views = queries.views.listed(place)
    if opening := _opening(views, of):
        return access.back(opening)
    wish = addressed()
    hidden = queries.hiding.of(place, wish.tags)
    shelves = queries.threads.categories(place, hidden)
    enterable = of is None or bool(queries.threads.enterable(place, [of]))
    path = f"{place.path}/{of.slug}" if of else place.path
    return render.page(
        "forum/list.html",
        place=place,
        shelves=shelves,
        category=of,
        enterable=enterable,
        level=queries.threads.level_of(place, of),
        wish=wish,
        views=views,
        hidden=hidden,
        page=queries.threads.page(place, wish, of, hidden=hidden) if enterable else None,
        path=path,
        query=lambda **changed: wishes.query(wish, **changed),
        sorts=wishes.SORTS,
        filtered=wishes.words(wish),
        products=queries.threads.products_of(shelves, of),
        canonical_url=absolute(path),
        live_topics=_topics(place, shelves, of) if enterable else "",
    )


def _opening(views: list[View], of: ForumCategory | None) -> str:
    """Where the person's community opens; nothing on any other address than its bare one."""
    if of is not None or request.args or request.method != "GET":
        return ""
    return next((view.path for view in views if view.opens and (view.query or view.category)), "")


def addressed(typed: str | None = None) -> Wish:
    """What the address asks for; what the form that is shown again was sent with; or what this query string says."""
    if typed is None and request.method == "POST":
        typed = request.form.get("filters", "")
    return wishes.parse(request.args.items(multi=True) if typed is None else parse_qsl(typed[:1000]))


def _topics(place: Place, shelves: list[Any], of: ForumCategory | None) -> str:
    """What the list listens to: the categories it shows, at most the first twenty."""
    shown = [of] if of else [shelf.row for shelf in shelves if shelf.enterable]
    return ",".join(f"forum:{place.workspace_id}:{row.id}" for row in shown[:20])


@blueprint.get("/c/<community>/new")
@signed_in
@in_community
def new_thread(place: Place) -> str:
    draft, said = queries.drafts.filled(place, "new")
    asked = {name: request.args[name][:150] for name in ("category", "title") if request.args.get(name)}
    return show_new(place, forms.show_refused(ThreadForm, **{**said, **asked}), draft=draft)


def show_new(place: Place, form: ThreadForm, **context: Any) -> str:
    """The page; `context` adds a draft that was kept, or how the text will look."""
    shelves = [one for one in queries.threads.categories(place) if one.enterable and not one.row.archived_at]
    writable = [(one.row.slug, one.row.name) for one in shelves if place.team or one.row.writes == "everyone"]
    return render.page("forum/new.html", place=place, form=form, choices=writable, **context)


@blueprint.post("/c/<community>/new")
@signed_in(again=new_thread)
@limit("30/hour")
@in_community
def start_thread(place: Place) -> Response:
    form = forms.parse(ThreadForm)
    shelf = queries.threads.category(form.category.data)
    if not queries.threads.enterable(place, [shelf]):
        raise actions.MayNotStart("You may not enter this category. Nothing was posted; your text is still in the box.")
    thread = actions.start(
        access.actor(),
        shelf,
        form.title.data,
        form.body.data,
        (form.tags.data or "").split(","),
        key=form.key.data or None,
    )
    polls.ask_first(place, thread, form)
    actions.seen(person(place), thread, thread.last_number)
    return access.back(url_for("forum.thread", thread_id=thread.id))


@blueprint.post("/c/<community>/readings")
@signed_in
@in_community
def read_all(place: Place) -> Response:
    """Everything is read, in the whole community or in one category."""
    slug = request.form.get("category", "")
    of = queries.threads.category(slug) if slug else None
    actions.seen_all(person(place), of)
    return access.back(f"{place.path}/{of.slug}" if of else place.path)


@blueprint.post("/c/<community>/<category>/following")
@signed_in
@in_community
def follow_category(place: Place, category: str) -> Response:
    row = queries.threads.category(category)
    actions.follow(person(place), request.form.get("level", ""), category=row)
    return access.back(f"{place.path}/{row.slug}")
