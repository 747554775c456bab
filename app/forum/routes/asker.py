"""The team's private panel about somebody who writes: their orders, parcels and downloads, and what can be done about them."""

from uuid import UUID

from flask import Response, request

from app.access.models import Grant
from app.core import db
from app.core.permissions import Permission, allowed
from app.core.web import access, forms, render
from app.core.web.access import requires
from app.forum import queries
from app.forum.actions import serving
from app.forum.models import Thread
from app.forum.queries.places import Place
from app.forum.routes import blueprint

READ, WRITE = Permission.ORDERS_ORDER_READ, Permission.ORDERS_ORDER_WRITE


@blueprint.get("/w/<workspace>/forum/people/<uuid:user_id>/panel")
@requires(READ)
def asker(user_id: UUID) -> Response:
    return _panel(user_id)


def _panel(user_id: UUID, said: str = "") -> Response:
    """The fragment for a thread's page, or a page of its own. It never stays in a cache."""
    thread = _thread()
    shown = render.fragment if render.is_htmx() else render.page
    body = shown(
        "forum/_asker.html" if render.is_htmx() else "forum/desk/asker.html",
        panel=queries.asker.panel(user_id),
        thread=thread,
        writers=queries.asker.writers(thread.id) if thread else [],
        base=f"/w/{access.member().slug}",
        said=said,
        now=db.now(),
    )
    return Response(body, headers={"Cache-Control": "no-store, private"})


def _thread() -> Thread | None:
    """The thread beside which the panel stands, when the address names one."""
    raw = request.values.get("thread", "")
    try:
        return db.find(Thread, UUID(raw)) if raw else None
    except ValueError:
        return None


@blueprint.post("/w/<workspace>/forum/people/<uuid:user_id>/deliveries")
@requires(WRITE, again=asker)
def deliver_again(user_id: UUID) -> Response:
    """Give downloads back, or send their link again."""
    grant = db.get(Grant, _id("grant"))
    order = queries.asker.order_of(user_id, grant)
    return _panel(user_id, serving.deliver_again(access.actor(), order, grant))


@blueprint.post("/w/<workspace>/forum/people/<uuid:user_id>/trackings")
@requires(WRITE, again=asker)
def tell_way_again(user_id: UUID) -> Response:
    """Mail the tracking of a parcel again."""
    sent = queries.asker.fulfilment(_id("fulfilment"))
    order = queries.asker.order_of(user_id, sent)
    return _panel(user_id, serving.tell_way_again(access.actor(), order, sent))


def _id(field: str) -> UUID:
    return forms.identifier(request.form.get(field), field)


def beside(place: Place, row: Thread) -> str:
    """Where a member finds the panel about who began a thread; empty for everybody else."""
    if not allowed(place.role, READ) or row.author_id == place.user_id:
        return ""
    return f"/w/{place.workspace_slug}/forum/people/{row.author_id}/panel?thread={row.id}"
