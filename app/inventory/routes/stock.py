"""The list of stock, and its file."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from app.catalogue.queries import own_picture_url
from app.core import db
from app.core.csv import lines as csv_lines
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.inventory import actions, forms, queries
from app.inventory.queries import Filters, Row
from app.inventory.routes import blueprint

READ, WRITE = Permission.INVENTORY_STOCK_READ, Permission.INVENTORY_STOCK_WRITE
PAGE = 50
COLUMNS = ["SKU", "Product", "Variant", "Location", "On hand", "Reserved", "Available"]
MOST_EXPORTED = 100_000


@blueprint.get("/w/<workspace>/inventory")
@requires(READ)
def stock() -> str:
    """SKU by SKU: on hand, reserved, available; each row can be changed in place."""
    filters = forms.filters(request.args)
    rows, after = queries.whole_skus(queries.table(filters, forms.uuid(request.args.get("after")), PAGE + 1), PAGE)
    return render.page(
        "inventory/stock.html",
        rows=rows,
        filters=filters,
        views=queries.VIEWS,
        counts=queries.counts(),
        next_url=f"?{query(filters, after)}" if after else "",
        first_url=f"?{query(filters)}" if request.args.get("after") else "",
        live_topics=f"workspace:{member().workspace_id}:stock",
        **row_context(rows),
    )


def row_context(rows: list[Row]) -> dict[str, Any]:
    """What a row needs, alone or in the list."""
    pictures = queries.pictures(row.product_id for row in rows)
    slug = member().slug
    return {
        "base": f"/w/{slug}/inventory",
        "locations": queries.locations(),
        "reasons": actions.REASONS,
        "words": forms.REASONS,
        "query": query(forms.filters(request.args), request.args.get("after", "")),
        "picture": lambda product_id: own_picture_url(pictures.get(product_id), slug),
    }


def query(filters: Filters, after: str = "") -> str:
    """The list's state as it stands in addresses."""
    pairs = {"view": filters.view, "q": filters.search, "location": filters.location or "", "after": after}
    return urlencode({name: value for name, value in pairs.items() if value})


@blueprint.post("/w/<workspace>/inventory/locations")
@requires(WRITE, again=stock)
def add_location() -> object:
    actions.create_location(actor(), forms.name(request.form.get("name", "")))
    return back(f"/w/{member().slug}/inventory")


@blueprint.get("/w/<workspace>/inventory/export.csv")
@requires(READ)
def export() -> Response:
    """Exactly the rows that the list shows with these filters; the import reads it back."""
    workspace_id, filters = member().workspace_id, forms.filters(request.args)

    def stream() -> Iterator[str]:
        with db.workspace(workspace_id):
            yield from csv_lines(COLUMNS, (_cells(row) for row in queries.table(filters, limit=MOST_EXPORTED)))

    return Response(stream(), mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="stock.csv"'})


def _cells(row: Row) -> list[object]:
    names = [row.variant.sku, row.product_title, row.variant.title, row.location.name]
    return [*names, row.on_hand, row.reserved, row.available]
