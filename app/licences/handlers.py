"""Reactions to news about grants."""

from sqlalchemy import select

from app.access.events import GrantChanged
from app.core import db
from app.licences import actions
from app.licences.models import Licence


def on_grant_changed(event: GrantChanged) -> None:
    """What was closed while a key was owed gets it when it is open again."""
    if event.change != "restored":
        return
    owed = select(Licence.offer_id).where(Licence.grant_id == event.grant_id, Licence.issued_at.is_(None)).distinct()
    for offer_id in db.session().scalars(owed).all():
        actions.look_at_stock(offer_id)
