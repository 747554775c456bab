"""The team's desk: opening the community, its name and rules, its categories."""

from typing import Any
from uuid import UUID

from flask import Response, request, url_for

from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import requires
from app.forum import actions, queries
from app.forum.forms import CategoryForm, CommunityForm
from app.forum.routes import blueprint

READ, ARRANGE = Permission.FORUM_POST_READ, Permission.FORUM_CATEGORY_WRITE


@blueprint.get("/w/<workspace>/forum")
@requires(READ)
def desk() -> str:
    community = queries.desk.community()
    if community is None:
        return render.page("forum/desk/open.html", form=forms.show_refused(CommunityForm, **_proposed()))
    return render.page(
        "forum/desk/categories.html",
        community=community,
        rows=queries.desk.categories(),
        figures=queries.desk.figures(),
    )


def _proposed() -> dict[str, Any]:
    return {"name": f"{access.member().name} community", "slug": access.member().slug}


@blueprint.post("/w/<workspace>/forum")
@requires(ARRANGE, again=desk)
def open_community() -> Response:
    form = forms.parse(CommunityForm)
    actions.open_community(
        access.actor(),
        form.name.data,
        form.slug.data or access.member().slug,
        form.about.data or "",
        form.rules.data or "",
    )
    return _back()


@blueprint.get("/w/<workspace>/forum/settings")
@requires(READ)
def community_form() -> str:
    row = queries.desk.community_or_404()
    return render.page(
        "forum/desk/settings.html", community=row, form=forms.show_refused(CommunityForm, **_fields(row))
    )


def _fields(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("name", "about", "rules", "state", "version")}


@blueprint.post("/w/<workspace>/forum/settings")
@requires(ARRANGE, again=community_form)
def change_community() -> Response:
    form, row = forms.parse(CommunityForm), queries.desk.community_or_404()
    said = {name: form[name].data or "" for name in ("name", "about", "rules", "state")}
    actions.change_community(access.actor(), row, form.version.data or 0, **said)
    return access.back(url_for("forum.community_form", workspace=access.member().slug))


@blueprint.get("/w/<workspace>/forum/categories/new")
@requires(ARRANGE)
def category_form() -> str:
    queries.desk.community_or_404()
    form = forms.show_refused(CategoryForm)
    return render.page("forum/desk/category.html", form=form, row=None, products=queries.desk.products())


@blueprint.post("/w/<workspace>/forum/categories")
@requires(ARRANGE, again=category_form)
def add_category() -> Response:
    actions.add_category(access.actor(), **_category())
    return _back()


@blueprint.get("/w/<workspace>/forum/categories/<uuid:category_id>")
@requires(ARRANGE)
def category_page(category_id: UUID) -> str:
    row = queries.desk.category(category_id)
    said = {name: getattr(row, name) for name in ("name", "about", "audience", "writes", "version")}
    form = forms.show_refused(CategoryForm, products=queries.desk.chosen(row), **said)
    return render.page("forum/desk/category.html", form=form, row=row, products=queries.desk.products())


@blueprint.post("/w/<workspace>/forum/categories/<uuid:category_id>")
@requires(ARRANGE, again=category_page)
def change_category(category_id: UUID) -> Response:
    version = forms.parse(CategoryForm).version.data or 0
    actions.change_category(access.actor(), queries.desk.category(category_id), version, **_category())
    return _back()


def _category() -> dict[str, Any]:
    form = forms.parse(CategoryForm)
    sold = {row.id for row in queries.desk.products()}
    if not set(form.products.data or []) <= sold:
        raise Refused("Choose from the products of this workspace. Nothing was saved.", field="products")
    return {name: form[name].data or "" for name in ("name", "about", "audience", "writes")} | {
        "products": form.products.data or []
    }


@blueprint.post("/w/<workspace>/forum/categories/<uuid:category_id>/archive")
@requires(ARRANGE)
def archive_category(category_id: UUID) -> Response:
    actions.archive_category(access.actor(), queries.desk.category(category_id))
    return _back()


@blueprint.post("/w/<workspace>/forum/categories/<uuid:category_id>/place")
@requires(ARRANGE)
def move_category(category_id: UUID) -> Response:
    actions.move_category(access.actor(), queries.desk.category(category_id), request.form.get("to") == "up")
    return _back()


def _back() -> Response:
    return access.back(url_for("forum.desk", workspace=access.member().slug))
