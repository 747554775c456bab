"""What happens when a buyer presses Pay on the page of a Checkout Session."""

from dataclasses import dataclass, field

from . import cards, checkout, customers, events, intents, objects, timers
from .errors import StripeError
from .objects import Doc
from .scope import Scope

CARD, DEBIT = "card", "debit"
PAID, WAITING, AUTHENTICATE, DECLINED, OVER = "paid", "waiting", "authenticate", "declined", "over"


@dataclass(slots=True)
class Wallet:
    """What the buyer typed; `number` is digits only, `method` is CARD or DEBIT (money arrives days later)."""

    email: str
    name: str = ""
    number: str = ""
    month: int = 12
    year: int = 2034
    method: str = CARD
    phone: str | None = None
    country: str | None = None
    shipping: Doc | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went, where the browser goes next (None: stay), and what to say."""

    kind: str
    session: Doc
    location: str | None = None
    message: str | None = None


def pay(scope: Scope, identifier: str, wallet: Wallet) -> Outcome:
    """Pay an open session once, however often the button is pressed; the caller holds no transaction."""
    with scope.state.transaction():
        session = objects.get(scope, "checkout.session", identifier)
        if session["status"] != "open":
            return _over(session)
        _note_buyer(session, wallet)
        if not session["amount_total"]:
            return _complete(scope, session, "no_payment_required")
        return _collect(scope, session, wallet)


def _over(session: Doc) -> Outcome:
    """The session is no longer open: a second press on a paid one just goes on to the success page."""
    done = session["status"] == "complete"
    return Outcome(PAID if done else OVER, session, success_url(session) if done else None)


def success_url(session: Doc) -> str:
    """The caller's address with the session's id filled in."""
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])


def _note_buyer(session: Doc, wallet: Wallet) -> None:
    address = {**cards.no_address(), "country": wallet.country} if wallet.country else None
    session["customer_details"] = checkout.details(wallet.email, wallet.name or None, wallet.phone, address)
    if wallet.shipping:
        session["collected_information"] = {
            "business_name": None,
            "individual_name": None,
            "shipping_details": wallet.shipping,
        }


def _collect(scope: Scope, session: Doc, wallet: Wallet) -> Outcome:
    intent = _intent(scope, session)
    details = cards.billing(wallet.name or None, wallet.email, wallet.phone)
    if wallet.method == DEBIT:
        method = cards.create_debit(scope, checkout.debit_type(session["currency"]), details)
    else:
        method = cards.create_card(scope, wallet.number, wallet.month, wallet.year, details)
    return _try(scope, session, intent, method)


def _intent(scope: Scope, session: Doc) -> Doc:
    """The session's one intent: made at the first attempt, used again by the next."""
    if session["payment_intent"]:
        return objects.get(scope, "payment_intent", session["payment_intent"])
    data = dict(objects.secret_of(scope, session["id"])["payment"])
    intent = intents.make(
        scope,
        session["amount_total"],
        session["currency"],
        data,
        customer=session["customer"],
        payment_method_types=session["payment_method_types"],
    )
    session["payment_intent"] = intent["id"]
    objects.save(scope, session)
    return intent


def _try(scope: Scope, session: Doc, intent: Doc, method: Doc, authenticated: bool = False) -> Outcome:
    try:
        intent = intents.pay(scope, intent, method, authenticated)
    except StripeError as error:
        if not error.keeps:
            raise
        objects.save(scope, session)
        return Outcome(DECLINED, session, None, str(error))
    if intent["status"] == "requires_action":
        objects.save(scope, session)
        return Outcome(AUTHENTICATE, session, f"{scope.config.base_url}/3ds/{intent['id']}")
    paid = intent["status"] == "succeeded"
    return _complete(scope, session, "paid" if paid else "unpaid")


def _complete(scope: Scope, session: Doc, payment_status: str) -> Outcome:
    session.update(status="complete", payment_status=payment_status, url=None)
    _keep_customer(scope, session)
    timers.cancel(scope.state, checkout.EXPIRE, session["id"])
    objects.save(scope, session)
    events.announce(scope, "checkout.session.completed", session)
    return Outcome(WAITING if payment_status == "unpaid" else PAID, session, success_url(session))


def _keep_customer(scope: Scope, session: Doc) -> None:
    if session["customer"] is None and session["customer_creation"] == "always":
        buyer = session["customer_details"]
        session["customer"] = customers.create(scope, {"email": buyer["email"], "name": buyer["name"]})["id"]


# --- what follows ----------------------------------------------------------------------------------------------------
def authenticate(scope: Scope, intent_id: str, passed: bool) -> Outcome:
    """The buyer's answer to 3-D Secure."""
    with scope.state.transaction():
        intent = objects.get(scope, "payment_intent", intent_id)
        session = session_of(scope, intent_id)
        if session is None or session["status"] != "open" or intent["status"] != "requires_action":
            return _over(session) if session else Outcome(OVER, {"success_url": "", "id": ""})
        if not passed:
            intents.refuse_authentication(scope, intent)
            return Outcome(DECLINED, session, session["url"], "Your bank could not confirm that it was you.")
        method = objects.get(scope, "payment_method", intent["payment_method"])
        return _try(scope, session, intent, method, authenticated=True)


def session_of(scope: Scope, intent_id: str) -> Doc | None:
    """The Checkout Session that an intent belongs to."""
    found = objects.where(scope, "checkout.session", payment_intent=intent_id)
    return found[0] if found else None


def settle(scope: Scope, intent_id: str, succeeded: bool) -> Doc:
    """A delayed payment arrives or bounces: the intent first, then the session that waits for it."""
    intent = objects.get(scope, "payment_intent", intent_id)
    if intent["status"] != "processing":
        raise StripeError(f"The payment is {intent['status']}; only one that is processing can be settled.")
    intents.settle(scope, intent, succeeded)
    session = session_of(scope, intent_id)
    if session:
        session["payment_status"] = "paid" if succeeded else "unpaid"
        objects.save(scope, session)
        events.announce(scope, f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)
    return intent
