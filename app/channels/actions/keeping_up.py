"""Keeping a connection in order: pause, go on, disconnect, its rules for stock, and whether pushes still reach us."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.models import User
from app.channels import channel
from app.channels.actions import speaking, stocking
from app.channels.actions.speaking import sealed, unsealed
from app.channels.events import ConnectionChanged, ListingsChanged
from app.channels.models import ChannelConnection, ChannelGrant, ChannelListing, ChannelRun
from app.core import audit, db, mail
from app.core.actor import Actor
from app.core.errors import Conflict, ProviderError, Refused
from app.core.outbox import emit, later
from app.workspaces.models import Member, Workspace

CHECKED = timedelta(hours=6)
RULES = ("buffer", "minimum", "most", "share", "stock_paused")


def _tell(row: ChannelConnection) -> None:
    emit(ConnectionChanged(workspace_id=row.workspace_id, connection_id=row.id, state=row.state))


def pause(actor: Actor, row: ChannelConnection) -> None:
    """Nothing is asked or told any more; orders that come meanwhile are read when it goes on."""
    row = db.lock(row)
    if row.state == "active":
        row.state = "paused"
        audit.record(actor, "channels.pause", row)
        _tell(row)


def resume(actor: Actor, row: ChannelConnection) -> None:
    row = db.lock(row)
    if row.state == "paused":
        row.state = "active"
        audit.record(actor, "channels.resume", row)
        later("channels.welcome", workspace_id=row.workspace_id, connection_id=row.id)
        _tell(row)


def disconnect(actor: Actor, row: ChannelConnection) -> None:
    """Forget the keys and stop. Orders, listings and what was matched stay, and are there again after connecting anew."""
    row = db.lock(row)
    if row.state == "disconnected":
        return
    row.state, row.error, row.disconnected_at = "disconnected", "", db.now()
    row.remote_secret = ""
    others = select(ChannelConnection.id).where(
        ChannelConnection.grant_id == row.grant_id, ChannelConnection.state != "disconnected"
    )
    db.session().flush()
    if not db.session().scalars(others.limit(1)).all():
        grant = db.lock(db.get(ChannelGrant, row.grant_id))
        grant.tokens = sealed(grant, "tokens", "{}")
    ended = {"state": "failed", "error": "The connection was ended.", "ended_at": db.now()}
    running = (ChannelRun.connection_id == row.id, ChannelRun.state == "running")
    db.session().execute(update(ChannelRun).where(*running).values(**ended))
    audit.record(actor, "channels.disconnect", row, name=row.name)
    _tell(row)


class BadRule(Refused):
    message = "Enter whole numbers, zero or more; the share is between 0 and 100 percent. Nothing was changed."


def set_rules(actor: Actor, row: ChannelConnection, version: int, **rules: Any) -> None:
    """How much of our stock is offered there. Raises BadRule; Conflict when somebody changed it meanwhile."""
    row = db.lock(row)
    if row.version != version:
        raise Conflict
    _check(rules)
    for name in RULES:
        if name in rules:
            setattr(row, name, rules[name])
    audit.record(actor, "channels.set_rules", row, **rules)
    later("channels.push_all", workspace_id=row.workspace_id, connection_id=row.id)
    _tell(row)


def _check(rules: Mapping[str, Any]) -> None:
    numbers = [rules[name] for name in ("buffer", "minimum", "most", "share") if rules.get(name) is not None]
    if any(number < 0 for number in numbers) or (rules.get("share") or 0) > 100:
        raise BadRule


def set_listing_rules(actor: Actor, listing: ChannelListing, version: int, **rules: Any) -> None:
    """Rules of one listing; None takes the connection's. Raises BadRule; Conflict when somebody changed it meanwhile."""
    listing = db.lock(listing)
    if listing.version != version:
        raise Conflict
    _check(rules)
    for name in (one for one in RULES if one in rules):
        setattr(listing, name, rules[name])
    audit.record(actor, "channels.set_listing_rules", listing, **rules)
    stocking.want_one(listing.id)
    emit(ListingsChanged(workspace_id=listing.workspace_id, connection_id=listing.connection_id))


def set_warehouses(actor: Actor, row: ChannelConnection, version: int, places: Mapping[UUID, str]) -> None:
    """Where our stock lies there: {location id: their place's id}. Raises Conflict, Refused for a place that is not theirs."""
    row = db.lock(row)
    if row.version != version:
        raise Conflict
    theirs = {one["id"] for one in row.settings.get("places", ())}
    if not set(places.values()) <= theirs:
        raise Refused("Choose one of the places that the platform knows. Nothing was changed.", field="places")
    row.warehouses = {str(location): place for location, place in places.items()}
    audit.record(actor, "channels.set_warehouses", row, places=row.warehouses)
    later("channels.push_all", workspace_id=row.workspace_id, connection_id=row.id)
    _tell(row)


