"""Every parcel of the workspace by where it is, the worrying ones first in line."""

from uuid import UUID

from flask import request

from app.core.web import render
from app.core.web.access import member, requires
from app.shipping import queries, words
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, base

PAGE = 50
TABS = {
    "moving": "On their way",
    "raised": "Look at these",
    "failed": "Label failed",
    "labelled": "To hand over",
    "delivered": "Delivered",
}


@blueprint.get("/w/<workspace>/shipping")
@requires(READ)
def parcels() -> str:
    """Parcels in one view, newest first, in keyset pages."""
    view = request.args.get("view", "moving")
    view = view if view in TABS else "moving"
    counts = queries.parcel_counts()
    rows = queries.parcels_in(view, _id(request.args.get("after", "")), PAGE + 1)
    more = f"{base()}?view={view}&after={rows[PAGE - 1].id}" if len(rows) > PAGE else ""
    return render.page(
        "shipping/parcels.html",
        rows=rows[:PAGE],
        view=view,
        tabs={name: label for name, label in TABS.items() if name != "failed" or counts[name] or view == name},
        counts=counts,
        next_url=more,
        words=words,
        base=base(),
        here=f"{base()}?view={view}",
        live_topics=f"workspace:{member().workspace_id}:orders",
    )


def _id(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
