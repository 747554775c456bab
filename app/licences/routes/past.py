"""Keys for those who bought a product before it came with one: who they are, and how far it is."""

from uuid import UUID

from flask import Response, flash

from app.catalogue import queries as catalogue
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.core.web.limits import limit
from app.licences import actions, queries, words
from app.licences.routes import blueprint
from app.licences.routes.products import HERE, here, offered

READ, WRITE = Permission.LICENCES_LICENCE_READ, Permission.LICENCES_LICENCE_WRITE
SHOWN = 8
"""Buyers that are named before the rest is counted."""


@blueprint.get(f"{HERE}/past-buyers")
@requires(READ)
def past_buyers(product_id: UUID) -> str:
    """Before: how many lack a key, and whether there are enough. While it runs and after: how many have theirs."""
    product, offer = catalogue.product_by_id(product_id), offered(product_id)
    found = queries.lacking(offer)
    return render.page(
        "licences/past.html",
        product=product,
        offer=offer,
        lacking=found,
        first=queries.first_lacking(offer, SHOWN) if found.buyers and not offer.giving else [],
        counts=queries.counts(offer),
        owed=queries.owed(offer.id),
        here=here(product_id),
        words=words,
    )


@blueprint.post(f"{HERE}/past-buyers/keys")
@limit("20/hour")
@requires(WRITE, again=past_buyers)
def give_past(product_id: UUID) -> Response:
    """Give each of them a key, by a job. Pressed twice it gives nothing twice."""
    count = actions.give_past(actor(), offered(product_id))
    flash(f"Keys are on their way to {count:,} {'buyer' if count == 1 else 'buyers'}.", "good")
    return back(f"{here(product_id)}/past-buyers")
