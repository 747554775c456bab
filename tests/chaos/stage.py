"""A marketplace with real commits and a sandbox: what the tests of this folder play on."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from app.catalogue.models import Product
from app.core import db
from app.core.actor import Actor
from app.core.outbox import OutboxJob
from app.orders.models import Order
from app.payments import actions as payments
from app.payments.models import Payment
from tests.orders.selling import payment as payment_of
from tests.orders.selling import place
from tests.payments.conftest import AT_ONCE
from tests.sandbox.conftest import Sandbox
from tests.world import World


class Stage:
    """One seller with an account that may be paid, one product, one buyer."""

    def __init__(self, world: World, sandbox: Sandbox, run_jobs: Callable[..., list[str]]) -> None:
        self.world, self.sandbox, self.run_jobs = world, sandbox, run_jobs
        self.actor = Actor("person", "Alice", world.alice.id)
        sandbox.post("reset")
        sandbox.http.delete(f"{sandbox.url}/_sandbox/faults", timeout=20)
        self.product: Product = world.product(world.shop(world.north), "Print", ships=False, price=100_00)
        with db.workspace(world.north.id):
            self.account = payments.ensure_account(self.actor)
        sandbox.post(f"accounts/{self.account}", state="enabled")
        payments.refresh_account(world.north.id)

    @property
    def settings(self) -> dict[str, str]:
        """What a process needs in its environment to talk to this sandbox."""
        config = self.sandbox.config
        return {
            "STRIPE_API_BASE": config.base_url,
            "SANDBOX_URL": config.base_url,
            "SMTP_URL": f"smtp://127.0.0.1:{config.smtp_port}",
        }

    def placed(self) -> UUID:
        """An order group that waits for its payment page."""
        return place(self.world, self.world.fay.id, (self.product, 1))

    def opened(self) -> UUID:
        group = self.placed()
        self.run_jobs(only="payments.open_checkout")
        return group

    def pay(self, group: UUID, card: str = AT_ONCE) -> None:
        """The buyer pays on the provider's page; we are not told."""
        url = f"{self.sandbox.url}/_sandbox/checkout/{self.payment(group).session_id}/pay"
        answer = self.sandbox.http.post(url, json={"card": card, "email": "fay@guildhall.test"}, timeout=20)
        assert answer.ok, answer.text

    def settled(self) -> UUID:
        """Paid, and we know; the transfer is promised and not sent."""
        group = self.opened()
        self.pay(group)
        payments.settle(self.payment(group).id)
        self.run_jobs(only="orders.")
        return group

    def payment(self, group: UUID) -> Payment:
        with db.system("test world") as session:
            session.expire_all()
            return payment_of(group)

    def order(self, group: UUID) -> Order:
        with db.workspace(self.world.north.id) as session:
            return session.scalars(select(Order).where(Order.group_id == group)).one()

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.effects(kind)

    def mails(self, address: str) -> list[dict[str, Any]]:
        url = f"{self.sandbox.url}/_sandbox/mails"
        return list(self.sandbox.http.get(url, params={"to": address}, timeout=20).json())

    # --- jobs
    def waiting(self, name: str) -> UUID:
        """The newest job of that name that is still to be done."""
        with db.system("jobs") as session:
            wanted = select(OutboxJob.id).where(
                OutboxJob.name == name, OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None)
            )
            return session.scalars(wanted.order_by(OutboxJob.id.desc())).first()  # type: ignore[return-value]

    def time_passes(self) -> None:
        """Leases run out and waiting jobs are due, as after minutes."""
        with db.system("jobs") as session:
            session.execute(
                update(OutboxJob)
                .where(OutboxJob.done_at.is_(None), OutboxJob.dead_at.is_(None))
                .values(lease_until=None, due_at=func.now())
            )

    def job(self, job_id: UUID) -> OutboxJob:
        with db.system("jobs") as session:
            return session.scalars(select(OutboxJob).where(OutboxJob.id == job_id)).one()
