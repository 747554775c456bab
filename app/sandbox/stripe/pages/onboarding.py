"""The pages a seller goes through: onboarding by Account Link, and the Express dashboard by login link."""

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from app.sandbox.stripe import account_links, balance, objects
from app.sandbox.stripe.amounts import money
from app.sandbox.stripe.control import scope
from app.sandbox.stripe.objects import Doc

blueprint = Blueprint("stripe_onboarding", __name__)
Page = tuple[str, int]
ENDINGS = {
    "enabled": ("Everything is in order", "Payments and payouts are switched on at once."),
    "due": ("Something is still due", "Payments work; a bank account must be confirmed within two weeks."),
    "payouts_paused": ("Payouts are paused", "Payments work; payouts wait for a bank account."),
    "pending": ("Documents are being checked", "Everything was handed in; Stripe is still looking at it."),
    "restricted": ("The account is restricted", "A document has expired; payments and payouts stay off."),
    "rejected": ("The account is refused", "Stripe does not accept this seller."),
}


@blueprint.get("/setup/e/<account>/<code>")
def open_link(account: str, code: str) -> Page | Response:
    """Use an Account Link up; a used or expired one goes to the application's refresh address."""
    here = scope()
    with here.state.transaction():
        visit, refresh = account_links.open_link(here, account, code)
    if visit:
        return redirect(f"/setup/s/{visit}", 303)
    if refresh:
        return redirect(refresh, 303)
    return render_template("stripe/notice.html", kind="missing", back=None), 404


@blueprint.get("/setup/s/<code>")
def show(code: str) -> Page:
    """The onboarding form."""
    here = scope()
    visit = account_links.visit_of(here, code)
    if visit is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 404
    account = objects.get(here, "account", visit["account"])
    return render_template("stripe/onboarding.html", account=account, endings=ENDINGS, problem=None), 200


@blueprint.post("/setup/s/<code>")
def leave(code: str) -> Page | Response:
    """Hand the form in with the chosen ending, or skip it: both go to the return address."""
    here = scope()
    visit = account_links.visit_of(here, code)
    if visit is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 404
    state = None if "skip" in request.form else request.form.get("ending", "")
    if state is not None and state not in ENDINGS:
        account = objects.get(here, "account", visit["account"])
        problem = "Choose how the check of your details should end."
        return render_template("stripe/onboarding.html", account=account, endings=ENDINGS, problem=problem), 422
    answers = {name: request.form.get(name, "").strip() for name in ("name", "product_description", "url")}
    with here.state.transaction():
        location = account_links.finish(here, visit, state, answers)
    return redirect(location, 303)


@blueprint.get("/express/<code>")
def dashboard(code: str) -> Page | Response:
    """A seller's own dashboard, by a link that works once."""
    here = scope()
    with here.state.transaction():
        visit = account_links.open_login(here, code)
    if visit:
        return redirect(f"/express/visit/{visit}", 303)
    return render_template("stripe/notice.html", kind="missing", back=None), 410


@blueprint.get("/express/visit/<code>")
def look(code: str) -> Page:
    """Balance, payouts and requirements of one account."""
    here = scope()
    visit = account_links.visit_of(here, code)
    if visit is None:
        return render_template("stripe/notice.html", kind="missing", back=None), 410
    inside = here.on(visit["account"])
    page = render_template(
        "stripe/express.html",
        account=objects.get(here, "account", visit["account"]),
        balances=_balances(balance.retrieve_balance(inside, {})),
        payouts=objects.where(inside, "payout")[::-1][:20],
        money=money,
    )
    return page, 200


def _balances(doc: Doc) -> list[tuple[str, str]]:
    """(available, pending) in words, one per currency."""
    pairs = zip(doc["available"], doc["pending"], strict=True)
    return [(money(a["amount"], a["currency"]), money(p["amount"], p["currency"])) for a, p in pairs]
