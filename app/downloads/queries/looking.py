"""How far somebody is in what they hear, watch and read, and what comes after it."""

from uuid import UUID

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db
from app.downloads.models import Position
from app.downloads.queries.library import shelf_of


def position(grant: Grant, file_id: UUID, device: UUID) -> Position:
    """This device's, else the newest of the buyer's other devices, else the beginning."""
    mine = select(Position).where(Position.grant_id == grant.id, Position.file_id == file_id)
    newest = mine.order_by((Position.device == device).desc(), Position.moved_at.desc()).limit(1)
    return db.session().scalars(newest).first() or Position(spot=0, part=0, size=3)


def playlist(grant: Grant, around: File) -> list[File]:
    """What can be listened to or watched in this purchase, in the seller's order; `around` stands in it, also when it is an older release."""
    every = [item.file for item in shelf_of(grant).items if item.file.plays]
    return every if around in every else [around, *every]
