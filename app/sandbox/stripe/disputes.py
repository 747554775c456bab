"""Disputes and inquiries: the bank asks for the money back."""

from . import balance, effects, events, files, objects
from .errors import refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import SCHEMAS, blank

FEE = 1500
ANSWER_DAYS = 7
MOST_TEXT = 150_000
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
OUTCOMES = ("won", "lost", "warning_closed", "escalated")
# What Stripe's test mode reads in the evidence to decide a dispute at once.
WINNING, LOSING, ESCALATING = "winning_evidence", "losing_evidence", "escalate_inquiry_evidence"


def open_dispute(
    scope: Scope, charge: Doc, reason: str = "fraudulent", amount: int | None = None, inquiry: bool = False
) -> Doc:
    """The bank disputes a charge, or only asks about it (`inquiry`, which moves no money)."""
    if charge["disputed"]:
        raise refused(f"The charge {charge['id']} is already disputed.", "charge")
    if not charge["paid"]:
        raise refused(f"The charge {charge['id']} was never paid and cannot be disputed.", "charge")
    dispute = blank(
        "Dispute",
        id=new_id("du"),
        amount=amount or charge["amount"] - charge["amount_refunded"],
        balance_transactions=[],
        charge=charge["id"],
        created=scope.now(),
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence=_no_evidence(),
        evidence_details=_evidence_details(scope),
        livemode=False,
        metadata={},
        reason=reason,
        is_charge_refundable=inquiry,
        payment_intent=charge["payment_intent"],
        network_reason_code="10.4",
        status="warning_needs_response" if inquiry else "needs_response",
        payment_method_details={
            "type": "card",
            "card": {
                "brand": "visa",
                "network_reason_code": "10.4",
                "case_type": "inquiry" if inquiry else "chargeback",
            },
        },
    )
    objects.add(scope, dispute)
    charge["disputed"] = not inquiry
    objects.save(scope, charge)
    events.announce(scope, "charge.dispute.created", dispute)
    if not inquiry:
        withdraw(scope, dispute)
    return dispute


def _no_evidence() -> Doc:
    names = SCHEMAS["Dispute"]["properties"]["evidence"]["properties"]
    return {**dict.fromkeys(name for name in names if name != "appeal"), "enhanced_evidence": {}}


def _evidence_details(scope: Scope) -> Doc:
    return {
        "due_by": scope.now() + ANSWER_DAYS * balance.DAY,
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
        "enhanced_eligibility": {},
    }


def withdraw(scope: Scope, dispute: Doc) -> None:
    """Take the disputed amount and the dispute fee from the balance."""
    _enter(scope, dispute, -dispute["amount"], FEE)
    effects.record(scope, "dispute", dispute, charge=dispute["charge"])
    events.announce(scope, "charge.dispute.funds_withdrawn", dispute)


def _enter(scope: Scope, dispute: Doc, amount: int, fee: int) -> None:
    txn = balance.enter(
        scope,
        "adjustment",
        amount,
        dispute["currency"],
        dispute["id"],
        fee=fee,
        description=f"Chargeback for {dispute['charge']}",
    )
    dispute["balance_transactions"] = [*dispute["balance_transactions"], txn]
    objects.save(scope, dispute)


def decide(scope: Scope, dispute: Doc, outcome: str) -> Doc:
    """End a dispute as `won`, `lost` or `warning_closed`, or turn an inquiry into a chargeback (`escalated`)."""
    if dispute["status"] not in OPEN:
        raise refused(f"This dispute is already closed with the status {dispute['status']}.", "id")
    inquiry = dispute["status"].startswith("warning_")
    if outcome not in OUTCOMES or inquiry != (outcome in ("warning_closed", "escalated")):
        raise refused("An inquiry ends as warning_closed or escalated, a chargeback as won or lost.", "outcome")
    if outcome == "escalated":
        return _escalate(scope, dispute)
    old = dict(dispute)
    dispute.update(status=outcome, is_charge_refundable=outcome == "warning_closed")
    objects.save(scope, dispute)
    if outcome == "won":
        _reinstate(scope, dispute)
    events.announce(scope, "charge.dispute.closed", dispute, events.previous(old, dispute))
    return dispute


