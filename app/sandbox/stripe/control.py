"""Doors for tests, seeds and the buttons of the home page: `/_sandbox/…`, JSON or a form."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from . import (
    account_states,
    clockwork,
    disputes,
    effects,
    endpoints,
    faults,
    objects,
    paying,
    payouts,
    postbox,
    refunds,
)
from .errors import StripeError, missing
from .ids import new_id
from .objects import Doc
from .scope import Scope

blueprint = Blueprint("stripe_control", __name__, url_prefix="/_sandbox")
STATUS = {paying.PAID: 200, paying.WAITING: 200, paying.AUTHENTICATE: 200, paying.DECLINED: 402, paying.OVER: 409}


def scope() -> Scope:
    """The platform, caused by this request."""
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], request_id=new_id("req"))


def given() -> dict[str, Any]:
    """The members of a JSON body, or the fields of a form."""
    if request.is_json:
        body = request.get_json()
        if not isinstance(body, dict):
            raise StripeError("The body must be a JSON object.")
        return body
    return request.form.to_dict()


def done(body: Any) -> AnyResponse:
    """JSON for a caller, the page they came from for a person."""
    return jsonify(body) if request.is_json or not request.form else redirect(request.form.get("back") or "/", 303)


def owned(identifier: str, kind: str) -> tuple[Scope, Doc]:
    """An object and the scope of the account that owns it; raises 404."""
    here = scope()
    inside = here.on(objects.owner(here.state, identifier) or "")
    return inside, objects.get(inside, kind, identifier)


@blueprint.errorhandler(StripeError)
def _refused(error: StripeError) -> tuple[Response | str, int]:
    if request.form and not request.is_json:
        return render_template("stripe/refused.html", message=str(error)), error.status
    return jsonify(error.body), error.status


@blueprint.errorhandler(ValueError)
def _nonsense(error: ValueError) -> tuple[Response | str, int]:
    return _refused(StripeError(str(error)))


@blueprint.get("/health")
def health() -> Response:
    """The sandbox serves and can read its memory."""
    return jsonify({"ok": True, "now": scope().now(), "faults": len(faults.planted(scope().state))})


# --- trouble, time, memory -------------------------------------------------------------------------------------------
@blueprint.get("/faults")
def list_faults() -> Response:
    """Every fault that can still strike."""
    return jsonify(faults.planted(scope().state))


@blueprint.post("/faults")
def plant_fault() -> Response:
    """Plant a fault (see `faults.plant`)."""
    return jsonify(faults.plant(scope().state, given()))


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """Forget all faults and let held events go."""
    state = scope().state
    with state.transaction():
        faults.clear(state)
        postbox.release(state)
    return jsonify([])


@blueprint.post("/reset")
def reset() -> AnyResponse:
    """Forget everything but the configured endpoints, once the webhooks on their way have arrived."""
    here = scope()
    postbox.empty(here.state)
    with here.state.transaction():
        here.state.reset()
        endpoints.configure(here)
    return done({"reset": True})


@blueprint.get("/clock")
def read_clock() -> Response:
    """The sandbox's time."""
    return jsonify({"now": scope().now()})


@blueprint.post("/clock")
def move_clock() -> AnyResponse:
    """Move the clock forward by `advance` seconds and do what has become due."""
    here = scope()
    now = here.state.advance(int(given().get("advance", 0)))
    return done({"now": now, "done": clockwork.run_due(here)})


@blueprint.post("/settings")
def change_settings() -> Response:
    """Change `refunds_need_funds`: whether a refund waits while the platform's balance is too low."""
    wanted = given()
    if set(wanted) - {refunds.NEEDS_FUNDS}:
        raise ValueError(f"The only setting is {refunds.NEEDS_FUNDS}.")
    for name, value in wanted.items():
        scope().state.remember(name, bool(value))
    return jsonify(wanted)


@blueprint.get("/effects")
def list_effects() -> Response:
    """Every executed movement of money, oldest first; `?kind=` narrows it."""
    return jsonify(effects.listed(scope().state, request.args.get("kind")))


@blueprint.get("/deliveries")
def list_deliveries() -> Response:
    """Every webhook delivery with its state, attempts and last answer."""
    rows = scope().state.rows(
        "SELECT d.*, json_extract(o.body, '$.type') AS type FROM deliveries d JOIN objects o ON o.id = d.event "
        "ORDER BY d.seq"
    )
    return jsonify([dict(row) for row in rows])


@blueprint.post("/events/<identifier>/redeliver")
def redeliver(identifier: str) -> AnyResponse:
    """Send an event once more to every endpoint that listens."""
    state = scope().state
    if objects.owner(state, identifier) is None:
        raise missing("event", identifier)
    with state.transaction():
        count = postbox.redeliver(state, identifier)
    return done({"queued": count})


