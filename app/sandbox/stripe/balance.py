"""Every movement of an account's money, and what that leaves available and pending."""

from typing import Any

from . import objects
from .errors import refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

DAY = 86400
CARD_DELAY = 2 * DAY
CATEGORIES = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "transfer": "transfer",
    "transfer_refund": "transfer_reversal",
    "adjustment": "dispute",
    "application_fee": "platform_earning",
    "application_fee_refund": "platform_earning_refund",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "payment_failure_refund": "refund_failure",
    "refund_failure": "refund_failure",
}


def stripe_fee(amount: int) -> int:
    """2.9 % + 30 in minor units, rounded half up."""
    return (amount * 29 + 500) // 1000 + 30


def enter(
    scope: Scope,
    kind: str,
    amount: int,
    currency: str,
    source: str,
    *,
    fee: int = 0,
    application_fee: int = 0,
    available_on: int | None = None,
    description: str | None = None,
) -> Doc:
    """Add a movement (`amount` signed, fees taken from it) to the scope's account; returns the balance transaction."""
    ready = scope.now() if available_on is None else available_on
    net = amount - fee - application_fee
    txn = blank(
        "BalanceTransaction",
        id=new_id("txn"),
        type=kind,
        amount=amount,
        currency=currency,
        fee=fee + application_fee,
        net=net,
        fee_details=_fee_details(currency, fee, application_fee),
        source=source,
        created=scope.now(),
        available_on=ready,
        balance_type="payments",
        reporting_category=CATEGORIES[kind],
        description=description,
        status="available" if ready <= scope.now() else "pending",
    )
    objects.add(scope, txn)
    scope.state.run(
        "INSERT INTO funds (txn, account, currency, net, available_on) VALUES (?, ?, ?, ?, ?)",
        txn["id"],
        scope.account,
        currency,
        net,
        ready,
    )
    return txn


def _fee_details(currency: str, fee: int, application_fee: int) -> list[Doc]:
    details = []
    if fee:
        details.append(_fee_detail(fee, currency, "stripe_fee", "Stripe processing fees"))
    if application_fee:
        details.append(_fee_detail(application_fee, currency, "application_fee", "Application fee"))
    return details


def _fee_detail(amount: int, currency: str, kind: str, description: str) -> Doc:
    return {"amount": amount, "application": None, "currency": currency, "description": description, "type": kind}


def available(scope: Scope, currency: str) -> int:
    """Minor units that can be transferred or paid out now."""
    return _sum(scope, currency, "available_on <= ?")


def total(scope: Scope, currency: str) -> int:
    """Available and pending together."""
    return _sum(scope, currency, "? IS NOT NULL")


def _sum(scope: Scope, currency: str, test: str) -> int:
    row = scope.state.row(
        f"SELECT coalesce(sum(net), 0) AS net FROM funds WHERE account = ? AND currency = ? AND {test}",
        scope.account,
        currency,
        scope.now(),
    )
    return row["net"] if row else 0


def require_available(scope: Scope, amount: int, currency: str) -> None:
    """Raise `balance_insufficient` unless that much is available."""
    if amount > available(scope, currency):
        raise refused(
            "You have insufficient available funds in your Stripe account. Try adding funds directly to your available "
            "balance by creating Charges using the 4000000000000077 test card. See: "
            "https://stripe.com/docs/testing#available-balance",
            code="balance_insufficient",
        )


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve_balance(scope: Scope, params: Doc) -> Doc:
    """Available and pending money by currency."""
    rows = scope.state.rows(
        "SELECT currency, sum(CASE WHEN available_on <= ? THEN net ELSE 0 END) AS ready, sum(net) AS net FROM funds "
        "WHERE account = ? GROUP BY currency ORDER BY currency",
        scope.now(),
        scope.account,
    )
    rest = [dict(row) for row in rows] or [{"currency": "usd", "ready": 0, "net": 0}]
    return {
        "object": "balance",
        "livemode": False,
        "available": [_bucket(row["ready"], row["currency"]) for row in rest],
        "pending": [_bucket(row["net"] - row["ready"], row["currency"]) for row in rest],
        "connect_reserved": None,
        "instant_available": None,
        "issuing": None,
        "refund_and_dispute_prefunding": None,
    }


def _bucket(amount: int, currency: str) -> Doc:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


def shown(scope: Scope, txn: Doc) -> Doc:
    """A balance transaction with its status as of now."""
    return {**txn, "status": "available" if txn["available_on"] <= scope.now() else "pending"}


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One balance transaction."""
    return shown(scope, objects.get(scope, "balance_transaction", identifier))


def search(scope: Scope, params: Doc) -> Doc:
    """Balance transactions, newest first, optionally those of one payout."""
    extra: str = ""
    values: tuple[str, ...] = ()
    if "payout" in params:
        extra, values = " AND id IN (SELECT txn FROM funds WHERE payout = ?)", (params["payout"],)
    return objects.listing(
        scope,
        "balance_transaction",
        params,
        "/v1/balance_transactions",
        ("type", "source", "currency"),
        extra,
        values,
        shape=lambda txn: shown(scope, txn),
    )


def unsettled(scope: Scope, currency: str) -> list[Any]:
    """The available movements that no automatic payout has taken yet."""
    return scope.state.rows(
        "SELECT txn, net FROM funds WHERE account = ? AND currency = ? AND available_on <= ? AND payout IS NULL",
        scope.account,
        currency,
        scope.now(),
    )
