"""`/w/<workspace>`: Today."""

from typing import Any

from flask import Blueprint, redirect

from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import member, requires
from app.home import queries

blueprint = Blueprint("home", __name__)


@blueprint.get("/w/<workspace>", strict_slashes=False)
@requires(Permission.ORDERS_ORDER_READ)
def today() -> Any:
    """The whole page; its parts ask for themselves again when an order changes."""
    place = member()
    if place.operates:
        return redirect("/admin")
    steps = queries.steps()
    return render.page(
        "home/today.html",
        needs=queries.needs(),
        takings=queries.takings(),
        days=queries.days(),
        orders=queries.recent_orders(),
        steps=[] if all(step.done for step in steps) else steps,
        done=sum(step.done for step in steps),
        now=db.now(),
        home=f"/w/{place.slug}",
        live_topics=f"workspace:{place.workspace_id}:orders,workspace:{place.workspace_id}:stock",
    )