# --- buyers ----------------------------------------------------------------------------------------------------------
@blueprint.post("/checkout/<identifier>/pay")
def pay(identifier: str) -> tuple[Response, int]:
    """Pay a session as its page does: `card`, `email`, `name`, `method` (card, debit), `authenticate` (pass, fail)."""
    body = given()
    inside, _session = owned(identifier, "checkout.session")
    wallet = paying.Wallet(
        email=body.get("email", "buyer@example.com"),
        name=body.get("name", "Sandbox Buyer"),
        number="".join(filter(str.isdigit, body.get("card", "4242424242424242"))),
        method=body.get("method", paying.CARD),
        phone=body.get("phone"),
        country=body.get("country"),
        shipping=body.get("shipping"),
    )
    outcome = paying.pay(inside, identifier, wallet)
    if outcome.kind == paying.AUTHENTICATE and "authenticate" in body:
        outcome = paying.authenticate(inside, outcome.session["payment_intent"], body["authenticate"] == "pass")
    return jsonify(
        {"outcome": outcome.kind, "location": outcome.location, "message": outcome.message, "session": outcome.session}
    ), STATUS[outcome.kind]


@blueprint.post("/checkout/<identifier>/settle")
def settle(identifier: str) -> AnyResponse:
    """A delayed payment arrives (`outcome` succeeded) or bounces (failed)."""
    inside, session = owned(identifier, "checkout.session")
    outcome = given().get("outcome", "succeeded")
    if outcome not in ("succeeded", "failed"):
        raise ValueError("outcome must be succeeded or failed")
    with inside.state.transaction():
        intent = paying.settle(inside, session["payment_intent"], outcome == "succeeded")
    return done(intent)


@blueprint.post("/disputes")
def open_dispute() -> AnyResponse:
    """The bank disputes a `charge` (`reason`, `amount`, `inquiry`), and decides at once when `outcome` is given."""
    body = given()
    inside, charge = owned(str(body.get("charge", "")), "charge")
    amount = int(body["amount"]) if body.get("amount") else None
    with inside.state.transaction():
        dispute = disputes.open_dispute(
            inside,
            charge,
            body.get("reason", "fraudulent"),
            amount,
            str(body.get("inquiry", "")).lower() in ("1", "true", "on"),
        )
        if body.get("outcome"):
            dispute = disputes.decide(inside, dispute, body["outcome"])
    return done(dispute)


@blueprint.post("/disputes/<identifier>")
def decide_dispute(identifier: str) -> AnyResponse:
    """End a dispute: `outcome` won, lost, warning_closed or escalated."""
    inside, dispute = owned(identifier, "dispute")
    return _in_one(inside, lambda: disputes.decide(inside, dispute, given().get("outcome", "")))


@blueprint.post("/refunds/<identifier>")
def move_refund(identifier: str) -> AnyResponse:
    """A refund succeeds or fails: `status`."""
    inside, refund = owned(identifier, "refund")
    return _in_one(inside, lambda: refunds.set_status(inside, refund, given().get("status", "")))


def _in_one(inside: Scope, act: Callable[[], Doc]) -> AnyResponse:
    with inside.state.transaction():
        doc = act()
    return done(doc)


# --- sellers ---------------------------------------------------------------------------------------------------------
@blueprint.post("/accounts/<identifier>")
def set_account(identifier: str) -> AnyResponse:
    """Put an account into a `state`: new, pending, enabled, due, payouts_paused, restricted, rejected, deauthorised."""
    here, state = scope(), given().get("state", "")
    with here.state.transaction():
        if state == "deauthorised":
            account_states.deauthorise(here, identifier)
            return done({"id": identifier, "state": state})
        return done(account_states.set_state(here, identifier, state))


@blueprint.post("/payouts")
def pay_out() -> AnyResponse:
    """Pay out an `account`: everything available, as the schedule does, or `amount` in `currency` by hand."""
    body = given()
    inside = scope().on(body.get("account", ""))
    with inside.state.transaction():
        if body.get("amount"):
            wanted = {"amount": int(body["amount"]), "currency": body.get("currency", "usd")}
            return done([payouts.create(inside, wanted)])
        return done(payouts.send_automatically(inside))


@blueprint.post("/payouts/<identifier>")
def move_payout(identifier: str) -> AnyResponse:
    """A payout is `paid`, or `failed` (also after it was paid): `status`."""
    inside, payout = owned(identifier, "payout")
    status = given().get("status", "")
    if status not in ("paid", "failed"):
        raise ValueError("status must be paid or failed")
    return _in_one(inside, lambda: payouts.arrive(inside, payout) if status == "paid" else payouts.fail(inside, payout))
