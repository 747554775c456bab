"""Payouts: an account's available money on its way to the bank."""

from . import accounts, balance, effects, events, objects, payout_schedule, timers
from .amounts import require_currency
from .errors import refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

ARRIVE = "payout_arrives"
TRAVEL_DAYS = 2


def create(scope: Scope, params: Doc) -> Doc:
    """Send available money to the account's bank."""
    currency = require_currency(params["currency"])
    if params["amount"] < 1:
        raise refused("Invalid positive integer", "amount", "parameter_invalid_integer")
    _require_bank(scope)
    balance.require_available(scope, params["amount"], currency)
    return send(scope, params["amount"], currency, automatic=False, params=params)


def _require_bank(scope: Scope) -> Doc:
    account = accounts.retrieve_current(scope, {})
    if not account["payouts_enabled"]:
        raise refused(
            "Payouts are not enabled on this account. It has requirements to fill in first.", code="payouts_not_allowed"
        )
    return account


def send(scope: Scope, amount: int, currency: str, automatic: bool, params: Doc) -> Doc:
    """Take the money from the balance and put it on its way; it arrives two days later."""
    identifier = new_id("po")
    arrival = (scope.now() // timers.DAY + TRAVEL_DAYS) * timers.DAY
    taken = [row["txn"] for row in balance.unsettled(scope, currency)] if automatic else []
    txn = balance.enter(scope, "payout", -amount, currency, identifier, description="STRIPE PAYOUT")
    payout = blank(
        "Payout",
        id=identifier,
        amount=amount,
        arrival_date=arrival,
        automatic=automatic,
        created=scope.now(),
        currency=currency,
        livemode=False,
        metadata=objects.clean_metadata(params),
        method="standard",
        type="bank_account",
        reconciliation_status="in_progress" if automatic else "not_applicable",
        source_type="card",
        status="in_transit",
        balance_transaction=txn["id"],
        description=params.get("description", "STRIPE PAYOUT"),
        destination=_bank(scope),
        statement_descriptor=params.get("statement_descriptor"),
    )
    objects.add(scope, payout)
    for row in [*taken, txn["id"]]:
        scope.state.run("UPDATE funds SET payout = ? WHERE txn = ?", identifier, row)
    timers.set_timer(scope.state, ARRIVE, identifier, arrival)
    effects.record(scope, "payout", payout, automatic=automatic)
    events.announce(scope, "payout.created", payout)
    return payout


def _bank(scope: Scope) -> str | None:
    banks = accounts.retrieve_current(scope, {})["external_accounts"]["data"]
    return banks[0]["id"] if banks else None


def send_automatically(scope: Scope) -> list[Doc]:
    """Pay out everything available of the scope's account, one payout per currency (none when payouts are off)."""
    account = objects.find(scope.on(""), "account", scope.account)
    if account is None or not account["payouts_enabled"]:
        return []
    rows = scope.state.rows("SELECT DISTINCT currency FROM funds WHERE account = ?", scope.account)
    due = [(row["currency"], balance.available(scope, row["currency"])) for row in rows]
    return [send(scope, amount, currency, automatic=True, params={}) for currency, amount in due if amount > 0]


# --- what happens later ----------------------------------------------------------------------------------------------
def arrive(scope: Scope, payout: Doc) -> Doc:
    """The bank confirms."""
    if payout["status"] != "in_transit":
        raise refused(f"A payout that is {payout['status']} cannot become paid.", "status")
    timers.cancel(scope.state, ARRIVE, payout["id"])
    _update(
        scope, payout, "payout.updated", status="paid", trace_id={"status": "supported", "value": payout["id"][-12:]}
    )
    events.announce(scope, "payout.paid", payout)
    if payout["automatic"]:
        _update(scope, payout, "payout.reconciliation_completed", reconciliation_status="completed")
    return payout


def fail(scope: Scope, payout: Doc, code: str = "account_closed") -> Doc:
    """The bank refuses, even after the payout was paid; the money returns to the balance once."""
    if payout["status"] not in ("in_transit", "paid"):
        raise refused(f"A payout that is {payout['status']} cannot fail.", "status")
    timers.cancel(scope.state, ARRIVE, payout["id"])
    txn = _return(scope, payout)
    effects.record(scope, "payout_failure", payout)
    return _update(
        scope,
        payout,
        "payout.failed",
        status="failed",
        failure_code=code,
        failure_message="The bank account has been closed.",
        failure_balance_transaction=txn["id"],
    )


def _return(scope: Scope, payout: Doc) -> Doc:
    txn = balance.enter(scope, "payout_failure", payout["amount"], payout["currency"], payout["id"])
    payout_schedule.plan(scope, scope.now())
    return txn


def _update(scope: Scope, payout: Doc, event: str, **members: object) -> Doc:
    old = dict(payout)
    payout.update(members)
    objects.save(scope, payout)
    before = events.previous(old, payout) if event == "payout.updated" else None
    events.announce(scope, event, payout, before)
    return payout


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One payout."""
    return objects.get(scope, "payout", identifier, "payout")


def search(scope: Scope, params: Doc) -> Doc:
    """Payouts, newest first."""
    return objects.listing(scope, "payout", params, "/v1/payouts", ("status", "destination"))


def cancel(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Stop a payout that is not yet paid (only one made by hand)."""
    payout = retrieve(scope, params, identifier)
    if payout["status"] != "in_transit" or payout["automatic"]:
        raise refused("Only a manual payout that has not been paid yet can be canceled.", "payout")
    timers.cancel(scope.state, ARRIVE, identifier)
    txn = _return(scope, payout)
    return _update(scope, payout, "payout.canceled", status="canceled", failure_balance_transaction=txn["id"])
