"""The house: outbox and jobs, audit chain, secrets, money, scopes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from app.core import audit, crypto, db
from app.core.actor import Actor
from app.core.money import BadAmount, Money, parse_money

ALICE = Actor("person", "Alice")


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
def test_a_split_sums_to_the_whole(minor: int, weights: list[int]) -> None:
    parts = Money(minor, "USD").split(weights)
    assert sum(part.minor for part in parts) == minor
    assert all(part.minor == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@pytest.mark.parametrize("typed", ["-1", "12.345", "abc", "NaN", "", "1e400", "1e5", "٣"])
def test_amounts_we_cannot_take_are_refused_in_words(typed: str) -> None:
    with pytest.raises(BadAmount):
        parse_money(typed, "USD")


def test_each_currency_has_its_own_exponent() -> None:
    assert parse_money("1,299.50", "USD") == Money(129950, "USD")
    assert parse_money("1300", "JPY") == Money(1300, "JPY")
    assert parse_money("1.234", "KWD") == Money(1234, "KWD")


def test_a_changed_audit_row_is_found(world, app) -> None:
    with db.workspace(world.north.id):
        entries = [audit.record(ALICE, "test.did", world.north, step=step) for step in range(3)]
        assert audit.verify() is None
        with db.session().no_autoflush:
            entries[1].data = {"step": 99}
            assert audit.verify() == 2
        db.session().expire(entries[1])


def test_audit_rows_cannot_be_changed_by_the_application(world, app) -> None:
    with pytest.raises(Exception, match=r"permission denied|append-only"), db.workspace(world.north.id) as session:
        audit.record(ALICE, "test.did", world.north)
        session.execute(text("update audit_entries set action = 'test.other'"))


def test_a_secret_moved_to_another_row_or_workspace_does_not_open(world, app) -> None:
    sealed = crypto.encrypt(world.north.id, "sk_live_1", "connections|token|1")
    assert crypto.decrypt(world.north.id, sealed, "connections|token|1") == "sk_live_1"
    for workspace, where in ((world.north.id, "connections|token|2"), (world.other.id, "connections|token|1")):
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(workspace, sealed, where)


def test_without_a_scope_there_is_no_session(app) -> None:
    with pytest.raises(RuntimeError, match="no scope"):
        db.session()


def test_a_nested_scope_sees_its_own_and_gives_the_outer_one_back(world, app) -> None:
    from app.workspaces.models import Member

    with db.workspace(world.north.id) as session:
        assert len(session.scalars(select(Member)).all()) == 4
        with db.workspace(world.other.id):
            assert len(session.scalars(select(Member)).all()) == 1
        assert len(session.scalars(select(Member)).all()) == 4
