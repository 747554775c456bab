"""PaymentIntents: from the wish to be paid to money, a refusal or a wait."""

from . import cards, charges, customers, destinations, events, objects, timers
from .amounts import require_amount, require_currency
from .errors import StripeError, refused
from .ids import new_id, token
from .objects import Doc
from .scope import Scope
from .spec import blank

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def make(scope: Scope, amount: int, currency: str, data: Doc, **members: object) -> Doc:
    """A new intent of `amount` minor units; `data` holds the caller's parameters; announced as created."""
    identifier = new_id("pi")
    transfer_data = data.get("transfer_data")
    intent = blank(
        "PaymentIntent",
        id=identifier,
        amount=amount,
        amount_capturable=0,
        amount_received=0,
        currency=currency,
        created=scope.now(),
        capture_method=data.get("capture_method", "automatic_async"),
        livemode=False,
        confirmation_method=data.get("confirmation_method", "automatic"),
        metadata=objects.clean_metadata(data),
        payment_method_types=["card"],
        status="requires_payment_method",
        description=data.get("description"),
        client_secret=f"{identifier}_secret_{token(24)}",
        application_fee_amount=data.get("application_fee_amount"),
        transfer_data={"amount": None, **transfer_data} if transfer_data else None,
        automatic_payment_methods={"enabled": True, "allow_redirects": "always"},
        **{
            name: data.get(name)
            for name in (
                "on_behalf_of",
                "receipt_email",
                "setup_future_usage",
                "shipping",
                "statement_descriptor",
                "statement_descriptor_suffix",
                "transfer_group",
                "customer",
            )
        },
    )
    intent.update(members)
    objects.add(scope, intent)
    events.announce(scope, "payment_intent.created", intent)
    return intent


def pay(scope: Scope, intent: Doc, method: Doc, authenticated: bool = False) -> Doc:
    """Try to collect; returns the changed intent (succeeded, requires_action, requires_capture or processing).

    Raises a card error (402, what happened is kept) when the card is declined.
    """
    secret = objects.secret_of(scope, method["id"])
    intent["payment_method"], intent["last_payment_error"], intent["next_action"] = method["id"], None, None
    if secret.get("delayed"):
        charges.start_debit(scope, intent, method)
        return _move(scope, intent, "processing", "payment_intent.processing")
    card = cards.card_of(secret["number"])
    if card.authenticate and not authenticated:
        return _ask_to_authenticate(scope, intent)
    if card.decline:
        raise _fail(scope, intent, method, *card.decline)
    charge = charges.attempt(scope, intent, method, "succeeded")
    if intent["capture_method"] == "manual":
        intent["amount_capturable"] = intent["amount"]
        events.announce(scope, "charge.succeeded", charge)
        return _move(scope, intent, "requires_capture", "payment_intent.amount_capturable_updated")
    charges.collect(scope, intent, charge)
    return _move(scope, intent, "succeeded", "payment_intent.succeeded")


def _move(scope: Scope, intent: Doc, status: str, event: str) -> Doc:
    intent["status"] = status
    objects.save(scope, intent)
    events.announce(scope, event, intent)
    return intent


def _ask_to_authenticate(scope: Scope, intent: Doc) -> Doc:
    page = f"{scope.config.base_url}/3ds/{intent['id']}"
    intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": None}}
    return _move(scope, intent, "requires_action", "payment_intent.requires_action")


def _fail(scope: Scope, intent: Doc, method: Doc, code: str, decline_code: str | None) -> StripeError:
    """Write down the refusal (failed charge, last error, both events) and return the error to raise."""
    error = cards.decline(code, decline_code)
    charge = charges.attempt(scope, intent, method, "failed", failure_code=code, failure_message=str(error))
    return fail_charge(scope, intent, charge, method, error)


def fail_charge(scope: Scope, intent: Doc, charge: Doc, method: Doc, error: StripeError) -> StripeError:
    """Write a failed charge into its intent and announce both; returns the error with the ids filled in."""
    error.members["charge"] = charge["id"]
    intent["last_payment_error"] = {**error.body["error"], "payment_method": method}
    intent["payment_method"] = None
    events.announce(scope, "charge.failed", charge)
    _move(scope, intent, "requires_payment_method", "payment_intent.payment_failed")
    error.members["payment_intent"] = intent
    return error


def refuse_authentication(scope: Scope, intent: Doc) -> None:
    """The buyer could not authenticate: no charge is made, another method may be tried."""
    method = objects.get(scope, "payment_method", intent["payment_method"])
    message = (
        "We are unable to authenticate your payment method. Please choose a different payment method and try again."
    )
    intent["last_payment_error"] = {
        "type": "invalid_request_error",
        "code": "payment_intent_authentication_failure",
        "message": message,
        "payment_method": method,
    }
    intent["payment_method"], intent["next_action"] = None, None
    _move(scope, intent, "requires_payment_method", "payment_intent.payment_failed")