def set_details(actor: Actor, row: ChannelConnection, version: int, details: Mapping[str, str]) -> None:
    """What the platform wants to be told of the shop, by the names in its profile. Raises Conflict, Refused for another name."""
    row = db.lock(row)
    if row.version != version:
        raise Conflict
    if not details.keys() <= {one.name for one in channel.profiles()[row.kind].details}:
        raise Refused("This platform does not want to be told that. Nothing was changed.")
    row.settings = {**row.settings, **details}
    audit.record(actor, "channels.set_details", row, details=sorted(details))
    _tell(row)


def welcome(workspace_id: UUID, connection_id: UUID) -> None:
    """Job: what a connection needs at its start: pushes, places, listings, orders."""
    mend_hooks(workspace_id, connection_id)
    found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.shop())
    places = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.warehouses())
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelConnection, connection_id))
        row.region, row.currency = found.region or row.region, found.currency or row.currency
        known = [{"id": one.id, "name": one.name, "default": one.default} for one in places]
        row.settings = {**row.settings, "places": known}
        later("channels.import_listings", workspace_id=workspace_id, connection_id=connection_id)
        later("channels.look_for_orders", workspace_id=workspace_id, connection_id=connection_id)
        later("channels.push_stock", workspace_id=workspace_id, connection_id=connection_id)
        _tell(row)


def mend_hooks(workspace_id: UUID, connection_id: UUID) -> None:
    """Have every push sent to us, and remember how that stands. A platform that refuses is written down, not raised."""
    with db.workspace(workspace_id):
        secret = unsealed(db.get(ChannelConnection, connection_id), "webhook_secret")
    try:
        speaking.ask(workspace_id, connection_id, lambda adapter: adapter.subscribe(secret))
    except ProviderError as error:
        if not error.permanent or isinstance(error, channel.AccessEnded):
            raise
        _hooks(workspace_id, connection_id, {"error": str(error)[:300], "healthy": False})
        return
    check_hooks(workspace_id, connection_id)


def check_hooks(workspace_id: UUID, connection_id: UUID) -> None:
    """Job: which pushes are registered to reach us. Silent loss of them is what sellers lose sales by."""
    found = speaking.ask(workspace_id, connection_id, lambda adapter: adapter.hooks())
    seen = {
        "wanted": list(found.wanted),
        "missing": list(found.missing),
        "healthy": found.healthy and not found.missing,
    }
    _hooks(workspace_id, connection_id, seen)


def _hooks(workspace_id: UUID, connection_id: UUID, seen: dict[str, Any]) -> None:
    with db.workspace(workspace_id) as session:
        mine = update(ChannelConnection).where(ChannelConnection.id == connection_id)
        session.execute(mine.values(hooks={**seen, "checked_at": db.now().isoformat()}))
        _tell(db.get(ChannelConnection, connection_id))


def tell_reauth(connection_id: UUID) -> None:
    """In the workspace's scope: one mail to owners and admins per end of access, however many jobs found it."""
    row = db.lock(db.get(ChannelConnection, connection_id))
    if row.state != "needs_reauth" or row.told_at is not None:
        return
    row.told_at = db.now()
    _to_team(row, "reconnect", f"reconnect:{row.id}:{row.told_at:%Y%m%d%H%M%S}")


def _to_team(row: ChannelConnection, template: str, reason: str, **context: Any) -> None:
    """A mail to each owner and admin, once per `reason`."""
    slug = db.session().scalars(select(Workspace.slug).where(Workspace.id == row.workspace_id)).one()
    people = select(User).join(Member, Member.user_id == User.id)
    for person in db.session().scalars(people.where(Member.role.in_(("owner", "admin")), Member.removed_at.is_(None))):
        known = {
            "platform": channel.profiles()[row.kind].name,
            "name": row.name,
            "path": f"/w/{slug}/channels/{row.id}",
        }
        mail.post(person.email, template, f"{reason}:{person.id}", **known, **context)


def warn_of_end(row: ChannelConnection) -> None:
    """The platform says that our access ends soon: one mail, so that the seller says yes again in time."""
    grant = db.get(ChannelGrant, row.grant_id)
    day = f"{grant.ends_at:%Y-%m-%d}" if grant.ends_at else "soon"
    _to_team(row, "access_ends", f"access_ends:{row.id}:{day}", day=day)


def look_after() -> None:
    """Periodic: tokens that end soon, webhooks not checked for hours, orders not looked for; one job each."""
    with db.system("look after channels") as session:
        rows = session.execute(
            select(ChannelConnection.workspace_id, ChannelConnection.id, ChannelConnection.hooks).where(
                ChannelConnection.state == "active"
            )
        ).all()
    due = (db.now() - CHECKED).isoformat()
    for workspace_id, connection_id, hooks in rows:
        with db.workspace(workspace_id):
            ids = {"workspace_id": workspace_id, "connection_id": connection_id}
            later("channels.look_for_orders", **ids)
            later("channels.look_for_returns", **ids)
            stocking.remind(connection_id)
            if hooks.get("checked_at", "") < due:
                later("channels.check_hooks", **ids)
