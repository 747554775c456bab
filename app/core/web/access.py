"""Each route declares one of `@requires(permission)`, `@operators`, `@signed_in`, `@public`, `@programs`; that opens its database scope.

The transaction lasts from here to the rendered answer. It is rolled back when anything is refused, except by a refusal that
says what is under way (`Refused.keeps`).
A POST view may name `again=`: the GET view that shows its form once more, with what was typed and what was wrong.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from inspect import Parameter, signature
from typing import Any
from uuid import UUID

from flask import Response, g, make_response, redirect, request
from flask_login import UserMixin, current_user

from app.core import db
from app.core.actor import Actor
from app.core.errors import Conflict, Forbidden, NotFound, Refused
from app.core.permissions import Permission, Role, allowed
from app.core.web import visitor

View = Callable[..., Any]
OPERATING = timedelta(hours=12)
"""How long after signing in somebody may operate the platform: a forgotten browser is not enough."""


@dataclass(frozen=True)
class Viewer(UserMixin):
    """The signed-in person, as pages may know them."""

    id: UUID
    name: str
    email: str
    session_id: UUID
    hotkeys_off: bool = False
    signed_in_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        return Actor("person", self.name, self.id)


@dataclass(frozen=True)
class Membership:
    """The viewer's place in the workspace that the address names."""

    workspace_id: UUID
    slug: str
    name: str
    hue: int
    role: Role

    @property
    def is_platform(self) -> bool:
        return self.workspace_id == db.PLATFORM

    @property
    def operates(self) -> bool:
        """Whether this is the place of somebody who runs the platform."""
        return self.is_platform and self.role in (Role.OWNER, Role.ADMIN)


@dataclass
class _Doors:
    """Filled by app/wiring.py: how to find a person by cookie and a membership by address."""

    viewer: Callable[[str], Viewer | None] = lambda token: None
    membership: Callable[[str, UUID], Membership | None] = lambda slug, user_id: None


doors = _Doors()


def viewer() -> Viewer | None:
    return current_user if current_user and current_user.is_authenticated else None


def member() -> Membership:
    """The membership behind a `@requires` route."""
    found = g.get("membership")
    if found is None:
        raise RuntimeError("only routes under /w/<workspace> and /admin have a membership")
    return found


def in_workspace() -> bool:
    """Whether the address names a workspace that the viewer belongs to."""
    return g.get("membership") is not None


def actor() -> Actor:
    """Who acts: the signed-in person, or a guest buyer."""
    person = viewer()
    return person.actor if person else Actor("buyer", "Guest", owner_id())


def owner_id() -> UUID | None:
    """Whose cart and purchases this browser means: the person's id, or the visitor id of its cookie."""
    person = viewer()
    return person.id if person else visitor.current()


def can(permission: str) -> bool:
    found = g.get("membership")
    return allowed(found.role if found else None, Permission(permission))


def public(view: View | None = None, *, again: View | None = None) -> Any:
    """Anybody may ask. A known buyer also sees what is theirs; a POST gives an unknown visitor an identity first."""

    def scope(**_: Any) -> AbstractContextManager[Any]:
        if request.method != "GET" and owner_id() is None:
            visitor.create()
        owner = owner_id()
        return db.buyer(owner) if owner else db.public()

    return _declare("public", scope, view, again)


def programs(view: View | None = None) -> Any:
    """A program asks, not a browser: no session, no visitor and no cookie; the proof is in what it sends."""
    return _declare("programs", lambda **_: db.public(), view, None)


def signed_in(view: View | None = None, *, again: View | None = None) -> Any:
    """Only a signed-in person, in their own scope; others are sent to sign in and come back."""

    def scope(**_: Any) -> AbstractContextManager[Any]:
        person = viewer()
        if person is None:
            raise SignInFirst
        return db.buyer(person.id)

    return _declare("signed_in", scope, view, again)


