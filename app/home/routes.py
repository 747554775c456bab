"""`/w/<workspace>`: Today."""

from typing import Any

from flask import Blueprint, redirect, request

from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.home import queries
from app.workspaces import actions as workspaces

blueprint = Blueprint("home", __name__)


@blueprint.get("/w/<workspace>", strict_slashes=False)
@requires(Permission.ORDERS_ORDER_READ)
def today() -> Any:
    """The whole page; its parts ask for themselves again when an order changes."""
    place = member()
    if place.operates:
        return redirect("/admin")
    steps = queries.steps(place.workspace_id)
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
        live_topics=f"workspace:{place.workspace_id}:orders,workspace:{place.workspace_id}:stock,workspace:{place.workspace_id}:forum",
    )


@blueprint.post("/w/<workspace>/steps")
@requires(Permission.WORKSPACES_WORKSPACE_WRITE)
def set_aside() -> Any:
    """A step of getting started is not for this workspace. Raises NotFound for one that everybody needs."""
    step = request.form.get("step", "")
    if step not in queries.OPTIONAL:
        raise NotFound
    workspaces.set_aside(actor(), member().workspace_id, step)
    return back(f"/w/{member().slug}")
