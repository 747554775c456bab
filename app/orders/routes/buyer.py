"""A buyer's purchases, with or without an account."""

from uuid import UUID

from flask import Response, flash, make_response, request

from app.access import queries as access_queries
from app.core import db
from app.core.errors import NotFound
from app.core.web import render, visitor
from app.core.web.access import back, owner_id, public, viewer
from app.core.web.forms import parse, show
from app.core.web.limits import limit
from app.orders import actions, forms, invoices, queries, ways, words
from app.orders.parts import parts
from app.orders.progress import progress
from app.orders.routes import blueprint
from app.payments import queries as money


@blueprint.get("/purchases")
@public
def purchases() -> str:
    """What this buyer bought, newest first; guests without a purchase are offered their link."""
    groups = queries.groups_of() if owner_id() else []
    return render.page(
        "orders/purchases.html",
        groups=groups,
        pictures=queries.pictures([order for _, orders in groups for order in orders]),
        progress=progress,
        form=show(forms.LinkForm),
    )


@blueprint.get("/purchases/<uuid:group_id>")
@public
def purchase(group_id: UUID) -> str:
    """One purchase: an order per seller, with parcels, files and invoices."""
    group, orders = queries.group_detail(group_id)
    ids = [order.id for order in orders]
    return render.page(
        "orders/purchase.html",
        group=group,
        orders=orders,
        pictures=queries.pictures(orders),
        grants={grant.source_id: grant for grant in access_queries.grants_for_orders(ids)},
        notes=access_queries.notes_for(ids),
        progress=progress,
        parts=parts,
        returns=ways.doors.returns(orders),
        reviews=ways.doors.reviews(orders),
        words=words,
        payment=money.payment_for(group_id),
        live_topics=f"order:{group.id}",
        now=db.now(),
    )


@blueprint.get("/purchases/<uuid:group_id>/invoice/<int:number>.pdf")
@public
def purchase_invoice(group_id: UUID, number: int) -> Response:
    """The invoice of one seller's order; numbers are per seller, so the purchase says which one is meant."""
    _, orders = queries.group_detail(group_id)
    found = next((order for order in orders if order.number == number), None)
    if found is None:
        raise NotFound
    return invoices.answer(found)


@blueprint.get("/purchases/open/<token>")
@public
def open_purchase(token: str) -> Response:
    """The link from a mail: this browser is that buyer from now on, unless somebody is signed in or the purchase has an account."""
    link = actions.opened(token)
    if link is None:
        return make_response(render.page("orders/link.html", over=True, form=show(forms.LinkForm)), 410)
    person = viewer()
    if person is None and link.owned:
        return make_response(render.page("orders/link.html", kept=True, place=_place(link.group_id)), 403)
    if person is None:
        visitor.become(link.buyer_id)
    elif not queries.is_mine(link.group_id):
        found = render.page("orders/link.html", over=False, person=person, owned=link.owned, token=token)
        return make_response(found, 403)
    return back(_place(link.group_id))


def _place(group_id: UUID) -> str:
    """The purchase, or what of it a letter is about (`?to=<grant>`, or `?review=<grant>` to say what one thinks of it)."""
    for asked, page in (("to", "/library"), ("review", "/reviews")):
        try:
            return f"{page}/{UUID(request.args[asked])}"
        except (KeyError, ValueError):
            continue
    return f"/purchases/{group_id}"


@blueprint.post("/purchases/links")
@limit("5/hour")
@public(again=purchases)
def send_links() -> Response:
    """Mail the links of every purchase made with an address; the answer is the same when there is none."""
    actions.send_links(parse(forms.LinkForm).email.data or "")
    flash(f"If {request.form['email']} bought something here, the links are in its mailbox now.", "good")
    return back("/purchases")
