"""`/admin`: how the platform is, each figure with the list behind it."""

from typing import Any

from flask import redirect

from app.admin import words
from app.admin.queries import jobs, overview, receipts, schedule
from app.admin.routes import blueprint
from app.core import db, http
from app.core.web import render
from app.core.web.access import operators
from app.reviews import queries as reviews


@blueprint.get("/admin", strict_slashes=False)
@operators
def home() -> Any:
    """Asks for itself again every ten seconds; the money is asked for on its own, since looking at all of it takes a while."""
    queues = jobs.by_queue()
    total, tables = overview.sizes()
    return render.page(
        "admin/overview.html",
        queues=queues,
        workers=overview.workers([one.name for one in queues]),
        totals=jobs.totals(queues),
        received=overview.received(),
        receipts=receipts.counts(),
        post=overview.post(),
        turns=schedule.turns(),
        providers=jobs.by_provider(),
        held_back=http.held_back(),
        reported=reviews.waiting(),
        total_size=total,
        tables=tables,
        now=db.now(),
        w=words,
    )


@blueprint.get("/admin/money")
@operators
def money() -> Any:
    return render.page("admin/money.html", money=overview.money(), w=words)


@blueprint.get("/admin/audit")
@operators
def trail() -> Any:
    """The trail's own page does it all: filters, pages, the check of its seals."""
    return redirect("/w/guildhall/audit")
