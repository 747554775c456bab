"""Test cards: what each number stands for, and the payment methods made of them."""

from dataclasses import dataclass
from typing import Any

from . import objects
from .errors import StripeError, missing
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank


@dataclass(frozen=True, slots=True)
class Card:
    """How a test card behaves.

    `decline` is (code, decline_code); `dispute` and `refund` name what follows the payment; `instant` makes the money
    available at once; `authenticate` asks for 3-D Secure first.
    """

    number: str
    about: str
    decline: tuple[str, str | None] | None = None
    authenticate: bool = False
    dispute: str | None = None
    refund: str | None = None
    instant: bool = False
    token: str | None = None


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "Succeeds", token="pm_card_visa"),
        Card("5555555555554444", "Succeeds (Mastercard)", token="pm_card_mastercard"),
        Card("378282246310005", "Succeeds (American Express)", token="pm_card_amex"),
        Card("6011111111111117", "Succeeds (Discover)", token="pm_card_discover"),
        Card(
            "4000002500003155",
            "Asks to authenticate, then succeeds",
            authenticate=True,
            token="pm_card_authenticationRequired",
        ),
        Card("4000002760003184", "Asks to authenticate, then succeeds", authenticate=True),
        Card("4000000000003220", "Asks to authenticate, then succeeds", authenticate=True),
        Card(
            "4000008260003178", "Asks to authenticate, then lacks funds", ("card_declined", "insufficient_funds"), True
        ),
        Card("4000000000000002", "Declined", ("card_declined", "generic_decline"), token="pm_card_chargeDeclined"),
        Card(
            "4000000000009995",
            "Declined: insufficient funds",
            ("card_declined", "insufficient_funds"),
            token="pm_card_chargeDeclinedInsufficientFunds",
        ),
        Card("4000000000009987", "Declined: lost card", ("card_declined", "lost_card")),
        Card("4000000000009979", "Declined: stolen card", ("card_declined", "stolen_card")),
        Card(
            "4000000000000069",
            "Declined: expired card",
            ("expired_card", None),
            token="pm_card_chargeDeclinedExpiredCard",
        ),
        Card(
            "4000000000000127",
            "Declined: wrong CVC",
            ("incorrect_cvc", None),
            token="pm_card_chargeDeclinedIncorrectCvc",
        ),
        Card(
            "4000000000000119",
            "Declined: processing error",
            ("processing_error", None),
            token="pm_card_chargeDeclinedProcessingError",
        ),
        Card("4000000000000077", "Succeeds, money available at once", instant=True, token="pm_card_bypassPending"),
        Card(
            "4000000000000259",
            "Succeeds, then the buyer disputes it",
            dispute="fraudulent",
            token="pm_card_createDispute",
        ),
        Card(
            "4000000000001976",
            "Succeeds, then the bank inquires",
            dispute="inquiry",
            token="pm_card_createDisputeInquiry",
        ),
        Card("4000000000005126", "Succeeds; a refund succeeds, then fails", refund="fails", token="pm_card_refundFail"),
        Card(
            "4000000000007726",
            "Succeeds; a refund stays pending for a while",
            refund="pending",
            token="pm_card_pendingRefund",
        ),
    )
}
TOKENS = {card.token: card for card in CARDS.values() if card.token}
MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
}
BRANDS = (("4", "visa"), ("34", "amex"), ("37", "amex"), ("6011", "discover"), ("5", "mastercard"), ("2", "mastercard"))


def card_of(number: str) -> Card:
    """How a number behaves; any other valid number simply succeeds."""
    return CARDS.get(number, Card(number, "Succeeds"))


def luhn(number: str) -> bool:
    """Whether the check digit of a card number fits."""
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return bool(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def brand_of(number: str) -> str:
    """`visa`, `mastercard`, `amex`, `discover` or `unknown`."""
    return next((brand for prefix, brand in BRANDS if number.startswith(prefix)), "unknown")


def decline(code: str, decline_code: str | None, **members: Any) -> StripeError:
    """The 402 of a declined card; what the attempt left behind (a failed charge) is kept."""
    message = MESSAGES.get(decline_code or code) or MESSAGES.get(code, "Your card was declined.")
    return StripeError(message, status=402, code=code, decline_code=decline_code, keeps=True, **members)


def no_address() -> Doc:
    """An address of which nothing is known."""
    return {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}


def billing(name: str | None = None, email: str | None = None, phone: str | None = None) -> Doc:
    """Billing details as a payment form collects them."""
    return {"address": no_address(), "email": email, "name": name, "phone": phone, "tax_id": None}


# --- payment methods -------------------------------------------------------------------------------------------------
def create_card(scope: Scope, number: str, month: int, year: int, details: Doc) -> Doc:
    """A payment method made of a card."""
    card = {
        "brand": brand_of(number),
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": brand_of(number),
        "exp_month": month,
        "exp_year": year,
        "fingerprint": f"fp{number[:4]}{number[-4:]}",
        "funding": "credit",
        "generated_from": None,
        "last4": number[-4:],
        "networks": {"available": [brand_of(number)], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _method(scope, "card", {"card": card}, details, {"number": number})


def create_debit(scope: Scope, kind: str, details: Doc) -> Doc:
    """A payment method that settles days later (`sepa_debit` or `us_bank_account`)."""
    return _method(scope, kind, {kind: {"last4": "3000", "bank_name": "SANDBOX TEST BANK"}}, details, {"delayed": True})


def _method(scope: Scope, kind: str, members: Doc, details: Doc, secret: Doc) -> Doc:
    doc = blank(
        "PaymentMethod",
        id=new_id("pm"),
        type=kind,
        billing_details=details,
        created=scope.now(),
        livemode=False,
        metadata={},
        allow_redisplay="limited",
    )
    for name in list(doc):
        if doc[name] is None and name not in ("customer",):
            del doc[name]  # Stripe leaves out the containers of the other types
    return objects.add(scope, {"customer": None, **doc, **members}, secret)


def resolve(scope: Scope, identifier: str) -> Doc:
    """The payment method of an id; `pm_card_…` names make a fresh card; raises `resource_missing`."""
    if identifier in TOKENS:
        return create_card(scope, TOKENS[identifier].number, 12, 2034, billing())
    method = objects.find(scope, "payment_method", identifier)
    if method is None:
        raise missing("PaymentMethod", identifier, "payment_method", 400)
    return method


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One payment method."""
    return objects.get(scope, "payment_method", identifier, "payment_method")
