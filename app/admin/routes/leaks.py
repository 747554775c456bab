"""`/admin/leaks`: whose copy a leaked file is, in every workspace."""

from uuid import UUID

from flask import request
from werkzeug.wrappers import Response

from app.admin.actions import leaks as acting
from app.admin.routes import blueprint
from app.core import db
from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, back, operators
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.downloads import actions as downloads
from app.downloads import queries
from app.downloads.models import Trace

BASE = "/admin/leaks"


@blueprint.get(BASE)
@operators
def leaks() -> str:
    """Where a leak is handed in, and what operators found out before."""
    with db.workspace(db.PLATFORM):
        found = queries.traces()
    return render.page("downloads/leaks.html", **_frame(), traces=found, largest=downloads.LARGEST_LEAK)


@blueprint.post(f"{BASE}/files")
@limit("60/hour")
@operators(again=leaks)
@uploads(downloads.LARGEST_LEAK)
def trace_leak() -> Response:
    """Look at a file."""
    sent = request.files.get("leak")
    if sent is None or not sent.filename:
        raise Refused("Choose the file that was found.", field="leak")
    return back(f"{BASE}/{acting.trace_file(actor(), sent.stream, sent.filename).id}")


@blueprint.post(f"{BASE}/texts")
@limit("60/hour")
@operators(again=leaks)
def trace_leaked_text() -> Response:
    """Look at text that was copied out of a file."""
    return back(f"{BASE}/{acting.trace_text(actor(), request.form.get('text', '')).id}")


@blueprint.get(f"{BASE}/<uuid:trace_id>")
@operators
def leak(trace_id: UUID) -> str:
    """What was found out."""
    with db.workspace(db.PLATFORM):
        row = db.get(Trace, trace_id)
    return render.page("downloads/leak.html", **_frame(), trace=row, origins=queries.origins(row))


def _frame() -> dict[str, object]:
    return {"layout": "admin/_layout.html", "here": BASE, "everywhere": True, "kinds": queries.KINDS}
