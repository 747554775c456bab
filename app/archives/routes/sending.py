"""An archive on its way to whoever asked: whole, or the part that a broken download still lacks."""

from flask import Response, request

from app.accounts import actions as accounts
from app.archives.models import Archive, OwnArchive
from app.core import db, storage
from app.core.web import render
from app.core.web.access import Viewer, viewer


def somebody() -> Viewer:
    person = viewer()
    if person is None:
        raise RuntimeError("only signed-in routes have a person")
    return person


def surely() -> Viewer:
    """The person, who proved lately that it is them. Raises ConfirmFirst."""
    person = somebody()
    with db.buyer(person.id):
        accounts.confirmed(person.session_id)
    return person


def opening() -> Viewer:
    """The same when a page is opened; a page that is open goes on telling how far its archive is."""
    return somebody() if render.wanted_block() else surely()


def sent(row: Archive | OwnArchive, name: str) -> Response:
    """The bytes, outside of any transaction. `name` is safe in a header."""
    etag = f'"{row.sha256}"'
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Referrer-Policy": "no-referrer",
    }
    condition = request.headers.get("If-Range")
    wanted = request.range if condition in (None, etag) else None
    if wanted is None or wanted.units != "bytes":
        return _part(row, 0, row.size, 200, headers)
    span = wanted.range_for_length(row.size)
    if span is None:
        return Response(status=416, headers=headers | {"Content-Range": f"bytes */{row.size}"})
    return _part(row, *span, 206, headers | {"Content-Range": f"bytes {span[0]}-{span[1] - 1}/{row.size}"})


def _part(row: Archive | OwnArchive, start: int, stop: int, status: int, headers: dict[str, str]) -> Response:
    headers = headers | {"Content-Length": str(stop - start)}
    return Response(storage.stream(row.key, start, stop - 1), status=status, headers=headers, direct_passthrough=True)
