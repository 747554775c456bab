"""Charges: attempts to collect a PaymentIntent, with what they bring to the balance."""

from . import balance, destinations, disputes, effects, events, objects, timers
from .cards import Card, card_of
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

DEBIT_DAYS = 3
SETTLE = "settle_debit"


def attempt(scope: Scope, intent: Doc, method: Doc, status: str, **members: object) -> Doc:
    """A charge of an intent by a payment method; status `succeeded`, `failed` or `pending`."""
    captured = status == "succeeded" and intent["capture_method"] != "manual"
    charge = blank(
        "Charge",
        id=new_id("ch"),
        amount=intent["amount"],
        amount_captured=intent["amount"] if captured else 0,
        amount_refunded=0,
        currency=intent["currency"],
        billing_details=method["billing_details"],
        captured=captured,
        created=scope.now(),
        description=intent["description"],
        disputed=False,
        livemode=False,
        refunded=False,
        metadata=intent["metadata"],
        paid=status == "succeeded",
        status=status,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=_details(method),
        customer=intent["customer"],
        on_behalf_of=intent["on_behalf_of"],
        receipt_email=intent["receipt_email"],
        shipping=intent["shipping"],
        transfer_group=intent["transfer_group"],
        application_fee_amount=intent["application_fee_amount"],
        statement_descriptor=intent["statement_descriptor"],
        outcome=_outcome(status),
        fraud_details={},
        **members,
    )
    objects.add(scope, charge)
    intent["latest_charge"] = charge["id"]
    return charge


def _outcome(status: str) -> Doc:
    good = status != "failed"
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "reason": None,
        "network_status": "approved_by_network" if good else "declined_by_network",
        "risk_level": "normal",
        "risk_score": 8,
        "rule": None,
        "type": "authorized" if good else "issuer_declined",
        "seller_message": "Payment complete." if good else "The bank did not return any further details.",
    }


def _details(method: Doc) -> Doc:
    kind = method["type"]
    if kind != "card":
        return {"type": kind, kind: {"last4": method[kind]["last4"], "bank_name": method[kind]["bank_name"]}}
    card = method["card"]
    same = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "checks")
    return {
        "type": "card",
        "card": {
            **{name: card[name] for name in same},
            "amount_authorized": None,
            "authorization_code": None,
            "installments": None,
            "mandate": None,
            "network": card["brand"],
            "network_token": {"used": False},
            "network_transaction_id": None,
            "regulated_status": "unregulated",
            "three_d_secure": None,
            "wallet": None,
        },
    }


def card_used(scope: Scope, charge: Doc) -> Card | None:
    """The test card behind a charge, None for another method."""
    number = objects.secret_of(scope, charge["payment_method"]).get("number")
    return card_of(number) if number else None


def collect(scope: Scope, intent: Doc, charge: Doc) -> None:
    """A captured charge reaches the balance; destination and fee are served; a disputing card disputes."""
    card = card_used(scope, charge)
    ready = scope.now() + (0 if card and card.instant else balance.CARD_DELAY)
    amount = charge["amount_captured"]
    txn = balance.enter(
        scope,
        "charge",
        amount,
        charge["currency"],
        charge["id"],
        fee=balance.stripe_fee(amount),
        available_on=ready,
        description=charge["description"],
    )
    charge["balance_transaction"] = txn["id"]
    intent["amount_received"] = amount
    objects.save(scope, charge)
    effects.record(
        scope,
        "charge",
        {**charge, "amount": amount},
        payment_intent=intent["id"],
        transfer_group=charge["transfer_group"],
        fee=txn["fee"],
    )
    destinations.route(scope, intent, charge)
    events.announce(scope, "charge.succeeded", charge)
    if card and card.dispute:
        disputes.open_dispute(
            scope,
            charge,
            reason="general" if card.dispute == "inquiry" else card.dispute,
            inquiry=card.dispute == "inquiry",
        )


def start_debit(scope: Scope, intent: Doc, method: Doc) -> Doc:
    """A delayed payment: pending now, settled days later by the clock or by hand."""
    charge = attempt(scope, intent, method, "pending")
    timers.set_timer(scope.state, SETTLE, intent["id"], scope.now() + DEBIT_DAYS * timers.DAY)
    events.announce(scope, "charge.pending", charge)
    return charge


# --- API -------------------------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One charge."""
    return objects.get(scope, "charge", identifier, "charge")


def search(scope: Scope, params: Doc) -> Doc:
    """Charges, newest first."""
    return objects.listing(scope, "charge", params, "/v1/charges", ("customer", "payment_intent", "transfer_group"))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change what is written on a charge; its group only while it has none."""
    charge = retrieve(scope, params, identifier)
    old = dict(charge)
    for name in ("description", "receipt_email", "shipping", "customer"):
        if name in params:
            charge[name] = params[name] or None
    charge["transfer_group"] = charge["transfer_group"] or params.get("transfer_group")
    objects.merge_metadata(charge, params)
    objects.save(scope, charge)
    events.announce(scope, "charge.updated", charge, events.previous(old, charge))
    return charge
