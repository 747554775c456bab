"""Handing files over: a link that expires, bytes in pieces, and a count only for what really arrived."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from sqlalchemy import select, text
from werkzeug.http import dump_options_header

from app.access.models import Grant
from app.catalogue.models import File
from app.core import db, signing, storage
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.downloads import queries, ranges
from app.downloads.models import Download
from app.downloads.prepare import prepare
from app.downloads.ranges import Span

LINK_SECONDS = 600


class AccessEnded(Refused):
    status = 403
    message = "Access to this download has ended, because the purchase was refunded or disputed. Ask the seller if that is a mistake."


class AccessExpired(AccessEnded):
    message = "The time of this download is over. Ask the seller if you need it longer."


class LimitReached(Refused):
    status = 403
    message = "All downloads of this file are used up. Ask the seller for more; they can give them back with one click."


@dataclass(frozen=True)
class Ticket:
    """What a link entitles to. `size` in bytes; `key` is private."""

    workspace_id: UUID
    grant_id: UUID
    file_id: UUID
    buyer_id: UUID
    key: str
    name: str
    content_type: str
    size: int
    etag: str

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


def link(grant: Grant, file_id: UUID) -> str:
    """A signed token of ten minutes for one file of an open grant. Raises AccessEnded (AccessExpired), LimitReached, NotFound."""
    item = _open_item(grant, file_id)
    return signing.sign("download", [str(grant.workspace_id), str(grant.id), str(item.file.id), str(grant.buyer_id)])


def _open_item(grant: Grant, file_id: UUID) -> queries.Item:
    if grant.revoked_at is not None:
        raise AccessEnded
    if grant.ends_at is not None and grant.ends_at <= db.now():
        raise AccessExpired
    item = next((one for one in queries.files_of(grant) if one.file.id == file_id), None)
    if item is None:
        raise NotFound
    if item.left == 0:
        raise LimitReached
    return item


def redeem(token: str) -> Ticket:
    """What the link is good for at this moment; access is checked again. Raises BadLink, AccessEnded, LimitReached."""
    _, grant_id, file_id, buyer_id = (UUID(part) for part in signing.unsign("download", token, LINK_SECONDS))
    with db.buyer(buyer_id):
        grant = queries.own_grant(grant_id)
        file: File = _open_item(grant, file_id).file
        return Ticket(
            grant.workspace_id,
            grant.id,
            file.id,
            buyer_id,
            prepare(grant, file),
            file.name,
            file.content_type,
            file.size,
            f'"{file.sha256}"',
        )


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
            )
        )
        return row.id


def _one_at_a_time(ticket: Ticket) -> None:
    """Transfers of one purchase's file are counted one after the other, so that two parts see each other."""
    key = {"key": f"download:{ticket.grant_id}:{ticket.file_id}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 5))"), key)


def _keep_within_limit(ticket: Ticket) -> None:
    item = _open_item(queries.own_grant(ticket.grant_id), ticket.file_id)
    if item.left is not None and queries.running(ticket.grant_id, ticket.file_id) >= item.left:
        raise LimitReached(
            "Another download of this file is still running. Wait until it ends; nothing was used up by this try."
        )


def send(ticket: Ticket, row_id: UUID, first: int, last: int) -> Iterator[bytes]:
    """The bytes. The server asks for the next piece when the last one is gone, so running to the end means it was sent."""
    sent = 0
    try:
        for piece in storage.stream(ticket.key, first, last):
            yield piece
            sent += len(piece)
    finally:
        note_sent(ticket, row_id, sent)


def note_sent(ticket: Ticket, row_id: UUID, sent: int) -> None:
    """Keep how far it went; count one download when the parts sent so far make up the whole file."""
    with db.buyer(ticket.buyer_id) as session:
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
            )
        ).all()
        spans = [Span(one.first_byte, one.first_byte + one.bytes_sent - 1) for one in open_rows]
        if ranges.covers(spans, ticket.size):
            for one in open_rows:
                one.completed_at = db.now()
            row.counted = True
