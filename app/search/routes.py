"""`/w/<workspace>/search`."""

from typing import Any

from flask import Blueprint, redirect, request

from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import can, member, requires
from app.search import queries

blueprint = Blueprint("search", __name__)


@blueprint.get("/w/<workspace>/search")
@requires(Permission.ORDERS_ORDER_READ)
def search() -> Any:
    """What matches in this workspace; a number that is an order's leads straight to it."""
    words, base = request.args.get("q", "").strip()[:100], f"/w/{member().slug}"
    number = queries.order_named(words)
    if number is not None:
        return redirect(f"{base}/orders/{number}", 303)
    return render.page(
        "search/results.html",
        q=words,
        found=queries.find(
            words,
            with_orders=True,
            with_products=can(Permission.CATALOGUE_PRODUCT_READ),
            with_threads=can(Permission.FORUM_POST_READ),
            with_reviews=can(Permission.REVIEWS_REVIEW_READ),
        ),
        base=base,
        now=db.now(),
    )
