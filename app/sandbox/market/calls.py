"""The way of a request to a platform: who speaks, is it too much, what trouble was asked for, and the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from flask import Blueprint, current_app

from app.sandbox.carriers import wire
from app.sandbox.carriers.wire import Call, Handler, Refusal, Reply
from app.sandbox.stripe.scope import Scope

from . import limits
from .errors import CannotDo

__all__ = ["Call", "Dialect", "Door", "Handler", "Refusal", "Reply", "scope"]


def scope(account: str = "") -> Scope:
    """The sandbox's memory inside a request, seen from an account."""
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], account)


@dataclass(frozen=True, kw_only=True)
class Dialect(wire.Dialect):
    """How a platform differs.

    `key()` proves the request and names the account: `platform:shop` (what the handler's scope is), or just the platform.
    `refuse(status)` words 400, 404, 429 and 500; `cannot(error)` translates what the marketplace refuses; `over_day()` is the
    answer beyond the daily quota, where it differs from 429. Each returns a Refusal, or raises one (`key`).
    """

    per_minute: int = 0
    cannot: Callable[[CannotDo], Refusal]
    over_day: Callable[[], Refusal] | None = None


class Door(wire.Door):
    """A platform's blueprint. Everything that a handler does is one transaction; a Refusal undoes it."""

    dialect: Dialect

    def __init__(self, blueprint: Blueprint, dialect: Dialect) -> None:
        super().__init__(blueprint, dialect)

    def on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Answer `method path`; what the marketplace refuses is worded by the dialect."""
        outer = super().on(method, path)

        def register(handler: Handler) -> Handler:
            @wraps(handler)
            def guarded(call: Call, **values: str) -> Reply:
                try:
                    return handler(call, **values)
                except CannotDo as error:
                    raise self.dialect.cannot(error) from error

            outer(guarded)
            return handler

        return register

    def _metered(self, account: str, handler: Handler, values: dict[str, str]) -> Reply:
        inside = scope(account)
        over = limits.check(inside, self.dialect.name, account)
        if over:
            known = self.dialect.over_day if over.what == "day" else None
            refusal = (known() if known else self.dialect.refuse(429)).reply
            return Reply(refusal.body, refusal.status, {"Retry-After": str(over.wait), **refusal.headers})
        return self._serve(inside, handler, values)

    def _seen(self, inside: Scope, base: str) -> None:
        """Shops are known already."""
