"""Sellers' accounts: one per workspace, connected through Stripe's own pages, and read again whenever something happened."""

from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, db, settings
from app.core.actor import STRIPE, Actor
from app.core.errors import ProviderError, Refused
from app.core.ids import new_id
from app.core.outbox import emit
from app.payments import gateway, states
from app.payments.actions.sales import seller_account
from app.payments.actions.transfers import release_held
from app.payments.events import SellerAccountChanged
from app.payments.gateway import AccountFacts
from app.payments.models import SellerAccount

log = structlog.get_logger()
GONE = ("403", "account_invalid", "platform_account_required")


class NoAccount(Refused):
    status = 409
    message = "No Stripe account is connected yet. Connect one first; no money is lost meanwhile."


class NoCountry(Refused):
    message = "Choose the country where your business is registered. Nothing was created; it cannot be changed later."


class NoDashboard(Refused):
    status = 409
    message = "Stripe offers its dashboard once the set-up is complete. Finish the set-up first; nothing was changed."


def ensure_account(actor: Actor, *, country: str = "US", email: str = "") -> str:
    """The open workspace's Stripe account id; it is made when there is none, or the last one was disconnected.

    Two clicks at once use the same key, so Stripe makes one account and both get it (T57).
    """
    workspace_id, account = db.current_workspace(), seller_account()
    if account and account.stripe_account_id and account.state != "deauthorised":
        return account.stripe_account_id
    before = account.stripe_account_id if account else None
    stripe_id = gateway.current().create_account(
        workspace_id, country, email, key=f"account:{workspace_id}:{before or 'first'}:{country}"
    )
    _keep(actor, stripe_id, country)
    return stripe_id


def _keep(actor: Actor, stripe_id: str, country: str) -> None:
    values = {"stripe_account_id": stripe_id, "state": "pending", "country": country}
    row = {"workspace_id": db.current_workspace(), "id": new_id(), "created_at": db.now(), "requirements": {}}
    flags = dict.fromkeys(("charges_enabled", "payouts_enabled", "transfers_active", "details_submitted"), False)
    db.session().execute(
        insert(SellerAccount)
        .values(**row, **values, **flags)
        .on_conflict_do_update(
            index_elements=["workspace_id"],
            set_={**values, **flags},
            where=SellerAccount.stripe_account_id.is_distinct_from(stripe_id),
        )
    )
    account = db.session().scalars(select(SellerAccount).execution_options(populate_existing=True)).one()
    audit.record(actor, "payments.connect_account", account, stripe_account_id=stripe_id)


def onboarding_url(actor: Actor, workspace_slug: str, *, country: str = "", email: str = "") -> str:
    """A link into Stripe's set-up pages: made per click, used once, never kept (STRIPE.md §2).

    `country` is for an account that is still to be made. Raises NoCountry when it is missing then.
    """
    known = seller_account()
    if not country and (known is None or not known.stripe_account_id or known.state == "deauthorised"):
        raise NoCountry(field="country")
    account_id = ensure_account(actor, country=country, email=email)
    place = f"{settings.current().app_url}/w/{workspace_slug}/payouts"
    return gateway.current().onboarding_url(account_id, f"{place}/refresh", f"{place}/return")


def dashboard_url(actor: Actor) -> str:
    """A link into the seller's own Stripe dashboard. Raises NoAccount, NoDashboard."""
    account = seller_account()
    if account is None or account.stripe_account_id is None:
        raise NoAccount
    if not account.details_submitted:
        raise NoDashboard
    try:
        url = gateway.current().dashboard_url(account.stripe_account_id)
    except ProviderError as error:
        if error.permanent:
            raise NoDashboard from error
        raise
    audit.record(actor, "payments.open_dashboard", account)
    return url


def refresh_account(workspace_id: UUID) -> str | None:
    """Read the workspace's account at Stripe again and act on it. Returns the state, None without an account."""
    with db.workspace(workspace_id):
        known = seller_account()
        stripe_id = known.stripe_account_id if known else None
    if stripe_id is None:
        return None
    try:
        facts = gateway.current().account(stripe_id)
    except ProviderError as error:
        if error.remote_code not in GONE:
            raise
        return disconnect(workspace_id, stripe_id)
    with db.workspace(workspace_id):
        return _apply(facts)


def refresh_by_stripe_id(stripe_id: str) -> str | None:
    """The same for the workspace that owns a Stripe account; None for accounts that are not ours."""
    workspace_id = owner_of(stripe_id)
    return refresh_account(workspace_id) if workspace_id else None


def owner_of(stripe_id: str) -> UUID | None:
    """Whose account it is: the account decides the tenant, never an event's metadata (T49)."""
    with db.system("owner of account") as session:
        return session.scalars(
            select(SellerAccount.workspace_id).where(SellerAccount.stripe_account_id == stripe_id)
        ).one_or_none()


def _apply(facts: AccountFacts) -> str:
    account = (
        db.session()
        .scalars(
            select(SellerAccount)
            .where(SellerAccount.stripe_account_id == facts.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .one()
    )
    previous, could = account.state, states.can_be_paid(account)
    account.details_submitted, account.charges_enabled = facts.details_submitted, facts.charges_enabled
    account.payouts_enabled, account.transfers_active = facts.payouts_enabled, facts.transfers_active
    account.requirements, account.refreshed_at = dict(facts.requirements), db.now()
    account.country = facts.country or account.country
    account.state = states.state_of(facts)
    db.session().flush()
    _announce(account, previous)
    if states.can_be_paid(account) and not could:
        log.info("payments.released", workspace_id=str(account.workspace_id), transfers=release_held())
    return account.state


def disconnect(workspace_id: UUID, stripe_id: str) -> str:
    """The seller took their account away from the platform: nothing can be sent there any more."""
    with db.workspace(workspace_id):
        account = db.session().scalars(select(SellerAccount).with_for_update()).one()
        if account.stripe_account_id != stripe_id:
            return account.state
        previous = account.state
        account.state, account.transfers_active, account.payouts_enabled = "deauthorised", False, False
        account.charges_enabled, account.refreshed_at = False, db.now()
        db.session().flush()
        _announce(account, previous)
        return account.state


def _announce(account: SellerAccount, previous: str) -> None:
    if account.state != previous:
        audit.record(STRIPE, "payments.account_changed", account, state=account.state, previous=previous)
        emit(SellerAccountChanged(workspace_id=account.workspace_id, state=account.state))
