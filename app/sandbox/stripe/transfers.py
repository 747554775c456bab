"""Money sent from the platform to a connected account."""

from typing import Any

from . import accounts, balance, effects, events, objects, payout_schedule
from .amounts import money, require_currency
from .cards import billing
from .errors import StripeError, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank


def create(scope: Scope, params: Doc) -> Doc:
    """Send money now, or bound to a charge by `source_transaction`, whose amount its transfers may not exceed."""
    if scope.account:
        raise refused("Connected accounts cannot create transfers; only the platform can.", "destination")
    amount, currency = params.get("amount"), require_currency(params["currency"])
    if amount is None:
        raise refused("Missing required param: amount.", "amount", "parameter_missing")
    if amount < 1:
        raise refused("Invalid positive integer", "amount", "parameter_invalid_integer")
    require_receiver(scope, params["destination"])
    charge = _source(scope, params, amount, currency)
    if charge is None:
        balance.require_available(scope, amount, currency)
    return send(
        scope,
        amount,
        currency,
        params["destination"],
        charge,
        {
            "description": params.get("description"),
            "metadata": objects.clean_metadata(params),
            "transfer_group": params.get("transfer_group") or _group_of(scope, charge),
        },
    )


def require_receiver(scope: Scope, identifier: str, param: str = "destination") -> Doc:
    """The connected account; raises unless it exists and its `transfers` capability is active."""
    try:
        account = accounts.reachable(scope, identifier)
    except StripeError as error:
        raise refused(f"No such destination: '{identifier}'", param, "resource_missing") from error
    if (account["capabilities"] or {}).get("transfers") != "active":
        raise refused(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers, "
            "crypto_transfers, legacy_payments",
            param,
            "insufficient_capabilities_for_transfer",
        )
    return account


def _source(scope: Scope, params: Doc, amount: int, currency: str) -> Doc | None:
    identifier = params.get("source_transaction")
    if identifier is None:
        return None
    charge = objects.find(scope, "charge", identifier)
    if charge is None:
        raise refused(f"No such charge: '{identifier}'", "source_transaction", "resource_missing")
    if charge["status"] != "succeeded" or not charge["captured"]:
        raise refused(
            f"The charge {identifier} has not been paid yet; it cannot be used as a source.", "source_transaction"
        )
    if charge["currency"] != currency:
        raise refused(
            f"The currency of source_transaction's balance transaction ({charge['currency']}) must be the same as the "
            f"transfer currency ({currency})",
            "source_transaction",
        )
    _require_room(charge, amount, sent_from(scope, identifier))
    return charge


def sent_from(scope: Scope, charge: str) -> int:
    """Minor units that transfers of a charge have sent and not taken back."""
    found = objects.where(scope, "transfer", source_transaction=charge)
    return sum(transfer["amount"] - transfer["amount_reversed"] for transfer in found)


def _require_room(charge: Doc, amount: int, sent: int) -> None:
    if amount + sent <= charge["amount_captured"]:
        return
    already = ""
    if sent:
        already = f" (There is already {money(sent, charge['currency'])} transferred using this source.)"
    raise refused(
        "Transfers using this transaction as a source must not exceed the source amount of "
        f"{money(charge['amount_captured'], charge['currency'])}{already}",
        "amount",
    )


def _group_of(scope: Scope, charge: Doc | None) -> str | None:
    """The group of the charge; one that has none is given one, so that both ends can be found by it."""
    if charge is None:
        return None
    if charge["transfer_group"] is None:
        charge["transfer_group"] = f"group_{charge['payment_intent'] or charge['id']}"
        objects.save(scope, charge)
    return charge["transfer_group"]


def send(scope: Scope, amount: int, currency: str, destination: str, charge: Doc | None, members: Doc) -> Doc:
    """Move the money: out of the platform, into the connected account, available when the charge is."""
    ready = _ready(scope, charge)
    identifier = new_id("tr")
    txn = balance.enter(scope, "transfer", -amount, currency, identifier, available_on=ready)
    payment = _destination_payment(scope.on(destination), amount, currency, identifier, ready)
    transfer = blank(
        "Transfer",
        id=identifier,
        amount=amount,
        amount_reversed=0,
        currency=currency,
        created=scope.now(),
        livemode=False,
        balance_transaction=txn["id"],
        destination=destination,
        destination_payment=payment["id"],
        reversed=False,
        source_type="card",
        source_transaction=charge["id"] if charge else None,
        reversals={"object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{identifier}/reversals"},
        **members,
    )
    objects.add(scope, transfer)
    effects.record(
        scope,
        "transfer",
        transfer,
        destination=destination,
        charge=transfer["source_transaction"],
        transfer_group=transfer["transfer_group"],
    )
    events.announce(scope, "transfer.created", transfer)
    payout_schedule.plan(scope.on(destination), ready)
    return transfer


def _ready(scope: Scope, charge: Doc | None) -> int:
    if charge is None:
        return scope.now()
    txn = objects.find(scope, "balance_transaction", charge["balance_transaction"])
    return max(scope.now(), txn["available_on"]) if txn else scope.now()


def _destination_payment(inside: Scope, amount: int, currency: str, transfer: str, ready: int) -> Doc:
    """The charge that the connected account sees (`py_…`)."""
    identifier = new_id("py")
    txn = balance.enter(inside, "payment", amount, currency, identifier, available_on=ready)
    payment = blank(
        "Charge",
        id=identifier,
        amount=amount,
        amount_captured=amount,
        amount_refunded=0,
        currency=currency,
        billing_details=billing(),
        captured=True,
        created=inside.now(),
        disputed=False,
        livemode=False,
        metadata={},
        paid=True,
        refunded=False,
        status="succeeded",
        balance_transaction=txn["id"],
        source_transfer=transfer,
    )
    return objects.add(inside, payment)


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One transfer with its reversals."""
    return objects.get(scope, "transfer", identifier, "transfer")


def search(scope: Scope, params: Doc) -> Doc:
    """Transfers, newest first."""
    return objects.listing(scope, "transfer", params, "/v1/transfers", ("destination", "transfer_group"))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change the description or metadata."""
    transfer = retrieve(scope, params, identifier)
    old: dict[str, Any] = dict(transfer)
    objects.merge_metadata(transfer, params)
    transfer["description"] = params.get("description", transfer["description"])
    objects.save(scope, transfer)
    events.announce(scope, "transfer.updated", transfer, events.previous(old, transfer))
    return transfer