def settle(scope: Scope, intent: Doc, succeeded: bool) -> Doc:
    """A delayed payment arrives or bounces."""
    charge = objects.get(scope, "charge", intent["latest_charge"])
    timers.cancel(scope.state, charges.SETTLE, intent["id"])
    if succeeded:
        charge.update(status="succeeded", paid=True, captured=True, amount_captured=charge["amount"])
        charges.collect(scope, intent, charge)
        return _move(scope, intent, "succeeded", "payment_intent.succeeded")
    message = "The payment was returned by the buyer's bank."
    charge.update(status="failed", failure_code="payment_method_provider_decline", failure_message=message)
    objects.save(scope, charge)
    method = objects.get(scope, "payment_method", intent["payment_method"])
    fail_charge(scope, intent, charge, method, StripeError(message, status=402, code="payment_method_provider_decline"))
    return intent


# --- API -------------------------------------------------------------------------------------------------------------
def create(scope: Scope, params: Doc) -> Doc:
    """A new intent, confirmed at once when `confirm` is true."""
    currency = require_currency(params["currency"])
    amount = require_amount(params["amount"], currency)
    destinations.check(scope, params, amount)
    if params.get("customer"):
        customers.require(scope, params["customer"])
    intent = make(scope, amount, currency, params)
    if params.get("payment_method"):
        method = cards.resolve(scope, params["payment_method"])
        intent.update(payment_method=method["id"], status="requires_confirmation")
        objects.save(scope, intent)
    return confirm(scope, {}, intent["id"]) if params.get("confirm") else intent


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One intent."""
    return objects.get(scope, "payment_intent", identifier, "intent")


def search(scope: Scope, params: Doc) -> Doc:
    """Intents, newest first."""
    return objects.listing(scope, "payment_intent", params, "/v1/payment_intents", ("customer",))


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change an intent that is still open."""
    intent = retrieve(scope, params, identifier)
    if set(params) - {"metadata", "description", "expand"}:
        _require_status(intent, OPEN, "updated")
    objects.merge_metadata(intent, params)
    plain = (
        "amount",
        "application_fee_amount",
        "description",
        "receipt_email",
        "shipping",
        "transfer_group",
        "customer",
        "statement_descriptor",
        "currency",
        "capture_method",
    )
    intent.update({name: params[name] for name in plain if name in params})
    if params.get("payment_method"):
        intent["payment_method"] = cards.resolve(scope, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
    return objects.save(scope, intent)


def confirm(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Try to collect with the given or the attached payment method."""
    intent = retrieve(scope, params, identifier)
    _not_from_checkout(scope, intent)
    _require_status(intent, OPEN, "confirmed")
    wanted = params.get("payment_method") or intent["payment_method"]
    if not wanted:
        raise refused(
            "You cannot confirm this PaymentIntent because it's missing a payment method. Update it with a "
            "payment method and then confirm it again.",
            code="payment_intent_unexpected_state",
        )
    return pay(scope, intent, cards.resolve(scope, wanted))


def capture(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Collect what was authorised, or less of it."""
    intent = retrieve(scope, params, identifier)
    _require_status(intent, ("requires_capture",), "captured")
    amount = params.get("amount_to_capture") or int(intent["amount_capturable"])
    if not 1 <= amount <= intent["amount_capturable"]:
        raise refused(
            "The amount to capture must be between 1 and the amount that can be captured.",
            "amount_to_capture",
            "amount_too_large",
        )
    charge = objects.get(scope, "charge", intent["latest_charge"])
    charge.update(captured=True, amount_captured=amount)
    intent["amount_capturable"] = 0
    charges.collect(scope, intent, charge)
    return _move(scope, intent, "succeeded", "payment_intent.succeeded")


def cancel(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Give an open intent up."""
    intent = retrieve(scope, params, identifier)
    _not_from_checkout(scope, intent)
    _require_status(intent, (*OPEN, "requires_capture"), "canceled")
    intent.update(
        canceled_at=scope.now(),
        cancellation_reason=params.get("cancellation_reason"),
        amount_capturable=0,
        next_action=None,
    )
    return _move(scope, intent, "canceled", "payment_intent.canceled")


def _require_status(intent: Doc, allowed: tuple[str, ...], verb: str) -> None:
    if intent["status"] not in allowed:
        raise refused(
            f"This PaymentIntent's status is {intent['status']}; it can only be {verb} with a status of "
            f"{', '.join(allowed)}.",
            code="payment_intent_unexpected_state",
        )


def _not_from_checkout(scope: Scope, intent: Doc) -> None:
    if objects.where(scope, "checkout.session", payment_intent=intent["id"]):
        raise refused(
            "You cannot confirm or cancel a PaymentIntent created by Checkout. Expire its Checkout Session instead.",
            code="payment_intent_unexpected_state",
        )
