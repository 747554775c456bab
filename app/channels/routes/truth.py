"""The sync truth table: what we have, what every channel may sell, what it was told and what it shows."""

from typing import Any
from uuid import UUID

from flask import flash, request

from app.channels import forms
from app.channels.actions import stocking
from app.channels.queries import connections, truth
from app.channels.routes import blueprint
from app.channels.routes.place import MATCH, READ, shown, with_query
from app.core.errors import Refused
from app.core.outbox import later
from app.core.web import render
from app.core.web.access import back, member, requires
from app.inventory import queries as inventory

PAGE = 25


def _here() -> str:
    return f"/w/{member().slug}/inventory/channels"


@blueprint.get("/w/<workspace>/inventory/channels")
@requires(READ)
def truth_table() -> str:
    """SKU × channel, by product, in keyset pages."""
    chosen = truth.Filters(request.args.get("q", "").strip()[:100], request.args.get("view") == "differences")
    rows = truth.table(chosen, forms.identifier(request.args.get("after")), PAGE + 1)
    kept = {"q": chosen.search, "view": "differences" if chosen.differences else ""}
    more = {**kept, "after": rows[PAGE - 1].variant.id} if len(rows) > PAGE else None
    every, differ = truth.counts()
    topic = f"workspace:{member().workspace_id}"
    return render.page(
        "channels/truth.html",
        **{
            **shown(
                rows=rows[:PAGE],
                channels=connections.names(),
                counts={"": every, "differences": differ},
                filters=chosen,
                pictures=inventory.pictures({row.variant.product_id for row in rows}),
                slug=member().slug,
                place=_here(),
                here=with_query(_here(), {**kept, "after": request.args.get("after", "")}),
                next_url=with_query(_here(), more) if more else "",
            ),
            "live_topics": f"{topic}:channels,{topic}:stock",
        },
    )


@blueprint.get("/w/<workspace>/inventory/channels/<uuid:listing_id>/<uuid:variant_id>")
@requires(READ)
def truth_cell(listing_id: UUID, variant_id: UUID) -> str:
    """One cell: every step from what is on the shelf to what the platform shows."""
    row, one = truth.cell(listing_id, variant_id)
    return render.page("channels/cell.html", **shown(row=row, cell=one, place=_here(), slug=member().slug))


@blueprint.post("/w/<workspace>/inventory/channels/<uuid:listing_id>/<uuid:variant_id>")
@requires(MATCH, again=truth_cell)
def settle_cell(listing_id: UUID, variant_id: UUID) -> Any:
    """Push our number now, or read theirs again."""
    _, one = truth.cell(listing_id, variant_id)
    wanted, shop = request.form.get("do", ""), one.connection
    if wanted not in ("push", "read"):
        raise Refused("Choose whether to tell our number or to read theirs. Nothing was changed.")
    if shop.state != "active":
        raise Refused(f"{shop.name} is not connected now, so nothing can be told or read. Nothing was changed.")
    if wanted == "push":
        stocking.want_one(listing_id)
        flash(f"{shop.name} is being told. This page says when it has it.", "info")
    else:
        later(
            "channels.read_products",
            workspace_id=shop.workspace_id,
            connection_id=shop.id,
            product_ids=[one.listing.product_ref],
        )
        flash(f"The number at {shop.name} is being read.", "info")
    return back(f"{_here()}/{listing_id}/{variant_id}")