def requires(permission: Permission, *, again: View | None = None) -> Callable[[View], View]:
    """Only members of the workspace in the address whose role grants `permission`; strangers get 404."""

    def scope(**kwargs: Any) -> AbstractContextManager[Any]:
        found = _membership(kwargs["workspace"])
        if not allowed(found.role, permission):
            raise Forbidden(f"Your role here is {found.role.title}, and it does not allow this. Ask an owner or admin.")
        return db.workspace(found.workspace_id, current_user.id)

    return _declare(permission, scope, None, again)


def operators(view: View | None = None, *, again: View | None = None) -> Any:
    """Only owners and admins of the platform's own workspace, across all workspaces; for others the page is not there."""

    def scope(**_: Any) -> AbstractContextManager[Any]:
        if not _membership(db.PLATFORM_SLUG).operates:
            raise NotFound
        if current_user.signed_in_at is not None and current_user.signed_in_at < db.now() - OPERATING:
            raise SignInAgain
        return db.system("platform pages")

    return _declare("operators", scope, view, again)


def _membership(slug: str) -> Membership:
    person = viewer()
    if person is None:
        raise SignInFirst
    found = doors.membership(slug, person.id)
    if found is None:
        raise NotFound
    g.membership = found
    return found


class SignInFirst(Refused):
    """Nobody is signed in; the handler sends them to sign in and back."""

    status = 401
    message = "Sign in to continue."


class SignInAgain(Forbidden):
    message = (
        "You signed in more than 12 hours ago. Sign out and in again to operate the platform; nothing was changed."
    )


def _declare(
    access: str, scope: Callable[..., AbstractContextManager[Any]], view: View | None, again: View | None
) -> Any:
    def decorate(function: View) -> View:
        @wraps(function)
        def guarded(**kwargs: Any) -> Any:
            try:
                return _inside(scope, function, kwargs)
            except Refused as refusal:
                if again is None or not (refusal.typed_stays or refusal.status in (409, 422)):
                    raise
                return _shown_again(scope, again, kwargs, refusal)

        guarded.access = access  # type: ignore[attr-defined]
        return guarded

    return decorate(view) if view else decorate


def _inside(scope: Callable[..., AbstractContextManager[Any]], function: View, kwargs: dict[str, Any]) -> Any:
    with scope(**kwargs):
        passed = {key: value for key, value in kwargs.items() if key != "workspace"}
        try:
            return function(**passed)
        except Refused as refusal:
            if not refusal.keeps:
                raise
            not_yet = refusal
    raise not_yet


def _shown_again(scope: Any, again: View, kwargs: dict[str, Any], refusal: Refused) -> Response:
    """The form once more: same typed text, the refusal beside its field, and its status."""
    g.refusal = refusal
    original = getattr(again, "__wrapped__", again)
    response = make_response(_inside(scope, lambda **passed: original(**_taken(original, passed)), kwargs))
    response.status_code = refusal.status
    return response


def _taken(view: View, passed: dict[str, Any]) -> dict[str, Any]:
    """What the page shown again takes of the refused address: `/products/<id>/files/<id>` shows the product."""
    wanted = signature(view).parameters
    if any(one.kind is Parameter.VAR_KEYWORD for one in wanted.values()):
        return passed
    return {name: value for name, value in passed.items() if name in wanted}


def problem(field: str | None = None) -> str:
    """For templates: what was wrong with a field, or (without one) with the whole form."""
    refusal: Refused | None = g.get("refusal")
    if refusal is None:
        return ""
    errors: dict[str, str] = getattr(refusal, "errors", {})
    if field is None:
        return refusal.message if refusal.field is None else ""
    return errors.get(field, refusal.message if refusal.field == field else "")


def back(fallback: str) -> Response:
    """A redirect after a change (303), to a place of this site only."""
    return redirect(fallback, 303)  # type: ignore[return-value]


def changed_elsewhere(version: int, typed: int | None) -> None:
    """Optimistic lock of a form: raises Conflict when the row is newer than what the form was made from."""
    if typed is not None and typed != version:
        raise Conflict
