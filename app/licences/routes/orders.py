"""For the page of an order: its licences."""

from uuid import UUID

from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import member, requires
from app.licences import queries
from app.licences.routes import blueprint


@blueprint.get("/w/<workspace>/orders/<uuid:order_id>/licences")
@requires(Permission.LICENCES_LICENCE_READ)
def of_order(order_id: UUID) -> str:
    """A card with the keys, their states and seats; a page of its own without htmx. Orders without licences have none."""
    found = queries.held_in_orders([order_id])
    if not found:
        raise NotFound
    template = "licences/_order.html" if render.is_htmx() else "licences/order.html"
    return render.fragment(template, found=found, base=f"/w/{member().slug}")
