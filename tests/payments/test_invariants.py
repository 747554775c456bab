"""R31: each rule of the money fires for its own corruption, and for no other."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.core.ids import new_id
from app.payments import invariants
from app.payments.models import LedgerEntry, LedgerTransaction, PaymentPart

from .conftest import Cart, Market, Seller

Break = Callable[[Market, Cart, Seller], Any]


def run(statement: str, **values: Any) -> None:
    with db.system("test world") as session:
        session.execute(text(statement), values)
        session.expire_all()


def one_sided(market: Market, cart: Cart, seller: Seller) -> None:
    with db.workspace(seller.workspace_id):
        booking = db.add(LedgerTransaction(kind="test", key="broken"))
        db.add(LedgerEntry(transaction_id=booking.id, account="sales", currency="USD", amount_minor=5))


def another_part(market: Market, cart: Cart, seller: Seller) -> None:
    with db.workspace(market.world.other.id):
        db.add(PaymentPart(payment_id=cart.payment_id, order_id=new_id(), currency="USD", amount_minor=1, fee_minor=0))


def other_side_missing(market: Market, cart: Cart, seller: Seller) -> None:
    with db.workspace(seller.workspace_id):
        booking = db.add(LedgerTransaction(kind="test", key="unmirrored"))
        for account, minor in (("clearing", 5), ("sales", -5)):
            db.add(LedgerEntry(transaction_id=booking.id, account=account, currency="USD", amount_minor=minor))


CORRUPTIONS: dict[str, Break] = {
    "ledger_balances": one_sided,
    "parts_make_the_payment": another_part,
    "refunds_within_part": lambda m, c, s: run("delete from refunds"),
    "refunds_within_payment": lambda m, c, s: run("update payments set refunded_minor = refunded_minor - 1"),
    "transfers_within_part": lambda m, c, s: run("update transfers set amount_minor = amount_minor + 1000"),
    "sent_transfers_are_booked": lambda m, c, s: run(
        "update transfers set id = gen_random_uuid() where not exists (select 1 from transfer_reversals)"
    ),
    "paid_parts_are_booked": lambda m, c, s: run(
        "update payment_parts set order_id = gen_random_uuid();update payments set paid_at = now() - interval '1 hour'"
    ),
    "flagged_payments": lambda m, c, s: run("update payments set state = 'flagged'"),
    "platform_mirrors_sellers": other_side_missing,
}


@pytest.mark.parametrize("rule", invariants.RULES)
def test_r31_each_rule_fires_for_its_own_corruption(market: Market, rule: str) -> None:
    seller = market.seller()
    cart = market.paid((seller, 2000, 100))
    if rule.startswith("refunds"):
        market.refund(cart, seller, 500)
        market.run()
    assert invariants.check() == []
    with db.system("test world") as session:
        nested = session.begin_nested()
        session.execute(text("set constraints all deferred"))
        CORRUPTIONS[rule](market, cart, seller)
        assert {found.rule for found in invariants.check()} == {rule}
        assert invariants.BROKEN.labels(rule)._value.get() == 1
        nested.rollback()
    assert invariants.check() == []
