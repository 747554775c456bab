"""Refunds: money given back to the buyer, wholly or in part."""

from . import balance, charges, destinations, effects, events, objects, reversals, timers
from .amounts import money
from .errors import missing, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

SUCCEED, FAIL = "refund_succeeds", "refund_fails"
WAIT = 60
NEEDS_FUNDS = "refunds_need_funds"  # a sandbox setting: without the money a refund stays pending


def create(scope: Scope, params: Doc) -> Doc:
    """Refund a charge, or the paid charge of an intent; the remainder when no amount is given."""
    charge = _charge(scope, params)
    amount = _amount(charge, params.get("amount"))
    refund = _make(scope, charge, amount, params)
    if params.get("reverse_transfer"):
        _reverse(scope, charge, refund)
    if params.get("refund_application_fee"):
        _return_fee(scope, charge, refund)
    objects.save(scope, refund)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    objects.save(scope, charge)
    effects.record(scope, "refund", refund, charge=charge["id"], status=refund["status"])
    events.announce(scope, "refund.created", refund)
    events.announce(scope, "charge.refunded", charge)
    return refund


def _charge(scope: Scope, params: Doc) -> Doc:
    if ("charge" in params) == ("payment_intent" in params):
        raise refused(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    if "payment_intent" in params:
        intent = objects.get(scope, "payment_intent", params["payment_intent"], "payment_intent", 400)
        charge = objects.find(scope, "charge", intent["latest_charge"])
    else:
        charge = objects.get(scope, "charge", params["charge"], "charge", 400)
    if charge is None or not charge["paid"] or not charge["captured"]:
        name = params.get("payment_intent") or params.get("charge")
        raise refused(
            f"{name} does not have a successful charge to refund.",
            "payment_intent" if "payment_intent" in params else "charge",
            "payment_intent_unexpected_state",
        )
    return charge


def _amount(charge: Doc, wanted: int | None) -> int:
    rest = charge["amount_captured"] - charge["amount_refunded"]
    if rest == 0:
        raise refused(f"Charge {charge['id']} has already been refunded.", "charge", "charge_already_refunded")
    if charge["disputed"]:
        raise refused(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", "charge", "charge_disputed"
        )
    amount = rest if wanted is None else wanted
    if amount < 1:
        raise refused("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > rest:
        raise refused(
            f"Refund amount ({money(amount, charge['currency'])}) is greater than unrefunded amount on charge "
            f"({money(rest, charge['currency'])})",
            "amount",
        )
    return amount


def _make(scope: Scope, charge: Doc, amount: int, params: Doc) -> Doc:
    identifier, card = new_id("re"), charges.card_used(scope, charge)
    waits = "processing" if card and card.refund == "pending" else _short_of_funds(scope, charge, amount)
    refund = blank(
        "Refund",
        id=identifier,
        amount=amount,
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        created=scope.now(),
        currency=charge["currency"],
        metadata=objects.clean_metadata(params),
        reason=params.get("reason"),
        status="pending" if waits else "succeeded",
        destination_details={
            "type": "card",
            "card": {"type": "refund", "reference_status": "pending", "reference_type": "acquirer_reference_number"},
        },
    )
    refund["pending_reason"] = waits
    if waits != "insufficient_funds":
        _withdraw(scope, refund)
    objects.add(scope, refund)
    _plan(scope, identifier, waits, fails=card is not None and card.refund == "fails")
    return refund


def _plan(scope: Scope, identifier: str, waits: str | None, fails: bool) -> None:
    """What will happen to a new refund by itself."""
    if waits:
        delay = WAIT if waits == "processing" else timers.DAY
        timers.set_timer(scope.state, SUCCEED, identifier, scope.now() + delay)
    elif fails:
        timers.set_timer(scope.state, FAIL, identifier, scope.now() + WAIT)


def _withdraw(scope: Scope, refund: Doc) -> None:
    txn = balance.enter(scope, "refund", -refund["amount"], refund["currency"], refund["id"])
    refund["balance_transaction"] = txn["id"]


def _short_of_funds(scope: Scope, charge: Doc, amount: int) -> str | None:
    needs = scope.state.setting(NEEDS_FUNDS, False)
    return "insufficient_funds" if needs and amount > balance.total(scope, charge["currency"]) else None


def _reverse(scope: Scope, charge: Doc, refund: Doc) -> None:
    if not charge["transfer"]:
        raise refused(f"The charge {charge['id']} has no transfer that could be reversed.", "reverse_transfer")
    transfer = objects.get(scope, "transfer", charge["transfer"])
    part = destinations.share(refund["amount"], charge["amount_captured"], transfer["amount"])
    part = min(part, transfer["amount"] - transfer["amount_reversed"])
    if part:
        reversal = reversals.take_back(scope, transfer, part, {}, refund["id"])
        refund["transfer_reversal"] = reversal["id"]


def _return_fee(scope: Scope, charge: Doc, refund: Doc) -> None:
    platform = scope.on("")
    fee = objects.find(platform, "application_fee", charge["application_fee"])
    if fee is None:
        raise refused(f"The charge {charge['id']} has no application fee to refund.", "refund_application_fee")
    part = destinations.share(refund["amount"], charge["amount_captured"], fee["amount"])
    part = min(part, fee["amount"] - fee["amount_refunded"])
    if part:
        destinations.refund_fee(platform, fee, part, {})


# --- what happens later ----------------------------------------------------------------------------------------------
def set_status(scope: Scope, refund: Doc, status: str, reason: str = "expired_or_canceled_card") -> Doc:
    """Move a refund on: pending to `succeeded`, or pending or succeeded to `failed` (the money comes back)."""
    allowed = {"succeeded": ("pending",), "failed": ("pending", "succeeded")}
    if refund["status"] not in allowed.get(status, ()):
        raise refused(f"A refund that is {refund['status']} cannot become {status}.", "status")
    old = dict(refund)
    refund["status"] = status
    refund["pending_reason"] = None
    if status == "failed":
        refund["failure_reason"] = reason
        _give_back(scope, refund)
    elif refund["balance_transaction"] is None:
        _withdraw(scope, refund)
    objects.save(scope, refund)
    before = events.previous(old, refund)
    events.announce(scope, "refund.updated", refund, before)
    events.announce(scope, "charge.refund.updated", refund, before)
    if status == "failed":
        effects.record(scope, "refund_failure", refund, charge=refund["charge"])
        events.announce(scope, "refund.failed", refund)
    return refund


def _give_back(scope: Scope, refund: Doc) -> None:
    if refund["balance_transaction"]:
        txn = balance.enter(scope, "refund_failure", refund["amount"], refund["currency"], refund["id"])
        refund["failure_balance_transaction"] = txn["id"]
    _undo_on_charge(scope, refund)


def _undo_on_charge(scope: Scope, refund: Doc) -> None:
    charge = objects.get(scope, "charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    objects.save(scope, charge)


def cancel(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Cancel a refund that is waiting for funds."""
    refund = retrieve(scope, params, identifier)
    if refund["status"] != "pending" or refund["balance_transaction"]:
        raise refused("You can only cancel a refund that is waiting for funds.", "refund")
    old = dict(refund)
    refund["status"] = "canceled"
    timers.cancel(scope.state, SUCCEED, identifier)
    _undo_on_charge(scope, refund)
    objects.save(scope, refund)
    events.announce(scope, "refund.updated", refund, events.previous(old, refund))
    return refund


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One refund."""
    refund = objects.find(scope, "refund", identifier)
    if refund is None:
        raise missing("refund", identifier, "refund")
    return refund


def search(scope: Scope, params: Doc) -> Doc:
    """Refunds, newest first."""
    return objects.listing(scope, "refund", params, "/v1/refunds", ("charge", "payment_intent"))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change the metadata."""
    refund = retrieve(scope, params, identifier)
    old = dict(refund)
    objects.merge_metadata(refund, params)
    objects.save(scope, refund)
    events.announce(scope, "refund.updated", refund, events.previous(old, refund))
    return refund
