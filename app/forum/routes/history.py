"""What a post said before; a thread's title and tags."""

from uuid import UUID

from flask import Response, request

from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import access, forms, render
from app.core.web.access import public, requires, signed_in
from app.core.web.limits import limit
from app.forum import actions, queries
from app.forum.forms import RenameForm
from app.forum.queries.places import Place
from app.forum.routes import blueprint
from app.forum.routes.entering import in_thread, of_post


@blueprint.get("/posts/<uuid:post_id>/history")
@public
@of_post
def history(place: Place, post_id: UUID) -> str:
    row = queries.posts.post(place, post_id)
    raw = request.args.get("before", "")
    return render.page(
        "forum/history.html",
        place=place,
        post=row,
        thread=queries.posts.thread(place, row.thread_id),
        page=queries.history.steps(place, row, forms.identifier(raw, "before") if raw else None),
    )


@blueprint.post("/w/<workspace>/forum/revisions/<uuid:revision_id>/redaction")
@requires(Permission.FORUM_POST_MODERATE)
def redact(revision_id: UUID) -> Response:
    row = queries.history.revision(revision_id)
    actions.redact(access.actor(), row)
    return access.back(f"/posts/{row.post_id}/history")


@blueprint.get("/threads/<uuid:thread_id>/title")
@signed_in
@in_thread
def rename_form(place: Place, thread_id: UUID) -> str:
    row = queries.posts.thread(place, thread_id)
    if row.author_id != place.user_id and not place.team:
        raise NotFound
    form = forms.show_refused(RenameForm, title=row.title, tags=", ".join(row.tags), version=row.version)
    return render.page("forum/rename.html", place=place, thread=row, form=form)


@blueprint.post("/threads/<uuid:thread_id>/title")
@signed_in(again=rename_form)
@limit("20/minute")
@in_thread
def rename(place: Place, thread_id: UUID) -> Response:
    form, row = forms.parse(RenameForm), queries.posts.thread(place, thread_id)
    actions.rename(
        access.actor(),
        row,
        form.version.data,
        form.title.data,
        (form.tags.data or "").split(","),
        form.reason.data or "",
    )
    return access.back(f"/threads/{row.id}")
