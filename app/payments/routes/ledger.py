"""The books: every booking of a workspace, as a page and as a table."""

from typing import Any
from uuid import UUID

from flask import Response, request

from app.core import csv
from app.core.web import render
from app.core.web.access import requires
from app.payments import queries, words
from app.payments.naming import naming
from app.payments.routes import blueprint
from app.payments.routes.account import READ, base, numbers

PAGE = 50


@blueprint.get("/w/<workspace>/payouts/ledger")
@requires(READ)
def ledger() -> str:
    """Every booking, newest first; `?order=<number>` narrows it to one order."""
    wanted, order_id = _wanted_order()
    unknown = bool(wanted) and order_id is None
    rows = [] if unknown else queries.ledger_rows(order_id, request.args.get("after", ""), PAGE + 1)
    chosen = f"order={wanted}&" if wanted else ""
    return render.page(
        "payments/ledger.html",
        rows=rows[:PAGE],
        wanted=wanted,
        next_url=f"{base()}/ledger?{chosen}after={rows[PAGE - 1].cursor}".replace("+", "%2B")
        if len(rows) > PAGE
        else "",
        numbers=numbers(row.order_id for row in rows),
        w=words,
        base=base(),
    )


def _wanted_order() -> tuple[str, UUID | None]:
    """What the address asks for (digits only), and the order of that number."""
    wanted = request.args.get("order", "").strip().lstrip("#")[:12]
    number = int(wanted) if wanted.isdecimal() and wanted.isascii() else None
    return (wanted, naming.order(number)) if number is not None else ("", None)


@blueprint.get("/w/<workspace>/payouts/ledger.csv")
@requires(READ)
def ledger_csv() -> Response:
    """The same as a table for spreadsheets: amounts in the main unit, moments in UTC."""
    wanted, order_id = _wanted_order()
    rows = [] if wanted and order_id is None else list(queries.all_ledger_rows(order_id))
    named = numbers(row.order_id for row in rows)
    head = ("When (UTC)", "What", "Account", "Amount", "Currency", "Reference", "Order")
    lines = csv.lines(head, ([*_cells(row), named.get(row.order_id) if row.order_id else ""] for row in rows))
    answer = Response("".join(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="ledger.csv"'
    return answer


def _cells(row: queries.LedgerRow) -> list[Any]:
    return [
        row.at.strftime("%Y-%m-%d %H:%M:%S"),
        words.named(words.BOOKINGS, row.kind),
        words.named(words.ACCOUNTS, row.account),
        row.amount.decimal,
        row.amount.currency,
        row.key,
    ]
