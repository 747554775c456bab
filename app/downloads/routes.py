"""The buyer's library and its files; and for sellers, who downloaded what."""

from uuid import UUID

from flask import Blueprint, Response, flash, request

from app.access import queries as access_queries
from app.accounts.queries import describe
from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, owner_id, public, requires
from app.core.web.limits import limit
from app.core.web.urls import safe_next
from app.downloads import actions, queries, ranges
from app.orders import queries as order_queries

blueprint = Blueprint("downloads", __name__)


@blueprint.get("/library")
@public
def library() -> str:
    """Everything this buyer was given, newest first, and what still waits for a bank."""
    known = owner_id() is not None
    return render.page(
        "downloads/library.html",
        shelves=queries.shelf() if known else [],
        waiting=order_queries.waiting_for_bank() if known else [],
        q=request.args.get("q", "").strip().lower()[:100],
        now=db.now(),
    )


@blueprint.get("/library/<uuid:grant_id>")
@public
def purchase(grant_id: UUID) -> str:
    """One purchase: its files, what is left of each limit, and the log."""
    grant = queries.own_grant(grant_id)
    return render.page(
        "downloads/purchase.html",
        shelf=queries.shelf_of(grant),
        group_id=queries.group_of(grant),
        log=queries.log_of(grant),
        device=describe,
        now=db.now(),
    )


@blueprint.post("/library/<uuid:grant_id>/requests")
@limit("20/hour")
@public(again=purchase)
def ask(grant_id: UUID) -> Response:
    """Ask the seller for more downloads."""
    actions.ask_for_more(actor(), queries.own_grant(grant_id))
    flash("The seller is asked. We write to you when they have given the downloads back.", "good")
    return back(f"/library/{grant_id}")


@blueprint.post("/library/<uuid:grant_id>/files/<uuid:file_id>/links")
@limit("60/minute")
@public(again=purchase)
def link(grant_id: UUID, file_id: UUID) -> Response:
    """A link of ten minutes to one file, followed at once."""
    return back(f"/d/{actions.link(queries.own_grant(grant_id), file_id)}")


@blueprint.get("/d/<token>")
@public
def download(token: str) -> Response:
    """The file, whole or the part that a Range header asks for. The bytes are sent outside of any transaction."""
    ticket = actions.redeem(token)
    wanted = ranges.wanted(request.headers.get("Range"), request.headers.get("If-Range"), ticket.size, ticket.etag)
    headers = ticket.headers(wanted)
    if wanted is ranges.UNSATISFIABLE:
        return Response(status=416, headers=headers)
    if request.method == "HEAD":
        return Response(status=206 if wanted else 200, headers=headers)
    first, last = (wanted.first, wanted.last) if wanted else (0, ticket.size - 1)
    row_id = actions.begin(ticket, first, last, request.remote_addr or "", request.headers.get("User-Agent", ""))
    return Response(
        actions.send(ticket, row_id, first, last),
        status=206 if wanted else 200,
        headers=headers,
        direct_passthrough=True,
    )


@blueprint.get("/w/<workspace>/orders/<uuid:order_id>/downloads")
@requires(Permission.ORDERS_ORDER_READ)
def of_order(order_id: UUID) -> str:
    """For the order's page: what was granted, how often it was downloaded, and by which device."""
    address = queries.order_address(order_id, member().slug)
    template = "downloads/_order.html" if render.is_htmx() else "downloads/order.html"
    return render.fragment(
        template,
        deliveries=queries.of_order(order_id),
        base=f"/w/{member().slug}",
        next=address,
        number=address.rpartition("/")[2],
        device=describe,
        shortened=queries.shortened,
    )


@blueprint.post("/w/<workspace>/grants/<uuid:grant_id>/limit-resets")
@requires(Permission.ORDERS_ORDER_WRITE)
def reset(grant_id: UUID) -> Response:
    """Give the buyer their downloads again."""
    grant = access_queries.download_by_id(grant_id)
    if grant is None:
        raise NotFound
    given = actions.reset(actor(), grant)
    flash(
        "The buyer can download again and is told so." if given else "Nothing was used up, so nothing was changed.",
        "good",
    )
    return back(safe_next(request.form.get("next"), f"/w/{member().slug}/orders"))
