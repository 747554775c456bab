"""Named sets of filters."""

from typing import Any
from uuid import UUID

from flask import flash, request

from app.core.permissions import Permission
from app.core.web.access import actor, back, requires
from app.core.web.forms import parse
from app.orders import actions, forms
from app.orders.queries import addressed
from app.orders.routes import blueprint
from app.orders.routes.seller import base, orders, wanted


@blueprint.post("/w/<workspace>/orders/views")
@requires(Permission.ORDERS_ORDER_WRITE, again=orders)
def save_view() -> Any:
    """Keep the filters that the list shows."""
    form, query = parse(forms.ViewForm), addressed.query(wanted())
    view = actions.save_view(actor(), form.name.data or "", query, bool(form.shared.data))
    flash(f"«{view.name}» is saved.", "good")
    return back(f"{base()}?{query}")


@blueprint.post("/w/<workspace>/orders/views/<uuid:view_id>/removal")
@requires(Permission.ORDERS_ORDER_WRITE)
def remove_view(view_id: UUID) -> Any:
    name = actions.remove_view(actor(), view_id)
    flash(f"«{name}» is removed. No order was changed.", "good")
    query = request.form.get("query", "")
    return back(f"{base()}?{query}" if query else base())
