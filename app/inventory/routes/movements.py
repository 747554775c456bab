"""Why stock changed: of one SKU, or of all."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from app.core.errors import NotFound
from app.core.web import render
from app.core.web.access import member, requires
from app.inventory import actions, forms, queries
from app.inventory.models import StockLevel
from app.inventory.queries import Moved
from app.inventory.routes import blueprint
from app.inventory.routes.stock import READ

PAGE = 50
FIELDS = ("q", "reason", "location", "since", "until")


@blueprint.get("/w/<workspace>/inventory/movements")
@requires(READ)
def all_movements() -> str:
    """Everything that moved, newest first; filters in the address."""
    return render.page("inventory/history.html", **_context(None))


@blueprint.get("/w/<workspace>/inventory/<uuid:variant_id>")
@requires(READ)
def movements(variant_id: UUID) -> str:
    """One SKU: change its stock, who holds units now, and every change so far with who and why."""
    variant = queries.variant(variant_id)
    if variant is None:
        raise NotFound
    levels: dict[UUID, StockLevel] = {level.location_id: level for level in queries.levels(variant.id)}
    return render.page(
        "inventory/movements.html",
        variant=variant,
        product=variant.product,
        levels=levels,
        holds=queries.holds(variant.id),
        reasons=actions.REASONS,
        live_topics=f"workspace:{member().workspace_id}:stock",
        **_context(variant_id),
    )


def _context(variant_id: UUID | None) -> dict[str, Any]:
    filters = forms.movement_filters(request.args, variant_id)
    found = queries.movements(filters, forms.uuid(request.args.get("before")), PAGE + 1)
    asked = {name: request.args.get(name, "").strip() for name in FIELDS}
    return {
        "moved": found[:PAGE],
        "asked": asked,
        "narrowed": any(asked.values()),
        "next_url": _next(found, asked),
        "first_url": f"?{_pairs(asked)}" if request.args.get("before") else "",
        "locations": queries.locations(),
        "words": forms.REASONS,
        "base": f"/w/{member().slug}/inventory",
    }


def _next(found: list[Moved], asked: dict[str, str]) -> str:
    return f"?{_pairs({**asked, 'before': str(found[PAGE - 1].movement.id)})}" if len(found) > PAGE else ""


def _pairs(asked: dict[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})
