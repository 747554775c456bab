"""Purchases made as a guest follow the person who proves the address."""

from typing import Any

from sqlalchemy import select

from app.core import db
from app.core.ids import new_id
from app.orders.models import OrderGroup


def group(email: str) -> OrderGroup:
    with db.system("test world"):
        return db.add(
            OrderGroup(code=f"G{new_id().hex[-8:]}", buyer_id=new_id(), email=email, currency="USD", total_minor=100)
        )


def buyer_of(row: OrderGroup) -> Any:
    with db.system("read in a test") as session:
        return session.scalars(select(OrderGroup.buyer_id).where(OrderGroup.id == row.id)).one()


def test_signing_in_claims_what_the_address_bought(browser: Any, world: Any, mails: Any) -> None:
    mine, other = group(world.fay.email.upper()), group("somebody@example.com")
    browser.post("/sign-in/code", email=world.fay.email)
    assert buyer_of(mine) == mine.buyer_id, "asking for a code proves nothing"
    browser.post("/sign-in/code/check", code=mails(world.fay.email)[-1].context["code"])
    assert buyer_of(mine) == world.fay.id and buyer_of(other) == other.buyer_id
