"""`/admin/schedule`: periodic work."""

from typing import Any

from flask import Response, flash

from app.admin import words
from app.admin.actions import schedule as acting
from app.admin.queries import schedule as reading
from app.admin.routes import blueprint
from app.core.web import render
from app.core.web.access import actor, back, operators


@blueprint.get("/admin/schedule")
@operators
def schedule() -> Any:
    turns = [(turn, words.explain(turn.job.error if turn.job else None)) for turn in reading.turns()]
    return render.page("admin/schedule.html", turns=turns, w=words)


@blueprint.post("/admin/schedule/<name>/runs")
@operators
def run_now(name: str) -> Response:
    if acting.run_now(actor(), name):
        flash(f"Asked for: {words.work(name).lower()}.", "success")
    else:
        flash("Its last run has not ended yet; nothing was asked for twice.", "info")
    return back("/admin/schedule")
