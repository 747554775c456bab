"""What people see when something is refused or breaks: plain words, and never a trace."""

from collections.abc import Sequence

import structlog
from flask import Flask, Response, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError, TimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.core.errors import Conflict, NotFound, ProviderError, Refused, Unavailable
from app.core.web.access import SignInFirst, viewer
from app.core.web.render import is_htmx
from app.core.web.urls import sign_in_url

log = structlog.get_logger()
WORDS = {
    400: "We could not read this request. Go back, reload the page and try again; nothing was changed.",
    403: "This is not allowed.",
    404: "This page does not exist, or you may not see it.",
    405: "This address does not take that kind of request.",
    413: "What you sent is too large. Nothing was stored.",
    429: "That was a lot of tries in a short time. Wait a minute, then try again; nothing was changed.",
}
TITLES = {
    403: "Not allowed",
    404: "Not found",
    409: "Changed meanwhile",
    410: "Link expired",
    429: "A short pause",
    503: "Back soon",
}


def install(app: Flask) -> None:
    app.register_error_handler(Refused, refused)
    app.register_error_handler(CSRFError, forged)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(ProviderError, provider_failed)
    app.register_error_handler(StaleDataError, lambda _: refused(Conflict()))
    app.register_error_handler(DataError, unstorable)
    app.register_error_handler(OverflowError, unstorable)
    for kind in (OperationalError, TimeoutError):
        app.register_error_handler(kind, database_away)
    app.register_error_handler(Exception, broken)


def refused(refusal: Refused) -> Response:
    if isinstance(refusal, SignInFirst):
        return redirect(sign_in_url(), 303)  # type: ignore[return-value]
    sign_in = (("Sign in", sign_in_url()),) if refusal.sign_in_helps and viewer() is None else ()
    return answer(refusal.status, refusal.message, refusal.title, ways=(*sign_in, *refusal.ways))


def forged(_: CSRFError) -> Response:
    return answer(
        403,
        "This form is too old or came from another site, so it was not accepted. Reload the page and send it again.",
    )


def from_http(error: HTTPException) -> Response:
    status = error.code or 500
    return answer(status, WORDS.get(status, NotFound.message if status == 404 else str(error.description)))


def provider_failed(error: ProviderError) -> Response:
    log.warning("provider.failed", provider=error.provider, error=str(error))
    return answer(503, Unavailable.message)


def unstorable(error: Exception) -> Response:
    """A number or a date that no column or calendar holds; a form that knows its limits says so earlier and better."""
    log.warning("request.unstorable", path=request.path, error=type(getattr(error, "orig", error)).__name__)
    return answer(400, "What you sent holds a number or a date that is out of range. Nothing was changed.")


def database_away(error: Exception) -> Response:
    log.error("database.away", error=str(error)[:300])
    response = answer(
        503, "We are briefly out of reach. Nothing was charged. Please try again in a few seconds.", plain=True
    )
    response.headers["Retry-After"] = "5"
    return response


def broken(error: Exception) -> Response:
    log.error("request.broken", path=request.path, exc_info=error)
    return answer(
        500,
        "Something broke on our side and we have been told. What you sent was not saved. Please try again.",
        plain=True,
    )


def answer(
    status: int, message: str, title: str = "", plain: bool = False, ways: Sequence[tuple[str, str]] = ()
) -> Response:
    """A fragment for htmx, a page for people. `plain` uses a template that asks nothing of the database; `ways` as in Refused."""
    title = title or TITLES.get(status, "That did not work")
    template = "errors/_refused.html" if is_htmx() else "errors/plain.html" if plain else "errors/refused.html"
    words = {"status": status, "title": title, "message": message, "ways": ways}
    response = make_response(render_template(template, **words), status)
    if is_htmx():
        response.headers["HX-Reswap"] = "none" if status >= 500 else "innerHTML"
    return response
