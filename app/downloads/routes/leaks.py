"""Whose copy is this? For sellers: a leaked file or text in, the order it came from out."""

from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.core import db
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.downloads import actions, kinds, queries
from app.downloads.models import Trace
from app.downloads.routes import blueprint

HERE = "/w/<workspace>/leaks"
TRACE = Permission.DOWNLOADS_LEAK_TRACE


@blueprint.get(HERE)
@requires(TRACE)
def leaks() -> str:
    """Where a leak is handed in, and what was found out before."""
    return render.page("downloads/leaks.html", **_frame(), traces=queries.traces(), largest=actions.LARGEST_LEAK)


@blueprint.post(f"{HERE}/files")
@limit("30/hour")
@requires(TRACE, again=leaks)
@uploads(actions.LARGEST_LEAK)
def trace_file() -> Response:
    """Look at a file."""
    sent = request.files.get("leak")
    if sent is None or not sent.filename:
        raise Refused("Choose the file that you found.", field="leak")
    row = actions.trace_file(actor(), sent.stream, sent.filename)
    return back(f"/w/{member().slug}/leaks/{row.id}")


@blueprint.post(f"{HERE}/texts")
@limit("60/hour")
@requires(TRACE, again=leaks)
def trace_text() -> Response:
    """Look at text that was copied out of a file."""
    row = actions.trace_text(actor(), request.form.get("text", ""))
    return back(f"/w/{member().slug}/leaks/{row.id}")


@blueprint.get(f"{HERE}/<uuid:trace_id>")
@requires(TRACE)
def leak(trace_id: UUID) -> str:
    """What was found out."""
    row = db.get(Trace, trace_id)
    return render.page("downloads/leak.html", **_frame(), trace=row, origins=queries.origins(row))


def _frame() -> dict[str, object]:
    return {
        "layout": "layouts/workspace.html",
        "here": f"/w/{member().slug}/leaks",
        "everywhere": False,
        "kinds": kinds.KINDS,
    }
