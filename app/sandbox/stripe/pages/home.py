"""The sandbox's own home: what happened, what waits for somebody, and buttons to make it happen."""

import json
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, current_app, render_template

from app.sandbox.stripe import effects, faults, objects
from app.sandbox.stripe.amounts import money
from app.sandbox.stripe.control import scope
from app.sandbox.stripe.errors import StripeError
from app.sandbox.stripe.objects import Doc
from app.sandbox.stripe.scope import Scope

blueprint = Blueprint("stripe_home", __name__)
SHOWN = 12
OPEN_DISPUTES = "('needs_response', 'under_review', 'warning_needs_response', 'warning_under_review')"


@blueprint.app_template_filter("money")
def _money(doc: Doc) -> str:
    return money(doc["amount"], doc["currency"])


@blueprint.app_template_filter("moment")
def _moment(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%d %b %H:%M:%S") if seconds else "–"


@blueprint.get("/")
def home() -> str:
    """Everything the sandbox knows, newest first."""
    here = scope()
    return render_template(
        "stripe/home.html",
        now=here.now(),
        config=here.config,
        nav=current_app.extensions.get("sandbox.nav", []),
        waiting=_waiting(here),
        sessions=_latest(here, "checkout.session"),
        accounts=_accounts(here),
        charges=_latest(here, "charge", "AND id LIKE 'ch_%'"),
        effects=effects.listed(here.state, newest=SHOWN),
        events=_events(here),
        faults=faults.planted(here.state),
    )


@blueprint.get("/objects/<identifier>")
def show(identifier: str) -> tuple[str, int]:
    """One object as the API would answer it."""
    row = scope().state.row("SELECT kind, body FROM objects WHERE id = ?", identifier)
    if row is None or row["kind"] in ("account_link", "login_link", "onboarding_visit"):
        raise StripeError(f"There is no object {identifier}.", status=404)
    body = json.dumps(json.loads(row["body"]), indent=2, ensure_ascii=False)
    return render_template("stripe/object.html", identifier=identifier, kind=row["kind"], body=body), 200


@blueprint.errorhandler(StripeError)
def _missing(error: StripeError) -> tuple[str, int]:
    return render_template("stripe/notice.html", kind="missing", back=None), error.status


def _latest(here: Scope, kind: str, test: str = "", limit: int = SHOWN) -> list[Doc]:
    sql = f"SELECT body, account FROM objects WHERE kind = ? {test} ORDER BY seq DESC LIMIT {limit}"
    return [{**json.loads(row["body"]), "_account": row["account"]} for row in here.state.rows(sql, kind)]


def _waiting(here: Scope) -> dict[str, list[Doc]]:
    """What somebody has to decide: delayed payments, disputes, payouts on their way, pending refunds."""
    status = "AND json_extract(body, '$.status')"
    return {
        "payments": [
            session
            for session in _latest(here, "checkout.session", f"{status} = 'complete'", 100)
            if session["payment_status"] == "unpaid" and _processing(here, session)
        ],
        "disputes": _latest(here, "dispute", f"{status} IN {OPEN_DISPUTES}"),
        "payouts": _latest(here, "payout", f"{status} = 'in_transit'"),
        "refunds": _latest(here, "refund", f"{status} = 'pending'"),
    }


def _processing(here: Scope, session: Doc) -> bool:
    inside = here.on(session["_account"])
    intent = objects.find(inside, "payment_intent", session["payment_intent"])
    return intent is not None and intent["status"] == "processing"


def _accounts(here: Scope) -> list[Doc]:
    accounts = _latest(here, "account")
    for account in accounts:
        secret = objects.secret_of(here, account["id"])
        account["_state"] = "deauthorised" if secret.get("deauthorised") else secret["state"]
        account["_money"] = _balance(here, account["id"])
    return accounts


def _balance(here: Scope, account: str) -> str:
    rows = here.state.rows("SELECT currency, sum(net) AS net FROM funds WHERE account = ? GROUP BY currency", account)
    return ", ".join(money(row["net"], row["currency"]) for row in rows) or "–"


def _events(here: Scope) -> list[dict[str, Any]]:
    events = _latest(here, "event")
    for event in events:
        rows = here.state.rows(
            "SELECT endpoint, state, attempts, status, note FROM deliveries WHERE event = ? ORDER BY seq", event["id"]
        )
        event["_deliveries"] = [dict(row) for row in rows]
    return events
