"""Connecting a shop at a platform: the seller goes there, says yes, and comes back; a job exchanges the answer.

The nonce is the state that platforms send back (and Woo's user id). It works once, for an hour, and for nobody but the workspace and
person that it was made for.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Shop
from app.channels import channel
from app.channels.actions.speaking import keep_tokens, sealed
from app.channels.channel_facts import Authorised, Tokens
from app.channels.events import ConnectionChanged
from app.channels.models import ChannelConnection, ChannelConsent, ChannelGrant
from app.core import audit, crypto, db
from app.core.actor import Actor
from app.core.errors import NotFound, ProviderError, Refused
from app.core.ids import new_id
from app.core.outbox import emit, later

VALID = timedelta(hours=1)


class NotRegistered(Refused):
    status = 409
    message = "Guildhall is not registered at {name} yet. Whoever runs this server sets its keys (.env.example); nothing was changed."


class Elsewhere(Refused):
    status = 409
    message = "{name} is connected to another workspace. Disconnect it there first; nothing was changed."


def begin(
    actor: Actor, kind: str, shop: Shop, typed: Mapping[str, str], connection: ChannelConnection | None = None
) -> ChannelConsent:
    """Remember what was chosen; `address` is where the seller's browser goes. Raises Refused for an unknown kind or a bad field."""
    profile = channel.profiles().get(kind)
    if profile is None:
        raise Refused("Choose a platform from the list. Nothing was changed.", field="kind")
    if not registered(kind):
        raise NotRegistered(name=profile.name)
    for box in profile.fields:
        if box.required and not typed.get(box.name, "").strip():
            raise Refused(f"Enter the {box.label.lower()}. Nothing was changed.", field=box.name)
    wanted = {box.name: typed.get(box.name, "").strip() for box in profile.fields}
    row = db.add(
        ChannelConsent(
            kind=kind,
            shop_id=shop.id,
            user_id=actor.user_id or db.current_workspace(),
            user_name=actor.name,
            nonce=secrets.token_urlsafe(32),
            typed=wanted,
            connection_id=connection.id if connection else None,
        )
    )
    audit.record(actor, "channels.ask_consent", row, kind=kind)
    try:
        address(row)
    except ProviderError as error:  # what was typed leads nowhere: an address that is none, or one that nobody may call
        raise Refused(f"{error}. Nothing was changed.", field=profile.fields[0].name) from error
    return row


def registered(kind: str) -> bool:
    """Whether sellers can be sent there: we have keys, or the platform is no one's but the seller's and needs none of ours."""
    app = channel.app_of(kind)
    return bool(app.key or not app.api)


def address(row: ChannelConsent) -> str:
    """The platform's page of consent for this try; some are valid for minutes only, so it is made when it is opened."""
    return channel.adapter(row.kind).consent_url(channel.app_of(row.kind), row.nonce, row.typed)


def answered(nonce: str, answer: Mapping[str, str], by: UUID | None) -> ChannelConsent:
    """What the platform sent back, kept for the job. `by`: who came back, None for a platform's own message.

    In system scope. Raises NotFound for a nonce that is unknown, used, too old, or somebody else's.
    """
    statement = select(ChannelConsent).where(ChannelConsent.nonce == nonce).with_for_update()
    row = db.session().scalars(statement).one_or_none()
    if row is None or row.created_at < db.now() - VALID or by not in (None, row.user_id):
        raise NotFound
    if row.state != "asked":
        return row
    with db.workspace(row.workspace_id):
        where = f"channel_consents|answer|{row.id}"
        row.answer = crypto.encrypt(row.workspace_id, json.dumps(dict(answer)), where)
        row.state = "answered"
        later("channels.authorise", workspace_id=row.workspace_id, consent_id=row.id)
    return row


def declined(nonce: str, by: UUID) -> ChannelConsent:
    """The seller said no at the platform. Raises NotFound like `answered`."""
    statement = select(ChannelConsent).where(ChannelConsent.nonce == nonce).with_for_update()
    row = db.session().scalars(statement).one_or_none()
    if row is None or by != row.user_id:
        raise NotFound
    if row.state == "asked":
        row.state, row.error = "failed", "The answer there was no. Nothing was connected."
    return row


