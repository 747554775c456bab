"""Licence jobs."""

from uuid import UUID

from app.core import db
from app.core.jobs import job
from app.licences import actions


@job("licences.look_at_stock")
def look_at_stock(offer_id: str) -> None:
    actions.look_at_stock(UUID(offer_id))


@job("licences.give_past", queue="bulk")
def give_past(offer_id: str) -> None:
    actions.give_some(UUID(offer_id))


@job("licences.look_everywhere")
def look_everywhere() -> None:
    with db.system("licences that are owed"):
        actions.look_everywhere()
