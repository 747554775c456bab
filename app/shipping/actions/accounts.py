"""Carrier accounts: connect, check, pause, remove. The keys are the seller's own and sealed at once."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import audit, crypto, db, settings
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.ids import new_id
from app.core.money import Money
from app.core.outbox import later
from app.shipping import carrier
from app.shipping.carrier import Carrier, Connection
from app.shipping.models import CarrierAccount

OWN = "own"


@dataclass(frozen=True)
class Service:
    """A way to send that the seller buys elsewhere, what it costs there, and how many days it takes (None: nobody knows)."""

    name: str
    price: Money
    days: int | None


class NameTaken(Refused):
    message = "Another carrier account of yours has this name. Give it one of its own; nothing was stored."


class NotConnected(Refused):
    status = 409
    message = (
        "This carrier account is not working at the moment. Look at it under Shipping settings; nothing was bought."
    )


def connect(actor: Actor, kind: str, name: str, credentials: Mapping[str, str], **remembered: Any) -> CarrierAccount:
    """Keep the keys and have a job try them. Raises NameTaken, and Refused for an unknown kind or an empty field."""
    profile = carrier.profiles().get(kind)
    if profile is None:
        raise Refused("Choose a carrier from the list.", field="kind")
    for box in profile.fields:
        if box.required and not credentials.get(box.name, "").strip():
            raise Refused(f"Enter the {box.label}.", field=box.name)
    _check_name(name)
    row = CarrierAccount(
        id=new_id(),
        kind=kind,
        name=name.strip(),
        state="checking" if profile.fields else "active",
        settings=remembered,
    )
    wanted = {box.name: credentials.get(box.name, "").strip() for box in profile.fields}
    row.credentials = _seal(row.id, "credentials", json.dumps(wanted))
    row.webhook_secret = _seal(row.id, "webhook_secret", secrets.token_urlsafe(32))
    db.add(row)
    audit.record(actor, "shipping.connect", row, kind=kind, name=row.name)
    if profile.fields:
        later("shipping.check_account", workspace_id=row.workspace_id, account_id=row.id)
    return row


def _check_name(name: str, but: UUID | None = None) -> None:
    if not name.strip() or len(name) > 60:
        raise Refused("Give this account a name of up to 60 characters.", field="name")
    taken = db.session().scalars(select(CarrierAccount.id).where(CarrierAccount.name == name.strip())).one_or_none()
    if taken not in (None, but):
        raise NameTaken(field="name")


def _seal(account_id: UUID, column: str, secret: str) -> str:
    return crypto.encrypt(db.current_workspace(), secret, f"carrier_accounts|{column}|{account_id}")


def _unseal(row: CarrierAccount, column: str) -> str:
    return crypto.decrypt(row.workspace_id, getattr(row, column), f"carrier_accounts|{column}|{row.id}")


def connection(row: CarrierAccount) -> Connection:
    """The account as an adapter needs it; inside the workspace's scope."""
    keys = json.loads(_unseal(row, "credentials"))
    return Connection(row.id, carrier.base(row.kind), keys, _unseal(row, "webhook_secret"), dict(row.settings))


def speaker(row: CarrierAccount) -> Carrier:
    """The adapter for an account; made inside the workspace's scope, used outside of it."""
    return carrier.adapter(row.kind)(connection(row))


def change_keys(actor: Actor, row: CarrierAccount, credentials: Mapping[str, str]) -> None:
    """New keys for an account whose old ones were refused or rolled; fields left empty keep their value."""
    row = db.lock(row)
    keys = json.loads(_unseal(row, "credentials"))
    keys |= {name: value.strip() for name, value in credentials.items() if name in keys and value.strip()}
    row.credentials = _seal(row.id, "credentials", json.dumps(keys))
    row.state, row.error = "checking", ""
    audit.record(actor, "shipping.change_keys", row)
    later("shipping.check_account", workspace_id=row.workspace_id, account_id=row.id)


def rename(actor: Actor, row: CarrierAccount, name: str) -> None:
    """Raises NameTaken."""
    row = db.lock(row)
    _check_name(name, row.id)
    row.name = name.strip()
    audit.record(actor, "shipping.rename_account", row, name=row.name)


