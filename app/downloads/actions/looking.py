"""Listening, watching and reading on our pages: bytes under links of three hours, for the browser that asked, and a log of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db, signing
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.downloads import queries
from app.downloads.actions.sending import Ticket, open_item, ticket_for, told
from app.downloads.actions.sharing import Seen, note_sighting
from app.downloads.models import Download, Position
from app.downloads.prepare import Prepared, prepare

LOOK_SECONDS = 3 * 3600
"""A long film with pauses; the page makes a new link each time it is opened."""
SITTING = timedelta(hours=6)
"""What one browser hears or reads of a file within this time is one line of the log."""


class NotYours(Refused):
    status = 403
    message = "This is played and read by the browser that opened it. Open it from your library."
    ways = (("Your library", "/library"),)


@dataclass(frozen=True)
class Look:
    """A file that is open in a browser, the buyer's own bytes of it, and the line of the log."""

    grant: Grant
    file: File
    made: Prepared
    row_id: UUID

    def token(self, inside: str = "") -> str:
        """For its bytes; `inside` names a picture of a book."""
        what = [str(self.grant.id), str(self.file.id), str(self.grant.buyer_id), str(self.row_id)]
        return signing.sign("look", [*what, inside] if inside else what)


def open_look(grant: Grant, file_id: UUID, seen: Seen, ip: str, user_agent: str) -> Look:
    """Uses up nothing of a limit. What browsers neither play nor show is NotFound.

    Raises AccessEnded, LooksShared, NotFound, Preparing, NotDeliverable.
    """
    file = open_item(grant, file_id, counts=False).file
    if not (file.plays or file.reads):
        raise NotFound
    note_sighting(grant, seen)
    made = prepare(grant, file)
    return Look(grant, file, made, _sitting(grant, file, ip, user_agent))


def _sitting(grant: Grant, file: File, ip: str, user_agent: str) -> UUID:
    way, browser = ("play" if file.plays else "read"), user_agent[:300]
    mine = (Download.grant_id == grant.id, Download.file_id == file.id, Download.way == way)
    same = (Download.user_agent == browser, Download.ip == ip, Download.created_at > db.now() - SITTING)
    found = db.session().scalars(select(Download.id).where(*mine, *same).order_by(Download.id.desc()).limit(1)).first()
    if found is not None:
        return found
    row = Download(workspace_id=grant.workspace_id, id=new_id(), grant_id=grant.id, file_id=file.id, way=way)
    row.buyer_id, row.ip, row.user_agent, row.last_byte = grant.buyer_id, ip, browser, file.size - 1
    return db.add(row).id


def redeem_look(token: str, owner: UUID | None) -> tuple[Ticket, UUID, str]:
    """What the link is good for, the line of the log, and the picture it names. Access is checked again.

    Raises BadLink, NotYours for another browser than the buyer's, AccessEnded, NotFound, Preparing, NotDeliverable.
    """
    said = signing.unsign("look", token, LOOK_SECONDS)
    grant_id, file_id, buyer_id, row_id = (UUID(part) for part in said[:4])
    if owner != buyer_id:
        raise NotYours
    grant = queries.own_grant(grant_id)
    file = open_item(grant, file_id, counts=False).file
    way = "play" if file.plays else "read"
    ticket = replace(ticket_for(grant, file, prepare(grant, file)), way=way)
    return ticket, row_id, said[4] if len(said) > 4 else ""


def send_look(ticket: Ticket, row_id: UUID, first: int, last: int) -> Iterator[bytes]:
    """The bytes, and how many of them went out."""

    def note(sent: int) -> None:
        if sent:
            with db.workspace(ticket.workspace_id):
                note_looked(row_id, sent)

    return told(ticket, first, last, note)


def note_looked(row_id: UUID, sent: int) -> None:
    """`sent` more bytes of this sitting."""
    more = update(Download).where(Download.id == row_id).values(bytes_sent=Download.bytes_sent + sent)
    db.session().execute(more)


def remember(grant: Grant, file_id: UUID, device: UUID, **where: int) -> None:
    """How far this device is: `spot`, `part`, `size` as Position says. Raises NotFound for files that are not the grant's."""
    if file_id not in {one.id for one in queries.offered(grant)}:
        raise NotFound
    key = {"workspace_id": grant.workspace_id, "grant_id": grant.id, "file_id": file_id, "device": device}
    moved = {**where, "moved_at": db.now()}
    fresh = {"id": new_id(), "buyer_id": grant.buyer_id, "spot": 0, "part": 0, "size": 3}
    statement = insert(Position).values({**fresh, **key, **moved})
    db.session().execute(statement.on_conflict_do_update(index_elements=list(key), set_=moved))
