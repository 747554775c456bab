"""The hosted payment page, its notices, and the bank's authentication page."""

from babel import Locale
from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.sandbox.stripe import objects, paying
from app.sandbox.stripe.amounts import money
from app.sandbox.stripe.cards import CARDS
from app.sandbox.stripe.control import scope
from app.sandbox.stripe.objects import Doc
from app.sandbox.stripe.scope import Scope

from . import checkout_form

blueprint = Blueprint("stripe_checkout", __name__)
Page = tuple[str, int]
COMMON = {"4242424242424242", "4000000000000002", "4000002500003155"}
LOCALES = ["en-US", "en-GB", "de", "fr", "es", "it", "nl", "pl", "sv", "da", "pt", "ja"]


@blueprint.app_template_filter("country")
def _country(code: str) -> str:
    return Locale("en").territories.get(code, code)


@blueprint.get("/c/pay/<identifier>")
def show(identifier: str) -> Page:
    """The payment page of an open session, a notice for any other."""
    here = _owner(identifier)
    session = objects.find(here, "checkout.session", identifier)
    if session is None or session["status"] != "open":
        return _notice(here, session)
    return _page(here, session, checkout_form.empty(session), 200, _last_error(here, session))


@blueprint.post("/c/pay/<identifier>")
def press(identifier: str) -> Page | Response:
    """Fill in a test card, or pay; a decline keeps the page and what was typed (never the card)."""
    here = _owner(identifier)
    session = objects.find(here, "checkout.session", identifier)
    if session is None or session["status"] == "expired":
        return _notice(here, session)
    if "fill" in request.form:
        return _page(here, session, checkout_form.filled(session, request.form), 200)
    wallet = checkout_form.read(session, request.form, here.now())
    if session["status"] == "open" and wallet.errors:
        return _page(here, session, checkout_form.again(session, request.form, wallet.errors), 422)
    outcome = paying.pay(here, identifier, wallet)
    if outcome.location:
        return redirect(outcome.location, 303)
    if outcome.kind == paying.OVER:
        return _notice(here, outcome.session)
    return _page(here, outcome.session, checkout_form.again(session, request.form, {}), 402, outcome.message)


def _owner(identifier: str) -> Scope:
    here = scope()
    return here.on(objects.owner(here.state, identifier) or "")


def _last_error(here: Scope, session: Doc) -> str | None:
    intent = objects.find(here, "payment_intent", session["payment_intent"])
    return intent["last_payment_error"]["message"] if intent and intent["last_payment_error"] else None


def _page(here: Scope, session: Doc, form: checkout_form.Fields, status: int, problem: str | None = None) -> Page:
    secret = objects.secret_of(here, session["id"])
    page = render_template(
        "stripe/checkout.html",
        session=session,
        items=secret["items"],
        pictures=_pictures(here, secret["items"]),
        merchant=_merchant(session),
        form=form,
        problem=problem,
        cards=list(CARDS.values()),
        common=COMMON,
        delayed=any(name != "card" for name in session["payment_method_types"]),
        carded="card" in session["payment_method_types"],
        money=_money(session),
    )
    return page, status


def _pictures(here: Scope, items: list[Doc]) -> dict[str, str]:
    """The first picture of each line's product, by line id."""
    products = {item["id"]: objects.find(here, "product", item["price"]["product"]) for item in items}
    return {line: product["images"][0] for line, product in products.items() if product and product["images"]}


def _merchant(session: Doc) -> str:
    return session["branding_settings"]["display_name"]


def _money(session: Doc) -> Doc:
    locale = session["locale"] if session["locale"] not in (None, "auto") else None
    wanted = locale or request.accept_languages.best_match(LOCALES) or "en-US"
    currency = session["currency"]
    return {
        "total": money(session["amount_total"], currency, wanted),
        "of": lambda minor: money(minor, currency, wanted),
    }


def _notice(here: Scope, session: Doc | None) -> Page:
    """Why there is nothing to pay here, and the way back."""
    if session is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 404
    intent = objects.find(here, "payment_intent", session["payment_intent"])
    kind = "expired" if session["status"] == "expired" else session["payment_status"]
    if kind == "unpaid" and intent and intent["status"] != "processing":
        kind = "bounced"
    done = session["status"] == "complete"
    back = paying.success_url(session) if done else session["cancel_url"]
    page = render_template(
        "stripe/notice.html", kind=kind, back=back, money=_money(session), merchant=_merchant(session)
    )
    return page, 200 if done else 410


@blueprint.get("/3ds/<intent_id>")
def challenge(intent_id: str) -> Page | Response:
    """The buyer's bank asks whether it is really them."""
    here = _owner(intent_id)
    intent = objects.find(here, "payment_intent", intent_id)
    session = paying.session_of(here, intent_id) if intent else None
    if intent is None or session is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 404
    if intent["status"] != "requires_action":
        return redirect(session["url"] or paying.success_url(session), 303)
    return render_template("stripe/challenge.html", merchant=_merchant(session), money=_money(session)), 200


@blueprint.post("/3ds/<intent_id>")
def answer_challenge(intent_id: str) -> Page | Response:
    """Authenticated or not: on to the shop, or back to the payment page."""
    here = _owner(intent_id)
    if objects.find(here, "payment_intent", intent_id) is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 404
    outcome = paying.authenticate(here, intent_id, request.form.get("answer") == "pass")
    if outcome.kind == paying.OVER:
        return _notice(here, outcome.session if outcome.session["id"] else None)
    return redirect(outcome.location or outcome.session["url"], 303)
