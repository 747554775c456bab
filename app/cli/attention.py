"""What waits for a person although the application may serve; and who that person is."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from app.accounts.models import User
from app.core import db
from app.core.actor import SYSTEM
from app.core.errors import ProviderError
from app.core.inbox import InboundEvent
from app.core.outbox import OutboxJob
from app.core.permissions import Role
from app.core.settings import SettingsError
from app.inventory import queries as stock
from app.payments import actions as payments
from app.payments import queries as money
from app.workspaces import actions as workspaces

STATUS = 4
"""Exit status of `check` when the application may serve and something waits for a person."""
PATIENCE = timedelta(minutes=5)


def waiting() -> Iterator[str]:
    """One sentence for each thing, with where to look or what to set."""
    yield from _subscriptions()
    with db.system("check platform") as session:
        dead = session.scalar(select(func.count()).where(OutboxJob.dead_at.is_not(None), OutboxJob.done_at.is_(None)))
        unhandled = session.scalar(
            select(func.count()).where(
                InboundEvent.handled_at.is_(None),
                InboundEvent.error.is_not(None) | (InboundEvent.received_at < func.now() - PATIENCE),
            )
        )
    if dead:
        yield f"{dead} job{'s' if dead > 1 else ''} gave up. Retry or discard at /admin/jobs."
    if unhandled:
        yield f"{unhandled} message{'s' if unhandled > 1 else ''} of providers had no effect yet. Look at /admin/webhooks?state=failed."
    yield from _books()


def _books() -> Iterator[str]:
    broken = {one.rule for one in money.violations()}
    if broken:
        yield f"The money breaks {len(broken)} of its rules. Look at /admin/money before anything is paid out."
    for rule, rows in stock.violations().items():
        yield f"The stock of {len(rows)} variants breaks a rule ({rule}): {', '.join(rows)}. Look at their movements under Inventory."


def _subscriptions() -> Iterator[str]:
    try:
        missing = payments.missing_subscriptions()
    except ProviderError as error:
        yield f"Nobody could ask what Stripe sends here: {error}. Check STRIPE_SECRET_KEY, or try again later."
        return
    for address, events in missing.items():
        yield f"Stripe does not send to {address}: {', '.join(events)}. Add them to that endpoint in Stripe's dashboard."


def appoint(email: str) -> str:
    """Make the person with this address an owner of the platform's workspace. Returns their name. Raises SettingsError."""
    with db.system("appoint operator") as session:
        person = session.scalars(
            select(User).where(User.email == email.strip().lower(), User.email_confirmed_at.is_not(None))
        ).one_or_none()
        if person is None:
            raise SettingsError(f"Nobody has signed up as {email} and confirmed it. Sign up at /sign-up first.")
        with db.workspace(db.PLATFORM):
            workspaces.appoint(SYSTEM, person.id, Role.OWNER)
        return person.name
