"""Pushes: who is told of a shop's changes, what was sent and what was answered. The post itself is Stripe's part's."""

import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.sandbox.carriers import store as shelf
from app.sandbox.stripe import postbox, webhooks
from app.sandbox.stripe.objects import keep_secret
from app.sandbox.stripe.scope import Scope

from .store import Doc

Writer = Callable[[Scope, Doc, Doc, Doc], webhooks.Letter]
OVER = (postbox.DROPPED, postbox.GIVEN_UP)


def register(
    platform: str,
    letter: Writer,
    pauses: Sequence[int],
    settled: Callable[[Scope, str, bool], None] | None = None,
) -> None:
    """How a platform writes and repeats its pushes.

    `letter(scope, hook, secret, event)` makes the webhook as it leaves; the event's `payload` is what `send` was given (signing
    and building the body at that moment). `pauses`: seconds before each further try, () for none. `settled(scope, hook id,
    whether it was accepted)` hears of each try, in the transaction that notes it.
    """
    kind = kind_of(platform)
    webhooks.WRITERS[kind] = letter
    webhooks.PAUSES_OF[kind] = tuple(pauses)
    if settled:
        webhooks.SETTLED[kind] = settled


def kind_of(platform: str) -> str:
    """The kind under which a platform's hooks are kept."""
    return f"{platform}.hook"


def hook(scope: Scope, platform: str, url: str, *, identifier: str = "", secret: str = "", **members: Any) -> Doc:
    """A new endpoint of the scope's account (the shop, or the platform's name for what belongs to the app)."""
    identifier = identifier or f"{platform}_hook_{secrets.token_hex(8)}"
    doc = {"id": identifier, "url": url, **members}
    return shelf.add(scope, kind_of(platform), identifier, doc, {"secret": secret})


def hooks(scope: Scope, platform: str) -> list[Doc]:
    """The account's endpoints, oldest first."""
    return shelf.where(scope, kind_of(platform))


def find(scope: Scope, platform: str, identifier: object) -> Doc | None:
    """One endpoint of the account."""
    return shelf.find(scope, kind_of(platform), identifier)


def keep(scope: Scope, doc: Doc, secret: str | None = None) -> Doc:
    """Keep a changed endpoint; `secret` too when it is given."""
    if secret is not None:
        keep_secret(scope, doc["id"], secret=secret)
    return shelf.save(scope, doc["id"], doc)


def remove(scope: Scope, identifier: str) -> None:
    """Tell this endpoint nothing more."""
    shelf.remove(scope, identifier)


def send(scope: Scope, platform: str, kind: str, payload: Doc, to: Iterable[Doc], about: str = "") -> str:
    """Keep a push and queue it for these endpoints; returns its id. Faults match it as `<platform>.<kind>`.

    `about` is what it is about in people's words (an order's number), for the page. Without endpoints it is kept all the same.
    """
    event: Doc = {
        "id": f"push_{secrets.token_hex(12)}", "type": f"{platform}.{kind}", "about": about, "account": scope.account,
        "payload": json.loads(json.dumps(payload)),
    }  # fmt: skip
    shelf.add(scope, f"{platform}.push", event["id"], event)
    postbox.post(scope.state, event, [one["id"] for one in to])
    return str(event["id"])


def lost(scope: Scope, platform: str, limit: int = 100, since: int = 0) -> list[Doc]:
    """Pushes of the account that never arrived, oldest first, each with `seq` and `created`."""
    rows = scope.state.rows(
        "SELECT seq, created, body FROM objects o WHERE kind = ? AND account = ? AND created >= ? AND EXISTS "
        "(SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state IN (?, ?)) AND NOT EXISTS "
        "(SELECT 1 FROM deliveries d WHERE d.event = o.id AND d.state = ?) ORDER BY seq LIMIT ?",
        f"{platform}.push", scope.account, since, *OVER, postbox.DELIVERED, limit,
    )  # fmt: skip
    return [{**json.loads(row["body"]), "seq": row["seq"], "created": row["created"]} for row in rows]


def recent(scope: Scope, platform: str, account: str | None = None, limit: int = 30) -> list[Doc]:
    """The newest pushes first, with `created` and `tries` [{state, attempts, status, note, url}]."""
    test, values = ("AND account = ?", [account]) if account is not None else ("", [])
    rows = scope.state.rows(
        f"SELECT id, created, body FROM objects WHERE kind = ? {test} ORDER BY seq DESC LIMIT ?",
        f"{platform}.push", *values, limit,
    )  # fmt: skip
    return [{**json.loads(row["body"]), "created": row["created"], "tries": _tries(scope, row["id"])} for row in rows]


def _tries(scope: Scope, event: str) -> list[Doc]:
    rows = scope.state.rows(
        "SELECT d.endpoint, d.state, d.attempts, d.status, d.note, json_extract(o.body, '$.url') AS url FROM deliveries d "
        "LEFT JOIN objects o ON o.id = d.endpoint WHERE d.event = ? ORDER BY d.seq",
        event,
    )
    return [dict(row) for row in rows]
