"""What came after the first sale: a second release that buyers hear of, one purchase that looked shared, one put away."""

import io
import zipfile
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import exists, select

from app.access import queries as access
from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File, Product
from app.core import db, storage
from app.downloads import actions as downloads
from app.downloads.models import LibraryMark, SharingLock, Update
from app.seeds.cast import Person
from app.seeds.drain import Drain
from app.seeds.shops import Place

NOTES = "Every sheet is redrawn at twice the size, and the colours hold in print.\nThe old files stay where they are, under «Older releases»."
TAKEN, PASSED = ".zip", ".pdf"
STRANGERS = 10


def come_out(places: list[Place], buyer: Person, begun: datetime, drain: Drain) -> None:
    """Begun again, what stands stays as it is."""
    for place in places:
        with db.at(begun - timedelta(hours=30)):
            _release(place, buyer)
            drain()
    with db.at(begun - timedelta(hours=20)):
        for place in places[:1]:
            _share(place, buyer)
        drain()
    _put_away(buyer)


def _release(place: Place, buyer: Person) -> None:
    """The newest download that this buyer has of a shop, in its first file that can be made anew."""
    with db.workspace(place.workspace_id, place.owner.id):
        file = _first(buyer)
        if file is None:
            return
        product, source = db.get(Product, file.product_id), io.BytesIO(_anew(file))
        made = catalogue.replace_file(place.owner.actor, product, file, source, file.name, NOTES, None)
        chosen = downloads.Choice(notes=NOTES, files=[made.id])
        downloads.send_update(place.owner.actor, downloads.draft(place.owner.actor, product, chosen))


def _first(buyer: Person) -> File | None:
    """None where an update went out before, or they bought no download."""
    mine = (Grant.product_id == File.product_id, Grant.buyer_id == buyer.id, Grant.downloads, access.active())
    wanted = select(File).where(File.removed_at.is_(None), exists().where(*mine))
    wanted = wanted.order_by(File.product_id.desc(), File.position)
    found = [one for one in db.session().scalars(wanted) if one.name.endswith((TAKEN, PASSED))]
    told = db.session().scalars(select(Update.id)).first()
    return found[0] if found and told is None else None


def _anew(file: File) -> bytes:
    """The same work, one page richer: bytes that differ and still open."""
    bytes_ = storage.read(file.storage_key)
    if not file.name.endswith(TAKEN):
        return bytes_ + b"\n% second release\n"
    kept = io.BytesIO(bytes_)
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr("second-release.txt", NOTES)
    return kept.getvalue()


def _share(place: Place, not_of: Person) -> None:
    """One purchase is fetched by strangers until it is paused; its seller sees why on the order."""
    with db.workspace(place.workspace_id) as session:
        if session.scalars(select(SharingLock.id)).first():
            return
        wanted = select(Grant).where(Grant.downloads, access.active(), Grant.buyer_id != not_of.id)
        grant = session.scalars(wanted.order_by(Grant.created_at.desc(), Grant.id)).first()
        if grant is None:
            return
        for number in range(STRANGERS):
            device = uuid5(UUID(int=7), f"{place.workspace_id} {number}")
            seen = downloads.Seen(
                device, ("Firefox on Windows", "Chrome on Android")[number % 2], f"10.20.{number}.0/24"
            )
            try:
                downloads.note_sighting(grant, seen)
            except downloads.LooksShared:
                return


def _put_away(buyer: Person) -> None:
    """The oldest of many purchases is out of sight."""
    with db.buyer(buyer.id) as session:
        mine = session.scalars(select(Grant).where(Grant.downloads, access.active()).order_by(Grant.id)).all()
        if len(mine) > 3 and not session.scalars(select(LibraryMark.id)).first():
            downloads.put_away(mine[0])
