"""Handing files over: a link that expires, bytes in pieces, and a count only for what really arrived."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select, text
from werkzeug.http import dump_options_header

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db, signing, storage
from app.core.errors import NotFound
from app.core.ids import new_id
from app.downloads import queries, ranges
from app.downloads.actions.sharing import Seen, note_sighting
from app.downloads.models import Download
from app.downloads.prepare import Prepared, prepare
from app.downloads.ranges import Span
from app.downloads.refusals import AccessEnded, AccessExpired, LimitReached, StreamOnly

LINK_SECONDS = 600
LONGEST_PAUSE = timedelta(days=1)
"""How long a download that was begun may be gone on with by the same link."""
COUNTING = ("download", "zip")
"""Ways of which the parts make up a file; listening, watching and reading use up nothing."""


@dataclass(frozen=True)
class Ticket:
    """What a link entitles to. `size` in bytes; `key` is private. `way` is how the log names it."""

    workspace_id: UUID
    grant_id: UUID
    file_id: UUID
    buyer_id: UUID
    key: str
    name: str
    content_type: str
    size: int
    etag: str
    way: str = "download"

    def headers(self, span: Span | None) -> dict[str, str]:
        """Headers of an answer for the whole file or a part: always an attachment, never rendered in place."""
        plain = self.name.encode("ascii", "ignore").decode().replace('"', "") or "file"
        found = {
            "Content-Type": self.content_type,
            "Accept-Ranges": "bytes",
            "ETag": self.etag,
            "Cache-Control": "private, no-store",
            "Content-Disposition": dump_options_header(
                "attachment", {"filename": plain, "filename*": f"UTF-8''{_quoted(self.name)}"}
            ),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Referrer-Policy": "no-referrer",
            "Content-Length": str(self.size),
        }
        if span is ranges.UNSATISFIABLE:
            found |= {"Content-Range": f"bytes */{self.size}", "Content-Length": "0"}
        elif span is not None:
            found |= {
                "Content-Range": f"bytes {span.first}-{span.last}/{self.size}",
                "Content-Length": str(span.last - span.first + 1),
            }
        return found


def _quoted(name: str) -> str:
    return quote(name, safe="")


def link(grant: Grant, file_id: UUID, seen: Seen) -> str:
    """A signed token of ten minutes for one file of an open grant; `seen` is who asks.

    Raises AccessEnded (AccessExpired), LimitReached, LooksShared, NotFound, Preparing, NotDeliverable.
    """
    item = open_item(grant, file_id)
    if item.file.stream_only:
        raise StreamOnly(grant)
    note_sighting(grant, seen)
    prepare(grant, item.file)
    what = [str(grant.workspace_id), str(grant.id), str(item.file.id), str(grant.buyer_id)]
    return signing.sign("download", [*what, str(seen.device_id), seen.network])


def open_item(grant: Grant, file_id: UUID, *, counts: bool = True) -> queries.Item:
    """A file that `grant` opens now; one that only `counts` against its limit has to have some left.

    Raises AccessEnded (AccessExpired), LimitReached, NotFound.
    """
    if grant.revoked_at is not None:
        raise AccessEnded(grant)
    if grant.ends_at is not None and grant.ends_at <= db.now():
        raise AccessExpired(grant)
    item = next((one for one in queries.files_of(grant) if one.file.id == file_id), None)
    if item is None:
        raise NotFound
    if counts and item.left == 0:
        raise LimitReached(grant)
    return item


def redeem(token: str, seen: Seen, *, resumed: bool = False, ip: str = "") -> Ticket:
    """What the link is good for at this moment; access is checked again. `resumed`: only a later part is wanted.

    Raises BadLink, AccessEnded, LimitReached, LooksShared, Preparing, NotDeliverable.
    """
    said, late = unsigned("download", token, resumed)
    _, grant_id, file_id, buyer_id = (UUID(part) for part in said[:4])
    device_id, network = (UUID(said[4]), said[5]) if len(said) > 4 else (seen.device_id, seen.network)
    with db.buyer(buyer_id):
        grant = queries.own_grant(grant_id)
        if late and not queries.begun(grant_id, file_id, LONGEST_PAUSE):
            raise signing.BadLink
        file: File = open_item(grant, file_id, counts=not (resumed and queries.just_sent(grant_id, file_id, ip))).file
        note_sighting(grant, asker(seen, device_id, network))
        return ticket_for(grant, file, prepare(grant, file))


def unsigned(purpose: str, token: str, resumed: bool) -> tuple[Any, bool]:
    """What a link says, and whether it is older than ten minutes: then it is good for a day, to go on with what was begun.
    Raises BadLink."""
    try:
        return signing.unsign(purpose, token, LINK_SECONDS), False
    except signing.BadLink:
        if not resumed:
            raise
        return signing.unsign(purpose, token, int(LONGEST_PAUSE.total_seconds())), True


def ticket_for(grant: Grant, file: File, made: Prepared, way: str = "download") -> Ticket:
    etag = f'"{made.sha256}"'
    return Ticket(
        grant.workspace_id,
        grant.id,
        file.id,
        grant.buyer_id,
        made.key,
        made.name,
        made.content_type,
        made.size,
        etag,
        way,
    )


def asker(seen: Seen, device_id: UUID, network: str) -> Seen:
    """A program that fetches for a browser brings no cookie of it: from the same network it is the one that asked."""
    return seen if seen.known or seen.network != network else replace(seen, device_id=device_id)


def begin(ticket: Ticket, first: int, last: int, ip: str, user_agent: str) -> UUID:
    """Note the request before its first byte. Raises LimitReached while running transfers may use up what is left."""
    with db.buyer(ticket.buyer_id):
        _one_at_a_time(ticket)
        if first == 0:
            _keep_within_limit(ticket)
        row = db.add(
            Download(
                workspace_id=ticket.workspace_id,
                id=new_id(),
                grant_id=ticket.grant_id,
                file_id=ticket.file_id,
                buyer_id=ticket.buyer_id,
                first_byte=first,
                last_byte=last,
                ip=ip,
                user_agent=user_agent[:300],
                way=ticket.way,
            )
        )
        return row.id


def _one_at_a_time(ticket: Ticket) -> None:
    """Transfers of one purchase's file are counted one after the other, so that two parts see each other."""
    key = {"key": f"download:{ticket.grant_id}:{ticket.file_id}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 5))"), key)


