"""Resumable uploads as tus 1.0 says (tus.io): creation, how far, pieces, termination, expiry, checksums."""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import UTC
from functools import wraps
from typing import Any
from uuid import UUID

from flask import Response, make_response, request
from werkzeug.http import http_date

from app.catalogue import actions, queries
from app.catalogue.actions.uploads import DIGESTS
from app.catalogue.models import File, Upload
from app.catalogue.routes import blueprint
from app.catalogue.routes.product import HERE, WRITE, mine, saved
from app.core import db
from app.core.errors import Refused
from app.core.web.access import actor, member, requires
from app.core.web.intake import uploads
from app.core.web.limits import limit
from app.core.web.pieces import arrived, arrives_in_pieces

VERSION = "1.0.0"
ONE = "/w/<workspace>/uploads/<uuid:upload_id>"
STREAM = "application/offset+octet-stream"


class WrongVersion(Refused):
    status = 412
    message = f"This address speaks tus {VERSION}."


class WrongType(Refused):
    status = 415
    message = f"Pieces are sent as {STREAM}."


def tus(view: Callable[..., Any]) -> Callable[..., Any]:
    """A program asks: refusals are plain sentences, every answer names the protocol."""

    @wraps(view)
    def speaking(**kwargs: Any) -> Response:
        try:
            answer: Response = view(**kwargs)
        except Refused as refusal:
            answer = make_response(refusal.message, refusal.status, {"Content-Type": "text/plain; charset=utf-8"})
        answer.headers.update({"Tus-Resumable": VERSION, "Tus-Version": VERSION, "Cache-Control": "no-store"})
        return answer

    return speaking


def versioned(view: Callable[..., Any]) -> Callable[..., Any]:
    """Asked after who asks is known: strangers learn nothing of an address."""

    @wraps(view)
    def checked(**kwargs: Any) -> Any:
        if request.headers.get("Tus-Resumable") != VERSION:
            raise WrongVersion
        return view(**kwargs)

    return checked


@blueprint.route(f"{HERE}/uploads", methods=["OPTIONS"], provide_automatic_options=False)
@requires(WRITE)
def what_uploads_can(product_id: UUID) -> Response:
    """What of the protocol is spoken here."""
    said = {
        "Tus-Resumable": VERSION,
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration,checksum",
        "Tus-Checksum-Algorithm": ",".join(DIGESTS),
        "Tus-Max-Size": str(actions.LARGEST_FILE),
    }
    return Response(status=204, headers=said)


@blueprint.post(f"{HERE}/uploads")
@limit("60/minute")
@tus
@requires(WRITE)
@versioned
def begin_upload(product_id: UUID) -> Response:
    """Room for a file; `replaces` in its metadata is the file whose next release it is."""
    said, product = _metadata(), queries.product_by_id(product_id)
    old = mine(File, _uuid(said["replaces"]), product_id) if said.get("replaces") else None
    row = actions.announce(
        actor(),
        product,
        said.get("filename", ""),
        _number("Upload-Length"),
        replaces=old,
        notes=said.get("notes", ""),
        mark=said.get("mark", ""),
    )
    return Response(status=201, headers={"Location": f"/w/{member().slug}/uploads/{row.id}", **_expiry(row)})


@blueprint.route(ONE, methods=["HEAD"])
@tus
@requires(WRITE)
@versioned
def how_far(upload_id: UUID) -> Response:
    """How many bytes are here."""
    row = actions.upload_by_id(upload_id)
    said = {"Upload-Offset": str(row.received), "Upload-Length": str(row.size)}
    return Response(status=200, headers={**said, **_expiry(row)})


@blueprint.patch(ONE)
@limit("1200/minute")
@tus
@requires(WRITE)
@versioned
@arrives_in_pieces
@uploads(actions.LARGEST_PIECE)
def take_piece(upload_id: UUID) -> Response:
    """More bytes. When the connection broke on the way, those that came are kept."""
    if request.mimetype != STREAM:
        raise WrongType
    piece, checksum = arrived(), request.headers.get("Upload-Checksum", "")
    row = actions.take(upload_id, _number("Upload-Offset"), piece.source, piece.size, checksum)
    return Response(status=204, headers={"Upload-Offset": str(row.received), **_expiry(row)})


@blueprint.delete(ONE)
@limit("60/minute")
@tus
@requires(WRITE)
@versioned
def end_upload(upload_id: UUID) -> Response:
    """Forget what came so far."""
    actions.give_up(actor(), actions.upload_by_id(upload_id))
    return Response(status=204)


@blueprint.post(f"{ONE}/cancellation")
@requires(WRITE)
def cancel_upload(upload_id: UUID) -> object:
    """The same by a button of the editor; also dismisses a refusal that was read."""
    row = db.get(Upload, upload_id)
    words = "is dismissed" if row.state == "refused" else "is cancelled"
    actions.give_up(actor(), row)
    return saved(row.product_id, f"{row.name} {words}. Nothing of it was kept.", "files")


def _expiry(row: Upload) -> dict[str, str]:
    return {"Upload-Expires": http_date(row.expires_at.astimezone(UTC))} if row.state == "receiving" else {}


def _number(header: str) -> int:
    """Raises Refused unless the header is a whole number."""
    said = request.headers.get(header, "")
    if not (said.isdecimal() and said.isascii() and len(said) < 16):
        raise Refused(f"{header} has to be a number of bytes.")
    return int(said)


def _metadata() -> dict[str, str]:
    """Upload-Metadata: names with base64 values, between commas. Raises Refused."""
    found: dict[str, str] = {}
    for pair in filter(None, request.headers.get("Upload-Metadata", "").split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            found[name] = b64decode(value, validate=True).decode().replace("\0", "")
        except (NotBase64, UnicodeDecodeError) as error:
            raise Refused("Upload-Metadata is not as tus says it: names with base64 values.") from error
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused("The file to replace is named by its id.") from error