def set_services(actor: Actor, row: CarrierAccount, services: Sequence[Service]) -> None:
    """What the seller's own label offers, in this order; a kept name keeps its id. Raises Refused for another kind or twins."""
    row = db.lock(row)
    names = [one.name.casefold() for one in services]
    if row.kind != OWN:
        raise Refused("Only your own labels have services of your own; a carrier has the carrier's.")
    if len(set(names)) < len(names):
        raise Refused("Two services have the same name. Give each one of its own; nothing was saved.", field="services")
    known = {str(one.get("name", "")).casefold(): one for one in row.settings.get("services", ())}
    row.settings = {**row.settings, "services": [_service(one, known.get(one.name.casefold(), {})) for one in services]}
    audit.record(actor, "shipping.set_services", row, services=[one.name for one in services])


def _service(one: Service, known: Mapping[str, Any]) -> dict[str, Any]:
    price = {"price_minor": one.price.minor, "currency": one.price.currency}
    return {**known, "id": known.get("id") or str(new_id()), "name": one.name, **price, "days": one.days}


def pause(actor: Actor, row: CarrierAccount) -> None:
    """No new rates or labels; labels that exist are followed on."""
    row = db.lock(row)
    if row.state != "removed":
        row.state = "paused"
        audit.record(actor, "shipping.pause_account", row)


def resume(actor: Actor, row: CarrierAccount) -> None:
    row = db.lock(row)
    row.state = "checking" if carrier.profiles()[row.kind].fields else "active"
    audit.record(actor, "shipping.resume_account", row)
    if row.state == "checking":
        later("shipping.check_account", workspace_id=row.workspace_id, account_id=row.id)


def remove(actor: Actor, row: CarrierAccount) -> None:
    """Forget the keys. Parcels and labels bought with it stay readable; they are no longer followed."""
    row = db.lock(row)
    row.state, row.name = "removed", f"{row.name} (removed {db.now():%Y-%m-%d %H:%M:%S})"
    row.credentials = _seal(row.id, "credentials", "{}")
    audit.record(actor, "shipping.remove_account", row)


def check_account(workspace_id: UUID, account_id: UUID) -> None:
    """Try the keys and ask for news. A refusal is written on the account; an outage is tried again by the job."""
    with db.workspace(workspace_id):
        row = db.get(CarrierAccount, account_id)
        if row.state not in ("checking", "active", "refused"):
            return
        adapter, secret = speaker(row), _unseal(row, "webhook_secret")
        profile = adapter.profile
    try:
        facts = adapter.account()
        known = adapter.subscribe(webhook_url(profile.kind, account_id), secret) if profile.webhooks else ""
    except ProviderError as error:
        if not error.permanent:
            raise
        _checked(workspace_id, account_id, state="refused", error=str(error))
        return
    _checked(workspace_id, account_id, state="active", error="", mode=facts.mode, subscription_id=known)


def _checked(workspace_id: UUID, account_id: UUID, **found: str) -> None:
    with db.workspace(workspace_id):
        row = db.lock(db.get(CarrierAccount, account_id))
        if row.state in ("paused", "removed"):
            return
        for name, value in found.items():
            setattr(row, name, value)
        row.checked_at = db.now()


def webhook_url(kind: str, account_id: UUID) -> str:
    """Where a provider sends an account's news; the account is named in the address, its secret signs the body."""
    return f"{settings.current().app_url}/webhooks/{kind}?account={account_id}"


def check_all() -> None:
    """Once a day: keys that stopped working and subscriptions that the provider dropped are found before a label fails."""
    with db.system("check carriers") as session:
        due = db.now() - timedelta(hours=20)
        rows = session.execute(
            select(CarrierAccount.workspace_id, CarrierAccount.id).where(
                CarrierAccount.state.in_(("active", "refused")),
                CarrierAccount.kind != OWN,
                CarrierAccount.checked_at < due,
            )
        ).all()
        for workspace_id, account_id in rows:
            with db.workspace(workspace_id):
                later("shipping.check_account", workspace_id=workspace_id, account_id=account_id)
