"""Where the money is, and the Stripe account that it goes to."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import flash, redirect, request

from app.core import db
from app.core.errors import ProviderError
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires, viewer
from app.payments import actions, countries, forms, queries, requirements, states, words
from app.payments.models import Transfer
from app.payments.naming import naming
from app.payments.routes import blueprint

READ, CHANGE = Permission.PAYMENTS_MONEY_READ, Permission.PAYMENTS_ACCOUNT_WRITE


@blueprint.get("/w/<workspace>/payouts")
@requires(READ)
def payouts(**_: Any) -> str:
    """Where the money is, and what to do so that it arrives."""
    account = queries.account()
    transfers, disputes = queries.recent_transfers(), queries.open_and_recent_disputes()
    asked = account.requirements if account else {}
    return render.page(
        "payments/payouts.html",
        account=account,
        words=states.words_for(account),
        rejected=states.rejected(account),
        asked=requirements.asked(asked),
        stopped=requirements.stopped(asked),
        countries=countries.CHOICES,
        country_name=countries.name(account.country) if account else "",
        likely_country=request.form.get("country") or forms.likely_country(request.accept_languages.values()),
        balances=queries.balances(),
        transfers=transfers,
        payouts=queries.recent_payouts(),
        disputes=disputes,
        evidence_state=queries.evidence_state,
        debts=queries.debts(),
        numbers=numbers([*(row.order_id for row in transfers), *(row.order_id for row in disputes)]),
        w=words,
        base=base(),
        live_topics=f"workspace:{member().workspace_id}:payouts",
    )


def base() -> str:
    return f"/w/{member().slug}/payouts"


def numbers(ids: Iterable[UUID | None]) -> dict[UUID, int]:
    return naming.numbers([one for one in dict.fromkeys(ids) if one is not None])


# --- the account
@blueprint.post("/w/<workspace>/payouts/connect")
@requires(CHANGE, again=payouts)
def connect() -> Any:
    """To Stripe's set-up pages. The link is made for this click and used at once."""
    return _to_onboarding(forms.country(request.form))


@blueprint.get("/w/<workspace>/payouts/refresh")
@requires(CHANGE)
def refresh() -> Any:
    """Stripe sends people here when a link was used or is too old: they get a new one."""
    return _to_onboarding()


def _to_onboarding(country: str = "") -> Any:
    person = viewer()
    email = person.email if person else ""
    return redirect(actions.onboarding_url(actor(), member().slug, country=country, email=email), 303)


@blueprint.get("/w/<workspace>/payouts/return")
@requires(CHANGE)
def returned() -> Any:
    """Back from Stripe, finished or not: only the account itself says which (T54)."""
    try:
        state = actions.refresh_account(member().workspace_id)
    except ProviderError:
        state = None
    flash(
        _RETURNED.get(state or "", "Stripe has not told us yet how far you are. This page updates by itself."), "info"
    )
    return back(base())


_RETURNED = {
    "enabled": "Your account is ready. Money from sales now goes to your Stripe balance.",
    "pending": "The set-up is not complete yet. Stripe lists below what is missing, or is checking what you sent.",
    "restricted_soon": "You are being paid. Stripe still wants a few details, listed below.",
    "restricted": "Stripe does not pay this account yet. Below is what it asks for.",
}


@blueprint.post("/w/<workspace>/payouts/dashboard")
@requires(CHANGE, again=payouts)
def dashboard() -> Any:
    """To the seller's own Stripe dashboard."""
    return redirect(actions.dashboard_url(actor()), 303)


@blueprint.post("/w/<workspace>/payouts/transfers/<uuid:transfer_id>/retries")
@requires(CHANGE, again=payouts)
def retry(transfer_id: UUID) -> Any:
    """Try a failed transfer once more."""
    actions.retry_transfer(actor(), db.get(Transfer, transfer_id))
    flash("The transfer is being tried again.", "success")
    return back(base())
