"""Links to files, and the bytes behind them."""

from collections.abc import Callable, Iterator
from uuid import UUID

from flask import Response, request

from app.core.web.access import back, public
from app.core.web.limits import limit
from app.downloads import actions, queries, ranges
from app.downloads.routes import blueprint
from app.downloads.routes.devices import seen
from app.downloads.routes.library import purchase


@blueprint.post("/library/<uuid:grant_id>/files/<uuid:file_id>/links")
@limit("60/minute")
@public(again=purchase)
def link(grant_id: UUID, file_id: UUID) -> Response:
    """A link of ten minutes to one file, followed at once."""
    return back(f"/d/{actions.link(queries.own_grant(grant_id), file_id, seen())}")


@blueprint.get("/d/<token>")
@public
def download(token: str) -> Response:
    """The file, whole or the part that a Range header asks for. The bytes are sent outside of any transaction."""
    ticket = actions.redeem(token, seen(), resumed=ranges.is_rest(request.headers.get("Range")), ip=ip())
    return answer(ticket, lambda first, last: _one(ticket, first, last))


def _one(ticket: actions.Ticket, first: int, last: int) -> Iterator[bytes]:
    row_id = actions.begin(ticket, first, last, ip(), browser())
    return actions.send(ticket, row_id, first, last)


@blueprint.post("/library/<uuid:grant_id>/archives")
@limit("60/minute")
@public(again=purchase)
def pack(grant_id: UUID) -> Response:
    """A link of ten minutes to a zip of all files, followed at once."""
    return back(f"/d/zip/{actions.pack_link(queries.own_grant(grant_id), seen())}")


@blueprint.get("/d/zip/<token>")
@public
def zipped(token: str) -> Response:
    """The zip, whole or in part: its layout is known ahead."""
    packed = actions.redeem_pack(token, seen(), resumed=ranges.is_rest(request.headers.get("Range")))
    return answer(packed.whole, lambda first, last: _all(packed, first, last))


def _all(packed: actions.Pack, first: int, last: int) -> Iterator[bytes]:
    rows = actions.begin_pack(packed, first, last, ip(), browser())
    return actions.send_pack(packed, rows, first, last)


def answer(ticket: actions.Ticket, begin: Callable[[int, int], Iterator[bytes]]) -> Response:
    """What `ticket` stands for, as far as the request wants it; `begin` notes the transfer and gives its bytes."""
    wanted = ranges.wanted(request.headers.get("Range"), request.headers.get("If-Range"), ticket.size, ticket.etag)
    headers = ticket.headers(wanted)
    if wanted is ranges.UNSATISFIABLE:
        return Response(status=416, headers=headers)
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return Response(status=status, headers=headers)
    first, last = (wanted.first, wanted.last) if wanted else (0, ticket.size - 1)
    return Response(begin(first, last), status=status, headers=headers, direct_passthrough=True)


def ip() -> str:
    return request.remote_addr or ""


def browser() -> str:
    return request.headers.get("User-Agent", "")
