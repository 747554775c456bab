"""For sellers: who downloaded what, on the page of an order, and what they decide about it."""

from uuid import UUID

from flask import flash, request
from werkzeug.wrappers import Response

from app.accounts.queries import describe
from app.core import db
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.limits import limit
from app.core.web.urls import safe_next
from app.downloads import actions, queries
from app.downloads.routes import blueprint
from app.orders.models import Order

GRANT = "/w/<workspace>/grants/<uuid:grant_id>"
READ, WRITE = Permission.ORDERS_ORDER_READ, Permission.ORDERS_ORDER_WRITE


@blueprint.get("/w/<workspace>/orders/<uuid:order_id>/downloads")
@requires(READ)
def of_order(order_id: UUID) -> str:
    """For the order's page: what was granted, how often it was downloaded, and by which device."""
    address = queries.order_address(order_id, member().slug)
    template = "downloads/_order.html" if render.is_htmx() else "downloads/order.html"
    return render.fragment(
        template,
        deliveries=queries.of_order(order_id),
        order_id=order_id,
        base=f"/w/{member().slug}",
        next=address,
        number=address.rpartition("/")[2],
        device=describe,
        shortened=queries.shortened,
    )


@blueprint.get(f"{GRANT}/downloads")
@requires(READ)
def of_grant(grant_id: UUID) -> str:
    """The downloads of the order that a purchase belongs to."""
    found: str = of_order.__wrapped__(queries.sold_grant(grant_id).order_id)  # type: ignore[attr-defined]
    return found


@blueprint.post(f"{GRANT}/limit-resets")
@requires(WRITE, again=of_grant)
def reset(grant_id: UUID) -> Response:
    """Give the buyer their downloads again."""
    given = actions.reset(actor(), queries.sold_grant(grant_id))
    return _done(
        "The buyer can download again and is told so." if given else "Nothing was used up, so nothing was changed."
    )


@blueprint.post(f"{GRANT}/limits")
@requires(WRITE, again=of_grant)
def set_limit(grant_id: UUID) -> Response:
    """This buyer's own limit: a number, none at all, or that of the files again."""
    grant, wanted = queries.sold_grant(grant_id), request.form.get("limit", "")
    if wanted == "files":
        actions.allow_as_all(actor(), grant)
    else:
        actions.allow(actor(), grant, None if wanted == "none" else _number(request.form.get("downloads", "")))
    return _done("The limit is set, and the buyer is told.")


def _number(typed: str) -> int:
    if not typed.strip().isdecimal() or len(typed) > 6:
        raise Refused("Type how many downloads, such as 5. Nothing was changed.", field="downloads")
    return int(typed)


@blueprint.post(f"{GRANT}/closings")
@requires(WRITE, again=of_grant)
def close(grant_id: UUID) -> Response:
    """End this buyer's access; no money moves."""
    actions.close(actor(), queries.sold_grant(grant_id), request.form.get("reason", ""))
    return _done("Their downloads are closed, and the buyer is told. No money moved.")


@blueprint.post(f"{GRANT}/openings")
@requires(WRITE, again=of_grant)
def reopen(grant_id: UUID) -> Response:
    """Take back what the seller closed."""
    stops = actions.reopen(actor(), queries.sold_grant(grant_id))
    words = {"refund": "it was refunded", "dispute": "the bank disputes the payment"}
    still = " and ".join(words[one] for one in stops if one in words)
    return _done(f"Yours is taken back, but it stays closed: {still}." if still else "Their downloads are open again.")


@blueprint.post(f"{GRANT}/unlocks")
@requires(WRITE, again=of_grant)
def lift(grant_id: UUID) -> Response:
    """Open what looked shared, without asking the buyer."""
    lifted = actions.lift(actor(), queries.sold_grant(grant_id))
    return _done("Their downloads are open again." if lifted else "They were open already.")


@blueprint.post("/w/<workspace>/orders/<uuid:order_id>/deliveries")
@limit("30/hour")
@requires(WRITE, again=of_order)
def deliver_again(order_id: UUID) -> Response:
    """Mail the downloads of an order once more, with a link of its own."""
    actions.deliver_again(actor(), db.get(Order, order_id), reset=request.form.get("reset") == "y")
    return _done("The downloads are on their way again. Older links of this purchase have ended.")


def _done(words: str) -> Response:
    flash(words, "good")
    return back(safe_next(request.form.get("next"), f"/w/{member().slug}/orders"))
