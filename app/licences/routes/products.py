"""Licences of one product: its terms, and the list of keys that were sold."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, flash, request

from app.catalogue import queries as catalogue
from app.catalogue.models import Product, Variant
from app.core import csv, db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.licences import actions, forms, queries, words
from app.licences.models import LicenceOffer, LicenceTerms
from app.licences.queries import Filters
from app.licences.routes import blueprint
from app.licences.states import State

READ, WRITE = Permission.LICENCES_LICENCE_READ, Permission.LICENCES_LICENCE_WRITE
HERE = "/w/<workspace>/products/<uuid:product_id>/licences"
PAGE = 50


def here(product_id: UUID) -> str:
    return f"/w/{member().slug}/products/{product_id}/licences"


def offered(product_id: UUID) -> LicenceOffer:
    """What the product gives, switched on or off. Raises NotFound for one that never gave any."""
    found = queries.offer_of(product_id)
    if found is None:
        raise NotFound
    return found


@blueprint.get(HERE)
@requires(READ)
def licences(product_id: UUID) -> str:
    """The terms, the list of keys that are left, and the licences that were sold, newest first."""
    product, filters = catalogue.product_by_id(product_id), _filters()
    offer = queries.offer_of(product_id)
    rows = queries.find_licences(product_id, filters, _after(), PAGE + 1) if offer else []
    counts = queries.counts(offer) if offer else None
    return render.page(
        "licences/product.html",
        product=product,
        offer=offer,
        variants=_variants(product, offer),
        rows=rows[:PAGE],
        counts=counts,
        lacking=queries.lacking(offer) if offer else queries.Lacking(),
        owed=queries.owed(offer.id) if offer else 0,
        filters=filters,
        tabs=_tabs(product_id, counts, filters),
        next_url=_address(product_id, filters, rows[PAGE - 1].licence.id) if len(rows) > PAGE else "",
        first_url=_address(product_id, filters) if request.args.get("after") else "",
        here=here(product_id),
        words=words,
        signers=queries.signers() if offer else [],
    )


def _filters() -> Filters:
    state = request.args.get("state", "")
    return Filters(state if state in set(State) else "", request.args.get("q", "").strip()[:200])


def _after() -> UUID | None:
    try:
        return UUID(request.args.get("after", ""))
    except ValueError:
        return None


def _variants(product: Product, offer: LicenceOffer | None) -> list[tuple[Variant, LicenceTerms | None]]:
    """Those that are sold, each with its own terms when it has some; none for a product without choices."""
    own = {one.variant_id: one for one in offer.terms} if offer else {}
    present = [one for one in product.variants if one.archived_at is None]
    return [(one, own.get(one.id)) for one in present] if len(present) > 1 else []


def _tabs(product_id: UUID, counts: queries.Counts | None, filters: Filters) -> list[dict[str, Any]]:
    if counts is None or not counts.total:
        return []
    every = {"": "All", **{state.value: label for state, label in words.STATES.items()}}
    return [
        {
            "label": label,
            "href": _address(product_id, Filters(state, "")),
            "count": counts.states.get(state, 0) if state else counts.total,
            "active": state == filters.state,
        }
        for state, label in every.items()
        if not state or counts.states.get(state) or state == filters.state
    ]


def _address(product_id: UUID, filters: Filters, after: UUID | None = None) -> str:
    parts = {"state": filters.state, "q": filters.q, "after": str(after or "")}
    query = urlencode({name: value for name, value in parts.items() if value})
    return f"{here(product_id)}{'?' if query else ''}{query}"


@blueprint.post(f"{HERE}/terms")
@requires(WRITE, again=licences)
def set_terms(product_id: UUID) -> Response:
    """Switch licences on, change what new buyers get, or switch them off."""
    product = catalogue.product_by_id(product_id)
    if request.form.get("do") == "off":
        actions.switch_off(actor(), product)
        flash("New buyers get no key any more. Keys that were sold go on working.", "good")
        return back(here(product_id))
    variants = [one.id for one in product.variants if one.archived_at is None]
    actions.set_terms(actor(), product, forms.terms(request.form, variants))
    flash("Saved. Keys that were sold before keep their terms.", "good")
    return back(here(product_id))


@blueprint.get(f"{HERE}/export.csv")
@requires(Permission.LICENCES_LICENCE_EXPORT)
def export(product_id: UUID) -> Response:
    """Every licence that the filters find, with its key."""
    product = db.get(Product, product_id)
    head = ("key", "state", "order", "buyer", "e-mail", "seats used", "seat limit", "issued", "expires", "variant")
    found = (_cells(one) for one in queries.export(product.id, _filters()))
    text = "".join(csv.lines(head, found))
    name = f"{product.slug}-licences.csv"
    return Response(text, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _cells(held: queries.Held) -> tuple[Any, ...]:
    row = held.licence
    issued, ends = row.issued_at, held.expires_at
    return (
        held.key,
        held.state.value,
        row.order_number,
        row.buyer_name,
        row.buyer_email,
        len(held.seats),
        row.activation_limit,
        actions.stamp(issued) if issued else "",
        actions.stamp(ends) if ends else "",
        row.variant.title if row.variant else "",
    )
