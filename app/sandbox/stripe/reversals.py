"""Transfers taken back, wholly or in part, as long as the connected account has the money."""

from . import balance, effects, events, objects
from .amounts import money
from .errors import missing, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank


def create(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Take back `amount` (the rest when not given)."""
    transfer = objects.get(scope, "transfer", identifier, "transfer")
    amount = _amount(transfer, params.get("amount"))
    inside = scope.on(transfer["destination"])
    if amount > balance.total(inside, transfer["currency"]):
        raise refused(
            "The connected account's balance is too low to reverse this transfer: it has "
            f"{money(balance.total(inside, transfer['currency']), transfer['currency'])}.",
            code="balance_insufficient",
        )
    return take_back(scope, transfer, amount, objects.clean_metadata(params))


def _amount(transfer: Doc, wanted: int | None) -> int:
    rest = transfer["amount"] - transfer["amount_reversed"]
    if rest == 0:
        raise refused(f"The transfer {transfer['id']} is already fully reversed.", "id", "transfer_already_reversed")
    amount = rest if wanted is None else wanted
    if amount < 1:
        raise refused("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > rest:
        raise refused(
            f"Reversal amount ({money(amount, transfer['currency'])}) is greater than unreversed amount on transfer "
            f"({money(rest, transfer['currency'])})",
            "amount",
        )
    return amount


def take_back(scope: Scope, transfer: Doc, amount: int, metadata: Doc, refund: str | None = None) -> Doc:
    """Move the money back and write it into the transfer; `refund` is the refund that asked for it."""
    identifier, inside = new_id("trr"), scope.on(transfer["destination"])
    txn = balance.enter(scope, "transfer_refund", amount, transfer["currency"], identifier)
    reversal = blank(
        "TransferReversal",
        id=identifier,
        amount=amount,
        created=scope.now(),
        currency=transfer["currency"],
        metadata=metadata,
        transfer=transfer["id"],
        balance_transaction=txn["id"],
        source_refund=refund,
        destination_payment_refund=_refund_inside(inside, transfer, amount)["id"],
    )
    objects.add(scope, reversal)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"] = [reversal, *transfer["reversals"]["data"]][:10]
    objects.save(scope, transfer)
    effects.record(scope, "transfer_reversal", reversal, transfer=transfer["id"], destination=transfer["destination"])
    events.announce(scope, "transfer.reversed", transfer)
    return reversal


def _refund_inside(inside: Scope, transfer: Doc, amount: int) -> Doc:
    """The refund that the connected account sees on its payment (`pyr_…`)."""
    identifier = new_id("pyr")
    txn = balance.enter(inside, "payment_refund", -amount, transfer["currency"], identifier)
    refund = blank(
        "Refund",
        id=identifier,
        amount=amount,
        created=inside.now(),
        currency=transfer["currency"],
        metadata={},
        charge=transfer["destination_payment"],
        balance_transaction=txn["id"],
        status="succeeded",
    )
    objects.add(inside, refund)
    payment = objects.get(inside, "charge", transfer["destination_payment"])
    payment["amount_refunded"] += amount
    payment["refunded"] = payment["amount_refunded"] == payment["amount"]
    objects.save(inside, payment)
    return refund


def retrieve(scope: Scope, params: Doc, transfer: str, identifier: str) -> Doc:
    """One reversal of a transfer."""
    reversal = objects.find(scope, "transfer_reversal", identifier)
    if reversal is None or reversal["transfer"] != transfer:
        raise missing("transfer reversal", identifier)
    return reversal


def search(scope: Scope, params: Doc, transfer: str) -> Doc:
    """The reversals of a transfer, newest first."""
    objects.get(scope, "transfer", transfer, "transfer")
    return objects.listing(
        scope,
        "transfer_reversal",
        {**params, "transfer": transfer},
        f"/v1/transfers/{transfer}/reversals",
        ("transfer",),
    )
