"""Destination charges: the money goes to a connected account by itself, and a fee comes back."""

from . import balance, effects, events, objects, transfers
from .errors import refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank


def check(scope: Scope, data: Doc, amount: int, prefix: str = "") -> None:
    """Raise unless the destination exists and the application fee fits; `prefix` names the enclosing parameter."""
    destination = (data.get("transfer_data") or {}).get("destination")
    if destination:
        transfers.require_receiver(scope, destination, f"{prefix}transfer_data[destination]")
    fee = data.get("application_fee_amount")
    if not fee:
        return
    if not destination and not scope.account and not data.get("on_behalf_of"):
        raise refused(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            f"{prefix}application_fee_amount",
        )
    if fee > amount:
        raise refused(
            "The application fee cannot be larger than the amount of the payment.",
            f"{prefix}application_fee_amount",
            "application_fees_too_large",
        )


def route(scope: Scope, intent: Doc, charge: Doc) -> None:
    """Send a paid charge on to its destination and collect the application fee."""
    data, fee = intent["transfer_data"], intent["application_fee_amount"]
    if data:
        amount = data.get("amount") or charge["amount_captured"]
        group = charge["transfer_group"] = charge["transfer_group"] or f"group_{intent['id']}"
        transfer = transfers.send(
            scope,
            amount,
            charge["currency"],
            data["destination"],
            charge,
            {"description": None, "metadata": {}, "transfer_group": group},
        )
        charge["transfer"] = transfer["id"]
        charge["transfer_data"] = {"amount": data.get("amount"), "destination": data["destination"]}
        if fee:
            charge["application_fee"] = _collect(scope, charge, data["destination"], fee)["id"]
    elif fee and scope.account:
        charge["application_fee"] = _collect(scope.on(""), charge, scope.account, fee)["id"]
    objects.save(scope, charge)


def _collect(scope: Scope, charge: Doc, account: str, amount: int) -> Doc:
    identifier = new_id("fee")
    ready = scope.now() + balance.CARD_DELAY
    balance.enter(scope.on(account), "application_fee", -amount, charge["currency"], identifier, available_on=ready)
    txn = balance.enter(scope, "application_fee", amount, charge["currency"], identifier, available_on=ready)
    fee = blank(
        "ApplicationFee",
        id=identifier,
        account=account,
        amount=amount,
        amount_refunded=0,
        application="ca_sandbox",
        balance_transaction=txn["id"],
        charge=charge["id"],
        created=scope.now(),
        currency=charge["currency"],
        livemode=False,
        refunded=False,
        fee_source={"charge": charge["id"], "payout": None, "type": "charge"},
        refunds={"object": "list", "data": [], "has_more": False, "url": f"/v1/application_fees/{identifier}/refunds"},
    )
    objects.add(scope, fee)
    effects.record(scope, "application_fee", fee, account_charged=account, charge=charge["id"])
    events.announce(scope, "application_fee.created", fee)
    return fee


def share(part: int, whole: int, of: int) -> int:
    """`of` in the proportion part/whole, rounded half up; the whole gives all of it."""
    return of if part == whole else (2 * of * part + whole) // (2 * whole)


def refund_fee(scope: Scope, fee: Doc, amount: int, metadata: Doc) -> Doc:
    """Give a part of an application fee back to the connected account."""
    identifier = new_id("fr")
    txn = balance.enter(scope, "application_fee_refund", -amount, fee["currency"], identifier)
    balance.enter(scope.on(fee["account"]), "application_fee_refund", amount, fee["currency"], identifier)
    refund = blank(
        "ApplicationFeeRefund",
        id=identifier,
        amount=amount,
        balance_transaction=txn["id"],
        created=scope.now(),
        currency=fee["currency"],
        fee=fee["id"],
        metadata=metadata,
    )
    objects.add(scope, refund)
    fee["amount_refunded"] += amount
    fee["refunded"] = fee["amount_refunded"] == fee["amount"]
    fee["refunds"]["data"] = [refund, *fee["refunds"]["data"]][:10]
    objects.save(scope, fee)
    effects.record(scope, "application_fee_refund", refund, fee=fee["id"])
    events.announce(scope, "application_fee.refunded", fee)
    return refund


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One application fee."""
    return objects.get(scope, "application_fee", identifier)


def search(scope: Scope, params: Doc) -> Doc:
    """Application fees, newest first."""
    return objects.listing(scope, "application_fee", params, "/v1/application_fees", ("charge",))


def create_refund(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Refund a fee, the rest of it when no amount is given."""
    fee = retrieve(scope, params, identifier)
    rest = fee["amount"] - fee["amount_refunded"]
    amount = params.get("amount", rest)
    if rest == 0 or amount > rest or amount < 1:
        raise refused(f"Only {rest} of the application fee {identifier} can still be refunded.", "amount")
    return refund_fee(scope, fee, amount, objects.clean_metadata(params))
