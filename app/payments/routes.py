"""The seller's money: account, balances, transfers, payouts, disputes, and the ledger."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, request

from app.core import csv, db
from app.core.errors import ProviderError
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires, viewer
from app.payments import actions, queries, states, words
from app.payments.models import Transfer
from app.payments.naming import naming

blueprint = Blueprint("payments", __name__)
READ, CHANGE = Permission.PAYMENTS_MONEY_READ, Permission.PAYMENTS_ACCOUNT_WRITE
PAGE = 50


@blueprint.get("/w/<workspace>/payouts")
@requires(READ)
def payouts(**_: Any) -> str:
    """Where the money is, and what to do so that it arrives."""
    account = queries.account()
    transfers, disputes = queries.recent_transfers(), queries.open_and_recent_disputes()
    asked = account.requirements if account else {}
    return render.page(
        "payments/payouts.html",
        account=account,
        words=states.words_for(account),
        rejected=states.rejected(account),
        asked=words.asked_for(asked),
        deadline=words.deadline(asked),
        balances=queries.balances(),
        transfers=transfers,
        payouts=queries.recent_payouts(),
        disputes=disputes,
        debts=queries.debts(),
        numbers=_numbers([*(row.order_id for row in transfers), *(row.order_id for row in disputes)]),
        w=words,
        base=_base(),
        live_topics=f"workspace:{member().workspace_id}:payouts",
    )


def _base() -> str:
    return f"/w/{member().slug}/payouts"


def _numbers(ids: Iterable[UUID | None]) -> dict[UUID, int]:
    return naming.numbers([one for one in dict.fromkeys(ids) if one is not None])


# --- the account
@blueprint.post("/w/<workspace>/payouts/connect")
@requires(CHANGE, again=payouts)
def connect() -> Response:
    """To Stripe's set-up pages. The link is made for this click and used at once."""
    return _to_onboarding()


@blueprint.get("/w/<workspace>/payouts/refresh")
@requires(CHANGE)
def refresh() -> Response:
    """Stripe sends people here when a link was used or is too old: they get a new one."""
    return _to_onboarding()


def _to_onboarding() -> Response:
    person = viewer()
    url = actions.onboarding_url(actor(), member().slug, email=person.email if person else "")
    return redirect(url, 303)  # type: ignore[return-value]


@blueprint.get("/w/<workspace>/payouts/return")
@requires(CHANGE)
def returned() -> Response:
    """Back from Stripe, finished or not: only the account itself says which (T54)."""
    try:
        state = actions.refresh_account(member().workspace_id)
    except ProviderError:
        state = None
    flash(
        _RETURNED.get(state or "", "Stripe has not told us yet how far you are. This page updates by itself."), "info"
    )
    return back(_base())


_RETURNED = {
    "enabled": "Your account is ready. Money from sales now goes to your Stripe balance.",
    "pending": "The set-up is not complete yet. Stripe lists below what is missing, or is checking what you sent.",
    "restricted_soon": "You are being paid. Stripe still wants a few details, listed below.",
    "restricted": "Stripe does not pay this account yet. Below is what it asks for.",
}


@blueprint.post("/w/<workspace>/payouts/dashboard")
@requires(CHANGE, again=payouts)
def dashboard() -> Response:
    """To the seller's own Stripe dashboard."""
    return redirect(actions.dashboard_url(actor()), 303)  # type: ignore[return-value]


@blueprint.post("/w/<workspace>/payouts/transfers/<uuid:transfer_id>/retries")
@requires(CHANGE, again=payouts)
def retry(transfer_id: UUID) -> Response:
    """Try a failed transfer once more."""
    actions.retry_transfer(actor(), db.get(Transfer, transfer_id))
    flash("The transfer is being tried again.", "success")
    return back(_base())


# --- the ledger
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
        next_url=f"{_base()}/ledger?{chosen}after={rows[PAGE - 1].cursor}".replace("+", "%2B")
        if len(rows) > PAGE
        else "",
        numbers=_numbers(row.order_id for row in rows),
        w=words,
        base=_base(),
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
    numbers = _numbers(row.order_id for row in rows)
    head = ("When (UTC)", "What", "Account", "Amount", "Currency", "Reference", "Order")
    lines = csv.lines(head, ([*_cells(row), numbers.get(row.order_id) if row.order_id else ""] for row in rows))
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
