"""Writes a licence's history, and says to open pages that it changed. Private to licences."""

from typing import Any

from app.core import db
from app.core.actor import Actor
from app.core.outbox import emit
from app.licences.events import LicenceChanged
from app.licences.models import Licence, LicenceEvent


def note(licence: Licence, kind: str, actor: Actor, summary: str, **data: Any) -> None:
    """`kind` is a change of LicenceChanged."""
    db.session().add(
        LicenceEvent(
            licence_id=licence.id,
            kind=kind,
            actor_kind=actor.kind,
            actor_name=actor.name,
            summary=summary,
            data=data,
        )
    )
    db.session().flush()
    emit(
        LicenceChanged(workspace_id=licence.workspace_id, licence_id=licence.id, order_id=licence.order_id, change=kind)
    )
