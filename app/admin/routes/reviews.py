"""`/admin/reviews`: reviews that sellers reported, and those that their authors changed after they were hidden."""

from typing import Any
from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.admin import forms
from app.admin.routes import blueprint
from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, back, operators
from app.core.web.limits import limit
from app.reviews import actions, queries
from app.reviews import words as review_words

BASE = "/admin/reviews"


@blueprint.get(BASE)
@operators
def reviews() -> Any:
    """What waits, the oldest first; or what was decided."""
    decided = request.args.get("view") == "decided"
    cases, after = queries.cases(decided=decided, after=forms.place(request.args.get("after")))
    view = "view=decided&" if decided else ""
    return render.page(
        "admin/reviews.html",
        cases=cases,
        decided=decided,
        waiting=queries.waiting(),
        next_url=f"{BASE}?{view}after={after}" if after else "",
        words=review_words,
    )


@blueprint.post(f"{BASE}/<uuid:report_id>/decisions")
@limit("240/hour")
@operators(again=reviews)
def decide_review(report_id: UUID) -> Response:
    """Hide it or keep it, and say why: both sides read that."""
    case, form = queries.case(report_id), request.form
    version = form.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) < 9):
        raise Refused("This form is not complete. Open the page again; nothing was decided.")
    row = actions.decide(
        actor(), case.workspace.id, report_id, form.get("verdict", ""), form.get("answer", ""), int(version)
    )
    flash("It is hidden." if row.state == "hidden" else "It stays where everybody reads it.", "success")
    return back(BASE)
