"""All files of a purchase as one zip: sent as it is read, resumable, and each file counts when all of it arrived."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File
from app.core import db, signing
from app.core.errors import Refused
from app.core.outbox import later
from app.downloads import layout, queries
from app.downloads.actions.sending import (
    LONGEST_PAUSE,
    AccessEnded,
    LimitReached,
    Ticket,
    asker,
    begin,
    note_sent,
    open_item,
    send,
    ticket_for,
    unsigned,
)
from app.downloads.actions.sharing import Seen, note_sighting
from app.downloads.layout import Layout, Member
from app.downloads.prepare import Prepared, Preparing, prepare

INLINE = 64 * 1024 * 1024
"""Bytes of files without a sum that a request reads itself; more is the job's."""


class NothingToPack(Refused):
    status = 409
    message = "There is nothing to put into a zip here: these files are for listening or watching, or their downloads are used up."


class Measuring(Refused):
    status = 409
    keeps = True
    title = "Your zip is being prepared"
    message = "Your zip is being prepared, which takes a minute the first time. Press the button again then; nothing was used up."


@dataclass(frozen=True)
class Pack:
    """What a link to a zip entitles to: its layout, and the ticket of each member."""

    name: str
    layout: Layout
    tickets: tuple[Ticket, ...]

    @property
    def whole(self) -> Ticket:
        """The zip as if it were a file, for its headers."""
        size, etag = self.layout.size, self.layout.etag
        return replace(self.tickets[0], key="", name=self.name, content_type="application/zip", size=size, etag=etag)


def packable(shelf: queries.Shelf) -> list[queries.Item]:
    """What a zip of this purchase holds: the newest releases that may be downloaded and are not used up."""
    return [item for item in shelf.items if not item.file.stream_only and item.left != 0]


def pack_link(grant: Grant, seen: Seen) -> str:
    """A signed token of ten minutes for a zip of all that is left. Raises AccessEnded, LimitReached, LooksShared, NothingToPack,
    Preparing (every copy that is missing is asked for), NotDeliverable, Measuring."""
    shelf = queries.shelf_of(grant)
    items = packable(shelf)
    if not items:
        raise _empty(shelf)
    open_item(grant, items[0].file.id)
    note_sighting(grant, seen)
    _ready(grant, [item.file for item in items])
    what = [str(grant.id), str(grant.buyer_id), *(str(item.file.id) for item in items)]
    return signing.sign("zip", [seen.network, str(seen.device_id), *what])


def _empty(shelf: queries.Shelf) -> Refused:
    if shelf.grant.revoked_at is not None:
        return AccessEnded(shelf.grant)
    used = any(item.left == 0 and not item.file.stream_only for item in shelf.items)
    return LimitReached(shelf.grant) if used else NothingToPack()


def _ready(grant: Grant, files: list[File]) -> list[tuple[Prepared, int]]:
    """Each file as this buyer gets it, with its sum. All that is missing is asked for before the first refusal is raised."""
    missing: Refused | None = None
    found, inline = [], INLINE
    for file in files:
        try:
            made = prepare(grant, file)
            inline -= made.size if made.crc32 is None else 0
            found.append((made, _sum(grant, file, made, inline >= 0)))
        except (Preparing, Measuring) as refusal:
            missing = missing or refusal
    if missing is not None:
        raise missing
    return found


def _sum(grant: Grant, file: File, made: Prepared, now: bool) -> int:
    if made.crc32 is not None:
        return made.crc32
    if now or made.key != file.storage_key:
        return catalogue.crc32(made.key, made.size)
    with db.workspace(grant.workspace_id):
        later("catalogue.sum_file", dedupe_key=f"sum-file:{file.id}", workspace_id=file.workspace_id, file_id=file.id)
    raise Measuring


def redeem_pack(token: str, seen: Seen, *, resumed: bool = False) -> Pack:
    """What the link is good for at this moment. Raises as `pack_link`, and BadLink. `resumed`: only a later part is wanted; what
    counted meanwhile is no reason to refuse the rest."""
    said, late = unsigned("zip", token, resumed)
    network, device_id, grant_id, buyer_id, *file_ids = said[0], *(UUID(one) for one in said[1:])
    with db.buyer(buyer_id):
        grant = queries.own_grant(grant_id)
        if late and not any(queries.begun(grant_id, one, LONGEST_PAUSE) for one in file_ids):
            raise signing.BadLink
        files = [open_item(grant, one, counts=not resumed).file for one in file_ids]
        note_sighting(grant, asker(seen, device_id, network))
        return _packed(grant, files)


def _packed(grant: Grant, files: list[File]) -> Pack:
    ready, title = _ready(grant, files), layout.folder(grant.product.title)
    paths = layout.names(title, [made.name for made, _ in ready])
    members = tuple(
        Member(path, made.size, crc32, made.sha256, file.created_at)
        for path, (made, crc32), file in zip(paths, ready, files, strict=True)
    )
    tickets = tuple(ticket_for(grant, file, made, "zip") for file, (made, _) in zip(files, ready, strict=True))
    return Pack(f"{title}.zip", Layout(members), tickets)


def begin_pack(pack: Pack, first: int, last: int, ip: str, user_agent: str) -> dict[int, UUID]:
    """Note each file that the bytes `first` to `last` of the zip touch. Raises LimitReached, also for the rest of a file that
    is used up, unless it was sent to this address just now."""
    touched = [part for part in pack.layout.stretches(first, last) if part.number >= 0]
    for part in touched:
        if part.first:
            _may_go_on(pack.tickets[part.number], ip)
    return {part.number: begin(pack.tickets[part.number], part.first, part.last, ip, user_agent) for part in touched}


def _may_go_on(ticket: Ticket, ip: str) -> None:
    with db.buyer(ticket.buyer_id):
        again = queries.just_sent(ticket.grant_id, ticket.file_id, ip)
        open_item(queries.own_grant(ticket.grant_id), ticket.file_id, counts=not again)


def send_pack(pack: Pack, rows: dict[int, UUID], first: int, last: int) -> Iterator[bytes]:
    """The bytes. A file whose last byte was taken counts, whatever becomes of the rest."""
    waiting = dict(rows)
    try:
        for part in pack.layout.stretches(first, last):
            if part.number < 0:
                yield part.data
            else:
                yield from send(pack.tickets[part.number], waiting.pop(part.number), part.first, part.last)
    finally:
        for number, row_id in waiting.items():
            note_sent(pack.tickets[number], row_id, 0)
