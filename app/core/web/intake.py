"""What a request may bring: as many bytes as its route takes, and text that the database can keep."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app, request
from werkzeug.datastructures import ImmutableMultiDict

from app.core.web import pieces
from app.core.web.access import SignInFirst, viewer
from app.core.web.turns import Considerate

V = TypeVar("V", bound=Callable[..., Any])
FORM = 2 * 1024 * 1024
ENVELOPE = 1024 * 1024
"""Room for the other fields and the boundaries around an uploaded file, in bytes."""


class Typed(ImmutableMultiDict[str, str]):
    """Fields of an address or a form without U+0000: no keyboard makes it, and PostgreSQL keeps no text that holds it."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(_kept(name), _kept(text)) for name, text in mapping or ()])


def _kept(value: Any) -> Any:
    """Files pass through the same storage class; only text is read."""
    return value.replace("\x00", "") if isinstance(value, str) else value


class Incoming(Request):
    """A request whose fields are `Typed`."""

    parameter_storage_class = Typed


def uploads(largest: int, *, guests: bool = False) -> Callable[[V], V]:
    """Declare that a view takes files of up to `largest` bytes in all, from guests too only if it says so.

    Every other view takes forms of 2 MiB.
    """

    def declare(view: V) -> V:
        view.largest, view.guests = largest, guests  # type: ignore[attr-defined]
        return view

    return declare


def limit_body() -> None:
    """Set before anything reads the body, so that strangers cannot fill the disk by sending what is then refused."""
    view = current_app.view_functions.get(request.endpoint or "")
    largest: int | None = getattr(view, "largest", None)
    if largest is None:
        request.max_content_length = FORM
        return
    if viewer() is None and not getattr(view, "guests", False):
        raise SignInFirst
    request.max_content_length = largest + ENVELOPE
    request.environ["wsgi.input"] = Considerate(request.environ["wsgi.input"])
    if getattr(view, "in_pieces", False):
        pieces.take(request.environ["wsgi.input"], largest)


def install(app: Flask) -> None:
    app.request_class = Incoming
    app.before_request(limit_body)
    app.teardown_request(pieces.close)
