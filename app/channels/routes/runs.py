"""The sync log: every run, what went wrong in it, and trying again what failed."""

from typing import Any
from uuid import UUID

from flask import flash, request

from app.channels import forms, words
from app.channels.actions import stocking
from app.channels.models import ChannelConnection, ChannelRun
from app.channels.queries import connections, runs
from app.channels.routes import blueprint
from app.channels.routes.place import MATCH, READ, base, shown, with_query
from app.core import db
from app.core.errors import Refused
from app.core.outbox import later
from app.core.web import render
from app.core.web.access import back, requires

PAGE = 50
AT_ONCE = 50
"""Orders that one job reads again."""


@blueprint.get("/w/<workspace>/channels/runs")
@requires(READ)
def run_list() -> str:
    """Every run, newest first, in keyset pages."""
    chosen = runs.Filters(
        forms.identifier(request.args.get("channel")),
        _of(words.KINDS, "kind"),
        _of(words.RUNS, "state"),
        request.args.get("every") == "1",
    )
    rows = runs.page(chosen, forms.identifier(request.args.get("after")), PAGE + 1)
    kept = {"channel": chosen.connection_id or "", "kind": chosen.kind, "state": chosen.state}
    other = {**kept, "every": "" if chosen.every else "1"}
    kept["every"] = "1" if chosen.every else ""
    more = {**kept, "after": rows[PAGE - 1].id} if len(rows) > PAGE else None
    return render.page(
        "channels/runs.html",
        **shown(
            runs=rows[:PAGE],
            shops=runs.shops_of(rows),
            filters=chosen,
            channels=connections.names(),
            here=with_query(f"{base()}/runs", kept),
            other_url=with_query(f"{base()}/runs", other),
            next_url=with_query(f"{base()}/runs", more) if more else "",
        ),
    )


def _of(known: dict[str, str], name: str) -> str:
    value = request.args.get(name, "")
    return value if value in known else ""


@blueprint.get("/w/<workspace>/channels/runs/<uuid:run_id>")
@requires(READ)
def run(run_id: UUID) -> str:
    """One run: how far it is, when it will end, and each item that went wrong."""
    row = runs.run(run_id)
    items = runs.items(run_id, forms.identifier(request.args.get("after")), PAGE + 1)
    here = f"{base()}/runs/{run_id}"
    return render.page(
        "channels/run.html",
        **{
            **shown(
                run=row,
                items=items[:PAGE],
                next_url=f"{here}?after={items[PAGE - 1].id}" if len(items) > PAGE else "",
                connection=connections.connection(row.connection_id),
                here=here,
            ),
            "live_topics": f"run:{run_id}",
        },
    )


@blueprint.post("/w/<workspace>/channels/runs/<uuid:run_id>/retries")
@requires(MATCH)
def retry_run(run_id: UUID) -> Any:
    """Only what failed: orders are read again after a run over orders, listings are told again after any other."""
    row = db.get(ChannelRun, run_id)
    return _retry(db.get(ChannelConnection, row.connection_id), "orders" if row.kind == "orders" else "listings")


@blueprint.post("/w/<workspace>/channels/<uuid:connection_id>/retries")
@requires(MATCH)
def retry(connection_id: UUID) -> Any:
    """Try again what failed at this connection: `do` is orders or listings."""
    row, wanted = db.get(ChannelConnection, connection_id), request.form.get("do", "")
    if wanted not in ("orders", "listings"):
        raise Refused("Choose what to try again. Nothing was changed.")
    return _retry(row, wanted)


def _retry(row: ChannelConnection, what: str) -> Any:
    if row.state != "active":
        raise Refused(f"{row.name} is not connected now, so nothing can be tried again. Connect it first.")
    count = _orders(row) if what == "orders" else _listings(row)
    noun = ("order is", "orders are") if what == "orders" else ("listing is", "listings are")
    flash(
        f"{count} {noun[count != 1]} being tried again." if count else "Nothing failed that could be tried again.",
        "info",
    )
    return back(f"{base()}/{row.id}")


def _orders(row: ChannelConnection) -> int:
    ids = [one.remote_id for one in runs.failed_orders(row.id)]
    for start in range(0, len(ids), AT_ONCE):
        later(
            "channels.read_orders",
            workspace_id=row.workspace_id,
            connection_id=row.id,
            remote_ids=ids[start : start + AT_ONCE],
        )
    return len(ids)


def _listings(row: ChannelConnection) -> int:
    """Asked anew, so that a wait after earlier refusals ends here."""
    failed = runs.failed_listings(row.id)
    for one in failed:
        stocking.want_one(one.id)
    return len(failed)
