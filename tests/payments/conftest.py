"""A market in the sandbox: sellers with real test accounts, a cart paid through its own checkout, events fed to our own door."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
import stripe
from sqlalchemy import func, select

from app.core import db, outbox
from app.core.http import breaker
from app.core.ids import new_id
from app.core.money import Money
from app.payments import actions, invariants
from app.payments.events import PaymentPaid
from app.payments.gateways import stripe as stripe_gateway
from app.payments.models import (
    Dispute,
    LedgerEntry,
    Payment,
    PaymentPart,
    Payout,
    Refund,
    SellerAccount,
    Transfer,
    TransferReversal,
)
from tests.sandbox.conftest import Sandbox

SECRETS = {"stripe": "whsec_account", "stripe-connect": "whsec_connect"}
AT_ONCE = "4000000000000077"
"""A test card whose money is available to the platform at once."""


def book_every_sale(event: PaymentPaid) -> None:
    """What orders does for each order when its payment arrives; here the orders are only ids."""
    with db.system("test world") as session:
        parts = session.execute(
            select(PaymentPart.workspace_id, PaymentPart.order_id).where(PaymentPart.payment_id == event.payment_id)
        ).all()
    for workspace_id, order_id in parts:
        with db.workspace(workspace_id):
            actions.book_sale(order_id)


@dataclass
class Seller:
    """A workspace with its Stripe account."""

    workspace_id: UUID
    account_id: str


@dataclass
class Cart:
    """A started payment: one order id and amount per seller."""

    payment_id: UUID
    reference_id: UUID
    orders: dict[UUID, UUID] = field(default_factory=dict)

    def order_of(self, seller: Seller) -> UUID:
        return self.orders[seller.workspace_id]


class Market:
    """Doors for tests: everything goes through actions, jobs, our webhook routes, and the sandbox's own pages."""

    def __init__(
        self, world: Any, sandbox: Sandbox, client: Any, run_jobs: Callable[..., list[str]], patch: Any
    ) -> None:
        self.patch = patch
        self.world, self.sandbox, self.client, self.run = world, sandbox, client, run_jobs
        self.fed: set[str] = set()
        self.watched: list[str] | None = None

    # --- sellers and carts
    def seller(self, workspace: Any = None, state: str = "enabled") -> Seller:
        workspace = workspace or self.world.north
        with db.workspace(workspace.id):
            account_id = actions.ensure_account(self.world.actor)
        if state != "new":
            self.sandbox.post(f"accounts/{account_id}", state=state)
        actions.refresh_account(workspace.id)
        return Seller(workspace.id, account_id)

    def start(
        self, shares: Sequence[tuple[Seller, int, int]], currency: str = "USD", email: str = "fay@guildhall.test"
    ) -> Cart:
        """`shares` are (seller, amount, fee) in minor units."""
        reference, orders = new_id(), {seller.workspace_id: new_id() for seller, _, _ in shares}
        with db.buyer(self.world.fay.id):
            payment = actions.start(
                self.world.fay.id,
                reference,
                email,
                currency,
                [
                    actions.PartRequest(
                        seller.workspace_id, orders[seller.workspace_id], Money(amount, currency), Money(fee, currency)
                    )
                    for seller, amount, fee in shares
                ],
                [
                    {"name": f"Item {i}", "amount_minor": amount, "quantity": 1}
                    for i, (_, amount, _) in enumerate(shares)
                ],
                db.now() + timedelta(minutes=10),
            )
        return Cart(payment.id, reference, orders)

    def opened(self, *shares: tuple[Seller, int, int], currency: str = "USD") -> Cart:
        cart = self.start(shares, currency)
        self.run(only="payments.")
        assert self.payment(cart).state == "open"
        return cart

    def pay(self, cart: Cart, card: str = AT_ONCE, **body: Any) -> requests.Response:
        url = f"{self.sandbox.url}/_sandbox/checkout/{self.payment(cart).session_id}/pay"
        return self.sandbox.http.post(url, json={"card": card, "email": "fay@guildhall.test", **body}, timeout=20)

    def paid(self, *shares: tuple[Seller, int, int], currency: str = "USD", card: str = AT_ONCE) -> Cart:
        """Paid, settled, booked, and every transfer sent."""
        cart = self.opened(*shares, currency=currency)
        assert self.pay(cart, card).ok
        actions.settle(cart.payment_id)
        self.run()
        assert self.payment(cart).state == "paid"
        return cart

    # --- events
    def events(self, account: str | None = None, kinds: Sequence[str] = ()) -> list[dict[str, Any]]:
        """The sandbox's events, oldest first, as their JSON bodies."""
        options: Any = {"stripe_account": account} if account else {}
        listed = self.sandbox.client.v1.events.list({"limit": 100}, options).auto_paging_iter()
        found = [event.to_dict(for_json=True) for event in listed][::-1]
        return [event for event in found if not kinds or event["type"] in kinds]

    def deliver(self, event: dict[str, Any], secret: str = "", source: str = "") -> int:
        """One event to our own webhook door, signed as Stripe signs. Returns the status."""
        source = source or ("stripe-connect" if event.get("account") else "stripe")
        body = json.dumps(event)
        header = stripe.WebhookSignature.generate_signature_header(body, secret or SECRETS[source])
        answer = self.client.post(
            f"/webhooks/{source}", data=body, headers={"Stripe-Signature": header}, content_type="application/json"
        )
        return int(answer.status_code)

    def deliver_new(self, *kinds: str) -> list[str]:
        """Deliver every event that was not delivered before, then run all jobs. Returns the types."""
        sent = []
        for account in [None, *self._accounts()]:
            for event in self.events(account, kinds):
                if event["id"] not in self.fed:
                    self.fed.add(event["id"])
                    assert self.deliver({**event, "account": account} if account else event) == 200
                    sent.append(event["type"])
        self.run()
        return sent

    def _accounts(self) -> list[str]:
        if self.watched is not None:
            return self.watched
        with db.system("test world") as session:
            return [one for one in session.scalars(select(SellerAccount.stripe_account_id)) if one]

    # --- reads
    def payment(self, cart: Cart) -> Payment:
        with db.system("test world") as session:
            return session.scalars(
                select(Payment).where(Payment.id == cart.payment_id).execution_options(populate_existing=True)
            ).one()

    def part(self, cart: Cart, seller: Seller) -> PaymentPart:
        return self.rows(PaymentPart, seller, PaymentPart.order_id == cart.order_of(seller))[0]

    def rows(self, model: Any, seller: Seller, *conditions: Any) -> list[Any]:
        with db.workspace(seller.workspace_id) as session:
            return list(
                session.scalars(
                    select(model).where(*conditions).order_by(model.id).execution_options(populate_existing=True)
                )
            )

    def transfers(self, seller: Seller) -> list[Transfer]:
        return self.rows(Transfer, seller)

    def reversals(self, seller: Seller) -> list[TransferReversal]:
        return self.rows(TransferReversal, seller)

    def refunds(self, seller: Seller) -> list[Refund]:
        return self.rows(Refund, seller)

    def disputes(self, seller: Seller) -> list[Dispute]:
        return self.rows(Dispute, seller)

    def payouts(self, seller: Seller) -> list[Payout]:
        return self.rows(Payout, seller)

    def balance(self, seller: Seller | UUID, account: str) -> int:
        """The ledger balance of an account of a seller's (or the platform's) books, in minor units."""
        workspace_id = seller.workspace_id if isinstance(seller, Seller) else seller
        with db.workspace(workspace_id) as session:
            found = session.scalar(select(func.sum(LedgerEntry.amount_minor)).where(LedgerEntry.account == account))
            return int(found or 0)

    def stripe_balance(self, seller: Seller) -> int:
        """What the sandbox says is in the seller's balance."""
        found = self.sandbox.client.v1.balance.retrieve(options={"stripe_account": seller.account_id})
        return sum(bucket.amount for bucket in [*found.available, *found.pending])

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return self.sandbox.effects(kind)

    def lose_answers(self, path: str, method: str = "POST") -> None:
        """The next answer on `path` is lost after the effect, and the library does not ask again by itself."""
        self.patch.setattr(stripe_gateway, "RETRIES", 0)
        self.fault(kind="drop_answer", path=path, method=method)

    def fault(self, **fault: Any) -> None:
        self.sandbox.post("faults", **fault)

    def refund(self, cart: Cart, seller: Seller, amount: int, *, fee: int | None = None) -> Refund:
        """Promise a refund as orders does; the jobs are the caller's to run."""
        currency = self.payment(cart).currency
        with db.workspace(seller.workspace_id):
            return actions.promise_refund(
                self.world.actor,
                cart.order_of(seller),
                Money(amount, currency),
                fee=Money(fee, currency) if fee is not None else None,
                lines=[],
                reason="requested_by_customer",
            )

    def charge_id(self, cart: Cart) -> str:
        return str(self.payment(cart).charge_id)

    def retry_due(self) -> None:
        """Let every waiting job be due now, as time passing would."""
        with db.system("test world") as session:
            session.execute(
                outbox.OutboxJob.__table__.update()
                .where(outbox.OutboxJob.done_at.is_(None), outbox.OutboxJob.dead_at.is_(None))
                .values(due_at=func.now())
            )
        self.run()


@pytest.fixture
def market(
    app: Any, world: Any, stripe_sandbox: Sandbox, client: Any, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Market]:
    """An empty sandbox and a fresh cast; afterwards every rule of the money must hold."""
    from app.core.actor import Actor

    stripe_sandbox.post("reset")
    stripe_sandbox.http.delete(f"{stripe_sandbox.url}/_sandbox/faults", timeout=20)
    breaker("stripe").success()
    listening = {name: list(found) for name, found in outbox._handlers.items()}
    outbox._handlers.clear()
    outbox.listen(PaymentPaid, book_every_sale)
    world.actor = Actor("person", "Alice", world.alice.id)
    yield Market(world, stripe_sandbox, client, run_jobs, monkeypatch)
    outbox._handlers.clear()
    outbox._handlers.update(listening)
    broken = [one for one in invariants.violations() if one.rule not in ("flagged_payments",)]
    assert broken == []
