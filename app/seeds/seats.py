"""Programs that were bought are in use: each key on a computer or two, as the programs themselves would ask for it."""

from uuid import UUID

from sqlalchemy import select

from app.core import db
from app.core.errors import Refused
from app.licences import actions as licences
from app.licences.models import Licence
from app.seeds.shops import Place

DEVICES = ("Studio laptop", "Workstation", "Render box")


def take(places: list[Place]) -> None:
    """Begun again, every device has its seat already."""
    for place in places:
        with db.workspace(place.workspace_id) as session:
            found = session.scalars(select(Licence.id).where(Licence.issued_at.is_not(None)).order_by(Licence.id)).all()
            for number, licence_id in enumerate(found):
                for device in DEVICES[: 2 - number % 2]:
                    _seat(licence_id, device)


def _seat(licence_id: UUID, device: str) -> None:
    """Whoever was paid back meanwhile uses it no more."""
    try:
        licences.activate(licence_id, f"{device.lower().replace(' ', '-')}-{licence_id}"[:60], device)
    except Refused:
        return
