"""Listening, watching and reading in the browser."""

from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.wrappers import Response as Answer

from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import back, owner_id, public
from app.core.web.limits import limit
from app.downloads import actions, books, queries
from app.downloads.routes import blueprint
from app.downloads.routes.devices import seen
from app.downloads.routes.library import purchase
from app.downloads.routes.sending import answer, browser, ip

ONE = "/library/<uuid:grant_id>/files/<uuid:file_id>"
MOST = {"spot": 1_000_000, "part": 1000, "size": 5}


@blueprint.get(f"{ONE}/player")
@public
def player(grant_id: UUID, file_id: UUID) -> object:
    """One recording or film, with the others of the purchase beside it."""
    look = _opened(grant_id, file_id)
    if not look.file.plays:
        return back(f"{_address(look)}/reader")
    files = queries.playlist(look.grant, look.file)
    at = files.index(look.file)
    near = {"before": files[at - 1] if at else None, "after": files[at + 1] if at + 1 < len(files) else None}
    return render.page("downloads/player.html", files=files, **near, **_shown(look))


@blueprint.get(f"{ONE}/reader")
@public
def reader(grant_id: UUID, file_id: UUID) -> object:
    """A PDF drawn by the browser, or one chapter of a book as a page of ours."""
    look = _opened(grant_id, file_id)
    if look.file.plays:
        return back(f"{_address(look)}/player")
    if look.made.content_type == "application/pdf":
        return render.page("downloads/pdf.html", **_shown(look))
    return _book(look)


def _opened(grant_id: UUID, file_id: UUID) -> actions.Look:
    return actions.open_look(queries.own_grant(grant_id), file_id, seen(), ip(), browser())


def _address(look: actions.Look) -> str:
    return f"/library/{look.grant.id}/files/{look.file.id}"


def _shown(look: actions.Look) -> dict[str, Any]:
    return {
        "grant": look.grant,
        "file": look.file,
        "kind": look.made.content_type,
        "source": f"/d/look/{look.token()}",
        "here": _address(look),
        "position": queries.position(look.grant, look.file.id, seen().device_id),
    }


def _book(look: actions.Look) -> str:
    """A chapter that the address names is where this device is now, also without scripts."""
    shown, book = _shown(look), books.opened(look.made.key)
    wanted = books.Wanted.read(request.args, shown["position"], len(book.chapters))
    if request.args:
        where = {"spot": wanted.chapter, "part": wanted.part, "size": wanted.size}
        actions.remember(look.grant, look.file.id, seen().device_id, **where)
    page = book.chapter(wanted.chapter, f"{_address(look)}/reader", lambda path: f"/d/picture/{look.token(path)}")
    actions.note_looked(look.row_id, page.weight)
    return render.page("downloads/book.html", book=book, page=page, wanted=wanted, **shown)


@blueprint.get("/d/look/<token>")
@public
def look(token: str) -> Response:
    """The bytes of a recording, a film or a PDF for the page that plays or draws it, in the parts that it asks for."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        raise actions.NotYours
    ticket, row_id, _ = actions.redeem_look(token, owner_id())
    return answer(ticket, lambda first, last: actions.send_look(ticket, row_id, first, last))


@blueprint.get("/d/picture/<token>")
@public
def book_picture(token: str) -> Response:
    """A picture of a book."""
    ticket, row_id, inside = actions.redeem_look(token, owner_id())
    data, kind = books.opened(ticket.key).picture(inside)
    actions.note_looked(row_id, len(data))
    headers = ticket.headers(None) | {"Content-Type": kind, "Content-Length": str(len(data))}
    return Response(data, headers={**headers, "Content-Disposition": "inline", "Accept-Ranges": "none"})


@blueprint.post(f"{ONE}/positions")
@limit("120/minute")
@public(again=purchase)
def remember(grant_id: UUID, file_id: UUID) -> Answer:
    """How far this device is."""
    where = {name: _number(name, most) for name, most in MOST.items() if name in request.form}
    actions.remember(queries.own_grant(grant_id), file_id, seen().device_id, **where)
    return Response(status=204)


def _number(name: str, most: int) -> int:
    """Raises Refused."""
    said = request.form[name]
    if not (said.isascii() and said.isdecimal() and len(said) < 9):
        raise Refused(f"{name} is a whole number.")
    return max(min(int(said), most), 1 if name == "size" else 0)
