"""Rates: each account is asked by a job of its own, so that one slow carrier does not hold up the others."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.errors import ProviderError
from app.core.ids import new_id
from app.core.outbox import emit, later
from app.orders.models import Order
from app.shipping import queries
from app.shipping.actions import accounts, parcels
from app.shipping.actions.parcels import CannotShip
from app.shipping.carrier import Quote
from app.shipping.events import ParcelChanged
from app.shipping.models import CarrierAccount, Parcel, ParcelQuote


def ask(parcel: Parcel) -> int:
    """Ask every active account for rates; returns how many were asked. Raises CannotShip before anybody is asked."""
    parcels.shipment(parcel, str(parcel.id))
    asked = queries.active_accounts()
    for account in asked:
        later("shipping.quote", workspace_id=parcel.workspace_id, parcel_id=parcel.id, account_id=account.id)
    return len(asked)


def quote(workspace_id: UUID, parcel_id: UUID, account_id: UUID) -> None:
    """Ask one account and keep its answer, or its refusal in words. An outage is tried again by the job."""
    with db.workspace(workspace_id):
        parcel, account = db.get(Parcel, parcel_id), db.get(CarrierAccount, account_id)
        if account.state != "active" or parcel.state != "draft":
            return
        key = _Key(account_id, parcels.fingerprint(parcel), str(new_id()))
        try:
            shipment, adapter = parcels.shipment(parcel, key.reference), accounts.speaker(account)
        except CannotShip as refused:
            _keep(parcel, key, error=refused.message)
            return
    try:
        answer = adapter.quote(shipment)
    except ProviderError as error:
        with db.workspace(workspace_id):
            _keep(db.get(Parcel, parcel_id), key, error=str(error))
        if not error.permanent:
            raise
        return
    with db.workspace(workspace_id):
        _keep(db.get(Parcel, parcel_id), key, answer)


@dataclass(frozen=True)
class _Key:
    """Who was asked, about what, under which name of ours."""

    account_id: UUID
    fingerprint: str
    reference: str


def _keep(parcel: Parcel, key: _Key, answer: Quote | None = None, error: str = "") -> None:
    values: Mapping[str, Any] = {
        "fingerprint": key.fingerprint,
        "reference": key.reference,
        "shipment_id": answer.shipment_id if answer else "",
        "rates": [asdict(rate) for rate in answer.rates] if answer else [],
        "notes": list(answer.notes) if answer else [],
        "error": error,
        "created_at": db.now(),
    }
    row = {"workspace_id": parcel.workspace_id, "id": new_id(), "parcel_id": parcel.id, "account_id": key.account_id}
    db.session().execute(
        insert(ParcelQuote)
        .values(**row, **values)
        .on_conflict_do_update(index_elements=["workspace_id", "parcel_id", "account_id"], set_=values)
    )
    tell(parcel)


def forget(parcel: Parcel) -> None:
    """Throw the quotes of a parcel away, so that the next look asks again."""
    db.session().execute(delete(ParcelQuote).where(ParcelQuote.parcel_id == parcel.id))


def tell(parcel: Parcel) -> None:
    order = db.get(Order, parcel.order_id)
    emit(
        ParcelChanged(
            workspace_id=order.workspace_id,
            order_id=order.id,
            group_id=order.group_id,
            parcel_id=parcel.id,
            status=parcel.status,
        )
    )
