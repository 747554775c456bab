"""Any sequence of sales, refunds, disputes, payouts and account troubles leaves books that agree with Stripe's."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.core import db
from app.core.errors import Refused
from app.core.money import Money
from app.payments import invariants
from app.payments.models import PaymentPart
from app.payments.shares import Share, share_of

from .conftest import Cart, Market, Seller


class Story:
    """Two sellers and what happens to their carts; a step that Stripe or we refuse is simply not taken."""

    def __init__(self, market: Market, sellers: list[Seller]) -> None:
        self.market, self.sellers, self.carts = market, sellers, list[Cart]()

    def take(self, name: str, *values: Any) -> None:
        step: Callable[..., None] = getattr(self, name)
        step(*values)
        self.market.deliver_new()
        self.market.retry_due()
        self.check()

    def sell(self, one: int, two: int, basis_points: int) -> None:
        shares = [
            (seller, amount, self.market.world.money(amount).share(basis_points).minor)
            for seller, amount in zip(self.sellers, (one, two), strict=True)
        ]
        self.carts.append(self.market.paid(*shares))

    def refund(self, cart: int, seller: int, percent: int) -> None:
        if not self.carts:
            return
        chosen, who = self.carts[cart % len(self.carts)], self.sellers[seller]
        amount = max(1, self.market.part(chosen, who).refundable.minor * percent // 100)
        try:
            self.market.refund(chosen, who, amount)
        except Refused:
            return

    def dashboard(self, cart: int, percent: int) -> None:
        if not self.carts:
            return
        charge = self.market.charge_id(self.carts[cart % len(self.carts)])
        found = self.market.sandbox.client.v1.charges.retrieve(charge)
        amount = (found.amount - found.amount_refunded) * percent // 100
        if amount and not found.disputed:
            self.market.sandbox.client.v1.refunds.create({"charge": charge, "amount": amount})

    def bounce(self, index: int) -> None:
        found = [one.id for one in self.market.sandbox.client.v1.refunds.list().data if one.status == "succeeded"]
        if found:
            self._door(f"refunds/{found[index % len(found)]}", status="failed")

    def dispute(self, cart: int, percent: int, inquiry: bool) -> None:
        if self.carts:
            charge = self.market.charge_id(self.carts[cart % len(self.carts)])
            amount = max(1, self.market.sandbox.client.v1.charges.retrieve(charge).amount * percent // 100)
            self._door("disputes", charge=charge, amount=amount, inquiry=inquiry)

    def decide(self, outcome: str) -> None:
        for found in self.market.sandbox.client.v1.disputes.list().data[:1]:
            self._door(f"disputes/{found.id}", outcome=outcome)

    def payout(self, seller: int, fails: bool) -> None:
        made = self._door("payouts", account=self.sellers[seller].account_id)
        for one in made if isinstance(made, list) else []:
            self._door(f"payouts/{one['id']}", status="paid")
            if fails:
                self._door(f"payouts/{one['id']}", status="failed")

    def account(self, seller: int, state: str) -> None:
        self._door(f"accounts/{self.sellers[seller].account_id}", state=state)

    def _door(self, path: str, **body: Any) -> Any:
        answer = self.market.sandbox.http.post(f"{self.market.sandbox.url}/_sandbox/{path}", json=body, timeout=20)
        return answer.json() if answer.ok else None

    def check(self) -> None:
        """The rules hold, every booking sums to zero, and each seller's Stripe balance is what our ledger says."""
        assert invariants.violations() == []
        with db.system("test world") as session:
            assert session.scalar(text("select coalesce(sum(amount_minor), 0) from ledger_entries")) == 0
            over = "select count(*) from payments where refunded_minor > amount_minor"
            assert session.scalar(text(over)) == 0
        for seller in self.sellers:
            assert self.market.balance(seller, "stripe_balance") == self.market.stripe_balance(seller)
            unsent = sum(
                row.to_send.minor for row in self.market.transfers(seller) if row.state in ("held", "promised")
            )
            assert self.market.balance(seller, "clearing") == unsent


def chosen_step(chance: Random) -> tuple[Any, ...]:
    """One step with its values; refunds and disputes are likelier than the rest."""
    steps: list[Callable[[], tuple[Any, ...]]] = [
        lambda: ("sell", chance.randint(60, 9_999), chance.randint(60, 9_999), chance.randint(0, 2_000)),
        lambda: ("refund", chance.randrange(9), chance.randrange(2), chance.choice((1, 33, 50, 100))),
        lambda: ("dashboard", chance.randrange(9), chance.choice((1, 33, 100))),
        lambda: ("bounce", chance.randrange(9)),
        lambda: ("dispute", chance.randrange(9), chance.choice((10, 60, 100)), chance.random() < 0.3),
        lambda: ("decide", chance.choice(("won", "lost", "warning_closed", "escalated"))),
        lambda: ("payout", chance.randrange(2), chance.random() < 0.5),
        lambda: ("account", chance.randrange(2), chance.choice(("restricted", "enabled"))),
    ]
    return chance.choices(steps, (2, 5, 2, 2, 3, 3, 1, 1))[0]()


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_leaves_books_that_agree(market: Market, seed: int) -> None:
    chance = Random(seed)
    story = Story(market, [market.seller(), market.seller(market.world.other)])
    story.take("sell", 2_000, 3_000, 500)
    for name, *values in [chosen_step(chance) for _ in range(16)]:
        story.take(name, *values)


@given(
    st.integers(1, 10**7),
    st.integers(0, 10_000),
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(1, 100), st.booleans()), min_size=1, max_size=12),
)
def test_shares_of_a_part_never_stray_by_a_cent(
    amount: int, basis_points: int, card: int, steps: list[tuple[int, bool]]
) -> None:
    """Take shares, put some back, then take the rest: what was given back is exactly both fees, and the seller ends at zero."""
    fee = Money(amount, "USD").share(basis_points).minor
    part = PaymentPart(
        currency="USD",
        amount_minor=amount,
        fee_minor=fee,
        provider_fee_minor=card,
        refunded_minor=0,
        disputed_minor=0,
        fee_refunded_minor=0,
        provider_fee_refunded_minor=0,
    )
    taken = []
    for percent, undo in [*steps, (100, False)]:
        wanted = Money(max(1, part.refundable.minor * percent // 100), "USD")
        if wanted <= part.refundable:
            taken.append(share_of(part, wanted))
            _count(part, taken[-1], 1)
            assert min(taken[-1].net.minor, taken[-1].fee.minor, taken[-1].provider_fee.minor) >= 0
        if undo and taken:
            _count(part, taken.pop(0), -1)
    if part.refundable:
        taken.append(share_of(part, part.refundable))
        _count(part, taken[-1], 1)
    assert (part.fee_refunded_minor, part.provider_fee_refunded_minor) == (fee, part.borne_fee.minor)
    assert sum(share.net.minor for share in taken) == part.net.minor


def _count(part: PaymentPart, share: Share, sign: int) -> None:
    part.refunded_minor += sign * share.amount.minor
    part.fee_refunded_minor += sign * share.fee.minor
    part.provider_fee_refunded_minor += sign * share.provider_fee.minor
