"""Connections: how each stands, its rules for stock, pause, go on, disconnect, and the webhooks that reach us."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import flash, g, request

from app.channels import channel, forms
from app.channels.actions import keeping_up
from app.channels.models import ChannelConnection
from app.channels.queries import connections as queries
from app.channels.queries import runs as run_queries
from app.channels.routes import blueprint
from app.channels.routes.place import READ, WRITE, base, platform, shown
from app.channels.stock import Rules
from app.core import db
from app.core.errors import Refused
from app.core.outbox import later
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.core.web.forms import parse, show_refused
from app.inventory import queries as inventory

RULES = ("share", "buffer", "most", "minimum", "stock_paused")


@blueprint.get("/w/<workspace>/channels")
@requires(READ)
def connections() -> str:
    """A card for each connection; what sells channels when there is none."""
    found = queries.connections()
    return render.page(
        "channels/connections.html",
        **shown(live=[one for one in found if one.row.state != "disconnected"], ended=_ended(found)),
    )


def _ended(found: list[queries.Seen]) -> list[queries.Seen]:
    return [one for one in found if one.row.state == "disconnected"]


@blueprint.get("/w/<workspace>/channels/<uuid:connection_id>")
@requires(READ)
def connection(connection_id: UUID) -> Any:
    """Problems first, then health, rules and runs."""
    found = queries.connection(connection_id)
    form = show_refused(forms.RulesForm, **{name: getattr(found.row, name) for name in RULES})
    return render.page(
        "channels/connection.html",
        **shown(
            one=found,
            row=found.row,
            here=f"{base()}/{connection_id}",
            form=form,
            sample=queries.SAMPLE,
            example=queries.example(_typed_rules(found.row)),
            checked_at=_checked(found.row),
            differences=_differences(found.row),
            runs=run_queries.page(run_queries.Filters(connection_id=connection_id), limit=8),
            failed_orders=run_queries.failed_orders(connection_id, 5),
            failed_listings=run_queries.failed_listings(connection_id, 5),
            waiting_orders=run_queries.waiting_orders(connection_id),
        ),
    )


def _checked(row: ChannelConnection) -> datetime | None:
    """When webhooks were looked at last."""
    said = row.hooks.get("checked_at")
    return datetime.fromisoformat(said) if said else None


def _typed_rules(row: ChannelConnection) -> Rules:
    """The rules of the form when it is shown again, else the stored ones."""
    if "share" in request.form:
        return forms.rules(request.form)
    return Rules(row.buffer, row.minimum, row.most, row.share)


def _differences(row: ChannelConnection) -> list[tuple[str, Any, Any]]:
    """(rule, typed here, stored by somebody else) after a conflict."""
    if getattr(g.get("refusal"), "status", 0) != 409 or "share" not in request.form:
        return []
    typed = forms.rules(request.form)
    mine = {name: getattr(typed, name) for name in RULES[:4]}
    mine["stock_paused"] = bool(request.form.get("stock_paused"))
    return [(name, value, getattr(row, name)) for name, value in mine.items() if value != getattr(row, name)]


@blueprint.get("/w/<workspace>/channels/<uuid:connection_id>/example")
@requires(READ)
def example(connection_id: UUID) -> str:
    """What the typed rules would offer."""
    row = queries.connection(connection_id).row
    found = queries.example(forms.rules(request.args))
    return render.fragment(
        "channels/_example.html", example=found, sample=queries.SAMPLE, platform_name=platform(row.kind)
    )


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/rules")
@requires(WRITE, again=connection)
def set_rules(connection_id: UUID) -> Any:
    """How much of our stock is offered there; every listing is told anew."""
    row = db.get(ChannelConnection, connection_id)
    typed = parse(forms.RulesForm)
    version = request.form.get("version", type=int, default=0)
    keeping_up.set_rules(actor(), row, version, **{name: typed[name].data for name in RULES})
    flash(f"Saved. {row.name} is being told its stock anew.", "good")
    return back(f"{base()}/{connection_id}")


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/details")
@requires(WRITE, again=connection)
def set_details(connection_id: UUID) -> Any:
    """What the platform wants to be told of the shop for some acts."""
    row = db.get(ChannelConnection, connection_id)
    typed = forms.details(channel.profiles()[row.kind].details, request.form)
    keeping_up.set_details(actor(), row, request.form.get("version", type=int, default=0), typed)
    flash("Saved.", "good")
    return back(f"{base()}/{connection_id}#details")


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/warehouses")
@requires(WRITE, again=connection)
def set_warehouses(connection_id: UUID) -> Any:
    """Which of their warehouses shows what we have."""
    row, place = db.get(ChannelConnection, connection_id), request.form.get("place", "")
    homes = inventory.locations()
    version = request.form.get("version", type=int, default=0)
    keeping_up.set_warehouses(actor(), row, version, {homes[0].id: place} if place and homes else {})
    flash(f"Saved. {row.name} is being told its stock anew.", "good")
    return back(f"{base()}/{connection_id}#warehouse")


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/state")
@requires(WRITE, again=connection)
def set_state(connection_id: UUID) -> Any:
    """Pause, or go on."""
    row, wanted = db.get(ChannelConnection, connection_id), request.form.get("state", "")
    acts = {"pause": keeping_up.pause, "resume": keeping_up.resume}
    if wanted not in acts:
        raise Refused("Choose whether to pause or to go on. Nothing was changed.")
    acts[wanted](actor(), row)
    flash(f"{row.name} is paused." if wanted == "pause" else f"{row.name} goes on; what happened meanwhile is read.")
    return back(f"{base()}/{connection_id}")


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/disconnection")
@requires(WRITE, again=connection)
def disconnect(connection_id: UUID) -> Any:
    """Only with the shop's name typed: orders and stock stop moving between here and there."""
    row = db.get(ChannelConnection, connection_id)
    if request.form.get("name", "").strip().casefold() != row.name.strip().casefold():
        raise Refused(f"Type «{row.name}» to disconnect it. It is still connected.", field="name")
    keeping_up.disconnect(actor(), row)
    flash(f"{row.name} is disconnected. Its orders, listings and matches are kept here.", "good")
    return back(base())


JOBS = {
    "mend": ("channels.mend_hooks", "The webhooks are being set up anew. This page says how it went."),
    "check": ("channels.check_hooks", "The webhooks are being checked."),
    "orders": ("channels.look_for_orders", "Looking for orders. New ones show up in the order book."),
    "listings": ("channels.import_listings", "Reading all listings. The run below says when it will end."),
}


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/checks")
@requires(WRITE, again=connection)
def check(connection_id: UUID) -> Any:
    """Ask for a job by hand: repair or check webhooks, look for orders, read the listings."""
    row, wanted = db.get(ChannelConnection, connection_id), request.form.get("do", "")
    if wanted not in JOBS:
        raise Refused("Choose what to check. Nothing was changed.")
    if row.state != "active":
        raise Refused(f"{row.name} is not connected now, so nothing can be asked of it. Nothing was changed.")
    job, said = JOBS[wanted]
    later(job, workspace_id=row.workspace_id, connection_id=row.id)
    flash(said, "info")
    return back(base() if request.form.get("back") == "list" else f"{base()}/{connection_id}")
