"""What these pages ask of a browser and leave in it: cookies, the code it waits for, where it wants to go."""

from typing import Any
from uuid import UUID

from flask import Response, flash, g, make_response, request, session

from app.accounts.actions import Browser, SignedIn
from app.core import settings
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.web import visitor
from app.core.web.access import View, Viewer, back, viewer
from app.core.web.urls import safe_next

HOME = "/w"
CHALLENGES = 5
SESSION_SECONDS, DEVICE_SECONDS = 90 * 24 * 3600, 365 * 24 * 3600


class WrongSignIn(Refused):
    message = "This e-mail and password do not fit together. Check both, or sign in with a code by e-mail."


class WrongCode(Refused):
    message = "This code is wrong, used or too old. Check the newest mail, or ask for a new code."


class WrongPassword(Refused):
    message = "This is not your current password."


def browser() -> Browser:
    return Browser(
        ip=request.remote_addr or "",
        user_agent=request.user_agent.string,
        visitor_id=visitor.current(),
        session_token=request.cookies.get(visitor.cookie_name("session")),
        device=request.cookies.get(visitor.cookie_name("device")),
    )


def somebody() -> Viewer:
    """Who is signed in, on a route that lets nobody else in."""
    person = viewer()
    if person is None:
        raise RuntimeError("only signed-in routes have a person")
    return person


def wanted() -> str:
    """Where to go after signing in: a path of this site only."""
    return safe_next(request.values.get("next") or session.get("next"), HOME)


def wait_for(code_id: UUID, email: str) -> None:
    """This browser, and no other, may type the code."""
    session.update(code_id=str(code_id), code_email=email, next=wanted())


def waiting() -> tuple[UUID | None, str]:
    """The code this browser waits for, and the address it went to."""
    raw = session.get("code_id")
    return (UUID(raw) if raw else None), session.get("code_email", "")


def asked(challenge_id: UUID) -> None:
    """This browser, and no other, may answer the challenge. A few at once, since several tabs may be open."""
    session["challenges"] = [*session.get("challenges", []), str(challenge_id)][-CHALLENGES:]


def was_asked(raw: str | None) -> UUID:
    """The challenge that an answer belongs to; an id that nothing has when this browser was not asked."""
    return UUID(raw) if raw and raw in session.get("challenges", []) else new_id()


def welcome(entered: SignedIn, words: str = "") -> Response:
    """Signed in: a clean session (and so a new CSRF token), new cookies, and on to where they wanted to go."""
    target = wanted()
    session.clear()
    if words:
        flash(words, "success")
    response = back(target)
    _keep(response, "session", entered.token, SESSION_SECONDS)
    _keep(response, "device", entered.device, DEVICE_SECONDS)
    return response


def _keep(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        visitor.cookie_name(name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="Lax",
        secure=settings.current().secure_cookies,
        path="/",
    )


def forget(response: Response) -> Response:
    """Signed out: the session's cookies go, and the browser drops what it kept of these pages."""
    session.clear()
    response.delete_cookie(
        visitor.cookie_name("session"),
        path="/",
        secure=settings.current().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def try_again(view: View, refusal: Refused, **kwargs: Any) -> Response:
    """The form once more with what was wrong. Unlike raising it, what was counted meanwhile is committed."""
    g.refusal = refusal
    response = make_response(getattr(view, "__wrapped__", view)(**kwargs))
    response.status_code = refusal.status
    return response