def _keep_within_limit(ticket: Ticket) -> None:
    grant = queries.own_grant(ticket.grant_id)
    item = open_item(grant, ticket.file_id)
    if item.left is not None and queries.running(ticket.grant_id, ticket.file_id) >= item.left:
        raise LimitReached(
            grant,
            "Another download of this file is still running. Wait until it ends; nothing was used up by this try.",
        )


def send(ticket: Ticket, row_id: UUID, first: int, last: int) -> Iterator[bytes]:
    """The bytes, and a line of the log that says how far they went."""
    return told(ticket, first, last, partial(note_sent, ticket, row_id))


def told(ticket: Ticket, first: int, last: int, note: Callable[[int], None]) -> Iterator[bytes]:
    """The bytes; `note` hears at the end how many went out. The server asks for the next piece when the last one is gone, so
    running to the end means it was sent."""
    sent = 0
    try:
        for piece in storage.stream(ticket.key, first, last):
            yield piece
            sent += len(piece)
    finally:
        note(sent)


def note_sent(ticket: Ticket, row_id: UUID, sent: int) -> None:
    """Keep how far it went; count one download when the parts sent so far make up the whole file."""
    with db.workspace(ticket.workspace_id) as session:  # whoever the purchase belongs to by now
        _one_at_a_time(ticket)
        row = session.scalars(select(Download).where(Download.id == row_id)).one()
        if not sent:
            session.delete(row)
            return
        row.bytes_sent = sent
        session.flush()
        open_rows = session.scalars(
            select(Download).where(
                Download.grant_id == ticket.grant_id,
                Download.file_id == ticket.file_id,
                Download.completed_at.is_(None),
                Download.bytes_sent > 0,
                Download.way.in_(COUNTING),
            )
        ).all()
        spans = [Span(one.first_byte, one.first_byte + one.bytes_sent - 1) for one in open_rows]
        if ranges.covers(spans, ticket.size):
            for one in open_rows:
                one.completed_at = db.now()
            row.counted = True