def _reinstate(scope: Scope, dispute: Doc) -> None:
    _enter(scope, dispute, dispute["amount"], 0)
    effects.record(scope, "dispute_won", dispute, charge=dispute["charge"])
    charge = objects.get(scope, "charge", dispute["charge"])
    charge["disputed"] = False
    objects.save(scope, charge)
    events.announce(scope, "charge.dispute.funds_reinstated", dispute)


def _escalate(scope: Scope, dispute: Doc) -> Doc:
    old = dict(dispute)
    dispute.update(status="needs_response", is_charge_refundable=False)
    charge = objects.get(scope, "charge", dispute["charge"])
    charge["disputed"] = True
    objects.save(scope, charge)
    objects.save(scope, dispute)
    events.announce(scope, "charge.dispute.updated", dispute, events.previous(old, dispute))
    withdraw(scope, dispute)
    return dispute


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One dispute."""
    return objects.get(scope, "dispute", identifier, "dispute")


def search(scope: Scope, params: Doc) -> Doc:
    """Disputes, newest first."""
    return objects.listing(scope, "dispute", params, "/v1/disputes", ("charge", "payment_intent"))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Add evidence; `submit` (the default) sends it to the bank and cannot be taken back."""
    dispute = retrieve(scope, params, identifier)
    old = dict(dispute)
    objects.merge_metadata(dispute, params)
    if "evidence" in params:
        _require_answerable(dispute)
        _require_in_time(scope, dispute)
        files.require_files(scope, params["evidence"])
        if sum(len(str(text)) for text in params["evidence"].values()) > MOST_TEXT:
            raise refused("The evidence has more than 150,000 characters.", "evidence")
        dispute["evidence"] = {**dispute["evidence"], **params["evidence"]}
        dispute["evidence_details"] = {**dispute["evidence_details"], "has_evidence": True}
    if params.get("submit", "evidence" in params):
        _submit(dispute)
    objects.save(scope, dispute)
    events.announce(scope, "charge.dispute.updated", dispute, events.previous(old, dispute))
    return _decided_by_evidence(scope, dispute)


def _require_answerable(dispute: Doc) -> None:
    if dispute["status"] not in ("needs_response", "warning_needs_response"):
        raise refused("This dispute's evidence can no longer be changed.", "evidence", "dispute_evidence_locked")


def _require_in_time(scope: Scope, dispute: Doc) -> None:
    if dispute["evidence_details"]["due_by"] < scope.now():
        raise refused("The time to submit evidence is over.", "evidence", "dispute_evidence_locked")


def _submit(dispute: Doc) -> None:
    _require_answerable(dispute)
    warning = "warning_" if dispute["status"].startswith("warning_") else ""
    dispute["status"] = f"{warning}under_review"
    details = dispute["evidence_details"]
    dispute["evidence_details"] = {
        **details,
        "submission_count": details["submission_count"] + 1,
        "submission_method": "manual",
    }


def _decided_by_evidence(scope: Scope, dispute: Doc) -> Doc:
    text = dispute["evidence"].get("uncategorized_text")
    if dispute["status"] == "under_review" and text in (WINNING, LOSING):
        return decide(scope, dispute, "won" if text == WINNING else "lost")
    if dispute["status"] == "warning_under_review" and text in (WINNING, ESCALATING):
        return decide(scope, dispute, "warning_closed" if text == WINNING else "escalated")
    return dispute


def close(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Accept the dispute: it is lost, irreversibly."""
    dispute = retrieve(scope, params, identifier)
    if dispute["status"] != "needs_response":
        raise refused("Only a dispute that needs a response can be closed.", "dispute")
    return decide(scope, dispute, "lost")
