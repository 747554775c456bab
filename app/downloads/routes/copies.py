"""A buyer's own copy: asking for it, and how far it is."""

from uuid import UUID

from werkzeug.wrappers import Response

from app.core.web import render
from app.core.web.access import back, public
from app.core.web.limits import limit
from app.downloads import actions, copying, queries
from app.downloads.routes import blueprint
from app.downloads.routes.library import purchase


@blueprint.post("/library/<uuid:grant_id>/files/<uuid:file_id>/copies")
@limit("60/minute")
@public(again=purchase)
def make_copy(grant_id: UUID, file_id: UUID) -> Response:
    """Have the copy made, also again when it failed; the page shows how far it is."""
    grant = queries.own_grant(grant_id)
    actions.ask_again(grant, queries.own_file(grant, file_id))
    return back(f"/library/{grant_id}#copy-{file_id}")


@blueprint.get("/library/<uuid:grant_id>/files/<uuid:file_id>/copy")
@public
def copy_state(grant_id: UUID, file_id: UUID) -> object:
    """The row's part that says how far it is; without htmx the whole page."""
    grant = queries.own_grant(grant_id)
    file = queries.own_file(grant, file_id)
    if not render.is_htmx():
        return back(f"/library/{grant_id}#copy-{file_id}")
    copy = queries.copies_of(grant).get(file_id)
    return render.fragment("downloads/_copy.html", grant=grant, file=file, copy=copy, copy_seconds=copying.seconds)
