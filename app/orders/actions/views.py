"""Saving a set of filters under a name."""

from uuid import UUID

from sqlalchemy import Select, func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Forbidden, Refused
from app.orders.models import OrderView

MOST = 20


def save_view(actor: Actor, name: str, query: str, shared: bool) -> OrderView:
    """Keep a query string; the same name of the same person is replaced. Raises Refused without a name or beyond 20."""
    name = " ".join(name.split())
    if not name or len(name) > 40:
        raise Refused("Give the view a name of up to 40 characters. Nothing was saved.", field="name")
    known = db.session().scalars(_mine(actor).where(OrderView.name == name).with_for_update()).one_or_none()
    if known is None:
        if (db.session().scalar(select(func.count()).select_from(_mine(actor).subquery())) or 0) >= MOST:
            raise Refused(f"You have {MOST} views already. Remove one first; nothing was saved.", field="name")
        known = db.add(OrderView(owner_id=actor.user_id, name=name, query=query, shared=shared))
    known.query, known.shared = query, shared
    audit.record(actor, "orders.save_view", known, name=name, shared=shared)
    return known


def remove_view(actor: Actor, view_id: UUID) -> str:
    """Forget a view of one's own. Returns its name. Raises NotFound, Forbidden."""
    view = db.get(OrderView, view_id)
    if view.owner_id != actor.user_id:
        raise Forbidden("Only the person who saved this view can remove it. Nothing was changed.")
    audit.record(actor, "orders.remove_view", view, name=view.name)
    db.session().delete(view)
    return view.name


def _mine(actor: Actor) -> Select[OrderView]:
    return select(OrderView).where(OrderView.owner_id == actor.user_id)
