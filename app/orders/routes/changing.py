"""Whose a purchase is: adding it to an account, giving it another address, and the answers to both."""

from uuid import UUID

from flask import Response, flash, request

from app.accounts.models import User
from app.core import db
from app.core.masking import masked
from app.core.permissions import Permission
from app.core.web import render, visitor
from app.core.web.access import actor, back, member, public, requires, signed_in, viewer
from app.core.web.forms import parse, show
from app.core.web.limits import limit
from app.orders import actions, forms, queries
from app.orders.models import Order
from app.orders.routes import blueprint
from app.orders.routes.buyer import purchases


@blueprint.get("/purchases/<uuid:group_id>/address")
@public
def address_of_purchase(group_id: UUID) -> str:
    """The address of a purchase, and what still waits for a yes."""
    group, _ = queries.group_detail(group_id)
    change = queries.open_change(group_id)
    return render.page("orders/address.html", group=group, change=change, form=show(forms.LinkForm), masked=masked)


@blueprint.post("/purchases/<uuid:group_id>/address")
@limit("5/hour")
@public(again=address_of_purchase)
def ask_address(group_id: UUID) -> Response:
    """Ask the old and the new address; nothing changes before both said yes."""
    queries.group_detail(group_id)
    actions.ask_email(group_id, parse(forms.LinkForm).email.data or "")
    flash("We wrote to both addresses. It changes when both have said yes.", "good")
    return back(f"/purchases/{group_id}/address")


@blueprint.post("/purchases/claims")
@limit("5/hour")
@signed_in(again=purchases)
def claim() -> Response:
    """Add a guest's purchase to the account: its own address is asked first."""
    person = viewer()
    assert person is not None
    at = actions.ask_claim(request.form.get("token", ""), db.get(User, person.id))
    flash(f"We wrote to {at}. When that is confirmed, the purchase is in your library.", "good")
    return back("/purchases")


@blueprint.get("/purchases/changes/<token>")
@public
def answer(token: str) -> str:
    """From a letter: two buttons, because programs that look at mail follow links."""
    return render.page("orders/change.html", token=token, asked=actions.asked(token), masked=masked)


@blueprint.post("/purchases/changes/<token>")
@limit("20/hour")
@public(again=answer)
def give_answer(token: str) -> Response:
    if request.form.get("answer") == "no":
        actions.refuse(token)
        flash("Thank you. Nothing was changed, and the seller sees that you said no.", "good")
        return back(f"/purchases/changes/{token}")
    asked, link = actions.asked(token), actions.agree(token)
    if link is None:
        flash("Thank you. It changes as soon as the other address has said yes as well.", "good")
        return back(f"/purchases/changes/{token}")
    return _arrive(token, asked, link)


def _arrive(token: str, asked: actions.Asked, link: str) -> Response:
    """Only whoever reads the new address becomes the buyer in this browser; others read here that it is done."""
    found = actions.opened(link)
    flash("Done. Older links to this purchase have ended, and the seller sees it on the order.", "good")
    if asked.who == "new" and viewer() is None and found is not None and not found.owned:
        visitor.become(found.buyer_id)
        return back(f"/purchases/{found.group_id}")
    return back(f"/purchases/changes/{token}")


@blueprint.post("/w/<workspace>/orders/<uuid:order_id>/vouchers")
@requires(Permission.ORDERS_ORDER_WRITE)
def vouch(order_id: UUID) -> Response:
    """The seller knows that it is the buyer who wants another address."""
    order = db.get(Order, order_id)
    settled = actions.vouch(actor(), order)
    flash(
        "The address is changed, and both are told."
        if settled
        else "Noted. One of the two addresses still has to say yes.",
        "good",
    )
    return back(f"/w/{member().slug}/orders/{order.number}")