def authorise(workspace_id: UUID, consent_id: UUID) -> None:
    """Job: exchange the answer for access. An answer works once, so a refusal or a lost reply ends this try in words."""
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelConsent, consent_id))
        if row.state != "answered":
            return
        kind, app = row.kind, channel.app_of(row.kind)
        answer = json.loads(crypto.decrypt(workspace_id, row.answer, f"channel_consents|answer|{row.id}"))
    try:
        found = channel.adapter(kind).authorise(app, answer)
    except ProviderError as error:
        if not error.permanent and not error.unknown:
            raise
        _failed(workspace_id, consent_id, f"{error}. Connect again; nothing was changed.")
        return
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelConsent, consent_id))
        _done(row, found)


def _failed(workspace_id: UUID, consent_id: UUID, words: str) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(ChannelConsent, consent_id))
        row.state, row.error, row.answer = "failed", words[:500], ""
        _tell(row, row.id)


def _tell(row: ChannelConsent, connection_id: UUID) -> None:
    emit(ConnectionChanged(workspace_id=row.workspace_id, connection_id=connection_id, state=row.state))


def _done(row: ChannelConsent, found: Sequence[Authorised]) -> None:
    row.answer = ""
    if not found:
        row.state, row.error = "failed", "No shop came with this consent. Choose one at the platform and connect again."
        return _tell(row, row.id)
    taken = [one.shop.name for one in found if _elsewhere(row.kind, one.shop.id)]
    if taken:
        row.state, row.error = "failed", Elsewhere(name=", ".join(taken)).message
        return _tell(row, row.id)
    row.state = "done"
    grants: dict[str, ChannelGrant] = {}
    for one in found:
        grant = grants.setdefault(one.tokens.owner, _grant(row.kind, one.tokens))
        connection = _connection(row, grant, one)
        row.connection_id = connection.id
        _tell(row, connection.id)
    return None


def _elsewhere(kind: str, remote_id: str) -> bool:
    """Whether another workspace has this shop."""
    mine = db.current_workspace()
    wanted = select(ChannelConnection.workspace_id).where(
        ChannelConnection.kind == kind,
        ChannelConnection.remote_id == remote_id,
        ChannelConnection.state != "disconnected",
    )
    with db.system("find a channel's owner") as session:
        return session.scalars(wanted).one_or_none() not in (None, mine)


def _grant(kind: str, tokens: Tokens) -> ChannelGrant:
    wanted = select(ChannelGrant).where(ChannelGrant.kind == kind, ChannelGrant.owner == tokens.owner)
    grant = db.session().scalars(wanted.with_for_update()).one_or_none()
    if grant is None:
        grant = db.add(ChannelGrant(id=new_id(), kind=kind, owner=tokens.owner, tokens="", scopes=[]))
    keep_tokens(grant, tokens)
    return grant


def _connection(row: ChannelConsent, grant: ChannelGrant, one: Authorised) -> ChannelConnection:
    """The shop's connection: a new one, or the one that was there before, opened again with all that it knows."""
    actor = Actor("person", row.user_name, row.user_id)
    wanted = select(ChannelConnection).where(
        ChannelConnection.kind == row.kind, ChannelConnection.remote_id == one.shop.id
    )
    known = db.session().scalars(wanted.order_by(ChannelConnection.id.desc()).limit(1).with_for_update()).one_or_none()
    if known is None:
        known = db.add(
            ChannelConnection(
                id=new_id(),
                kind=row.kind,
                name=one.shop.name or channel.profiles()[row.kind].name,
                grant_id=grant.id,
                shop_id=row.shop_id,
                remote_id=one.shop.id,
                orders_until=db.now() - FIRST_LOOK,
            )
        )
        known.webhook_secret = sealed(known, "webhook_secret", secrets.token_urlsafe(32))
    known.grant_id, known.state, known.error, known.told_at, known.disconnected_at = grant.id, "active", "", None, None
    known.url, known.region, known.currency = one.shop.url, one.shop.region, one.shop.currency
    known.remote_secret = sealed(known, "remote_secret", one.shop.secret)
    db.session().flush()
    audit.record(actor, "channels.connect", known, kind=row.kind, name=known.name)
    later("channels.welcome", workspace_id=known.workspace_id, connection_id=known.id)
    return known


FIRST_LOOK = timedelta(days=14)
"""How far back a new connection reads orders: what may still have to be sent."""
