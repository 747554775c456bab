"""Licences are switched on for a product that was sold before: its buyers are counted, told of, and given their keys once."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.core import db, mail
from app.core.errors import Refused
from app.licences import actions
from app.licences.actions import VariantTerms, giving
from app.licences.models import LicenceOffer, LicenceStock
from app.orders import actions as orders
from app.orders.models import Order
from tests.asked import statements
from tests.licences.conftest import ALICE, Pages, actions_of
from tests.licences.test_selling import mails, written


def given(pages: Pages) -> list[mail.Mail]:
    return mails("licence_ready")


def left() -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).select_from(LicenceStock)) or 0


def test_past_buyers_are_counted_shown_and_given_their_keys(pages: Pages) -> None:
    """Three people, four purchases, six units: nothing happens until somebody presses, and then once."""
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    first = counter.buy(2, email="ann@reader.test")
    others = [counter.buy(email=f"{name}@reader.test") for name in ("bo", "cy")]
    again = counter.buy(2, email="Ann@reader.test")
    counter.terms()
    assert counter.all() == []
    assert "3 buyers have no key yet" in alice.get(pages.list).get_data(as_text=True)
    page = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "Give 6 keys to 3 buyers" in page and "a••••@reader.test" in page and "ann@reader.test" not in page
    assert alice.post(f"{pages.list}/past-buyers/keys").status_code == 303
    assert counter.all() == [], "the press alone gives nothing, the job does"
    counter.jobs()
    assert [len(counter.licences(one)) for one in (first, *others, again)] == [2, 1, 1, 2]
    assert counter.ask("validate", counter.key(others[0])).get_json()["valid"] is True
    assert sorted(one.to for one in given(pages)) == sorted(one.buyer_email for one in (first, *others, again))
    text, html = written(counter, given(pages)[0])
    assert all(one.key in text and one.key in html for one in counter.licences(first)), "both keys in one mail"
    library = pages.text(counter.world.fay, f"/library/{counter.grant(first)}")
    assert counter.key(first) in library
    done = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "Every buyer has a key" in done and "every 2s" not in done
    assert "no key yet" not in alice.get(pages.list).get_data(as_text=True)
    refused = alice.post(f"{pages.list}/past-buyers/keys")
    assert refused.status_code == 409 and "Nothing was given twice" in refused.get_data(as_text=True)
    counter.jobs()
    assert len(counter.all()) == 6 and len(given(pages)) == 4
    assert actions_of(counter)[-1] == "licences.give_past"


def test_it_is_watched_while_it_runs_and_pressing_again_changes_nothing(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    monkeypatch.setattr(giving, "AT_A_TIME", 2)
    for name in "abcde":
        counter.buy(email=f"{name}@reader.test")
    counter.terms()
    assert counter.give_past() == 5
    counter.run_jobs(only="licences.give_past", limit=1)
    page = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "2 of 5" in page and "every 2s" in page and len(counter.all()) == 2
    assert "Watch it" in alice.get(pages.list).get_data(as_text=True)
    part = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#past-buyers"}
    block = alice.get(f"{pages.list}/past-buyers", headers=part).get_data(as_text=True)
    assert block.lstrip().startswith('<div id="past-buyers"') and "2 of 5" in block
    assert alice.post(f"{pages.list}/past-buyers/keys").status_code == 409
    assert counter.run_jobs(only="licences.give_past") == ["licences.give_past"] * 3
    assert len({one.digest for one in counter.all()}) == 5


def test_a_large_purchase_is_a_batch_of_its_own(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys bound what one transaction takes on, not purchases alone."""
    counter = pages.counter
    monkeypatch.setattr(giving, "KEYS_AT_A_TIME", 3)
    for count in (4, 1, 1):
        counter.buy(count)
    counter.terms()
    counter.give_past()
    seen = []
    while counter.run_jobs(only="licences.give_past", limit=1):
        seen.append(len(counter.all()))
    assert seen == [4, 6, 6]


def test_units_that_went_back_get_none_and_go_on_counting(pages: Pages) -> None:
    """Three units, one refunded before there were keys: two keys; a later refund closes one of them and not two."""
    counter = pages.counter
    part, whole = counter.buy(3, email="part@reader.test"), counter.buy(email="whole@reader.test")
    counter.refund(part, 1, 2000)
    counter.refund(whole, 1, 2000)
    counter.terms(source="listed")
    counter.stock("K-1", "K-2", "K-3")
    page = pages.text(counter.world.alice, f"{pages.list}/past-buyers")
    assert "Give 2 keys to 1 buyer" in page
    counter.give_past()
    counter.jobs()
    assert counter.states(part) == ["active", "active", "revoked"] and counter.licences(whole) == [] and left() == 1
    counter.refund(part, 1, 2000)
    assert counter.states(part) == ["active", "revoked", "revoked"]
    counter.undo_refund(part)
    assert counter.states(part) == ["active", "active", "revoked"]
    assert [one.to for one in given(pages)] == ["part@reader.test"]


def test_a_refund_that_fails_brings_the_key_it_held_back(pages: Pages) -> None:
    """A unit whose refund is still on its way takes no key; when it fails, its buyer gets one."""
    counter = pages.counter
    order = counter.buy(2)
    counter.refund(order, 1, 2000)
    counter.terms()
    counter.give_past()
    counter.jobs()
    assert counter.states(order) == ["active", "revoked"]
    counter.undo_refund(order)
    counter.run_jobs()
    assert counter.states(order) == ["active", "active"] and all(one.key for one in counter.licences(order))


def test_who_disputes_or_was_closed_out_is_left_out(pages: Pages) -> None:
    counter = pages.counter
    disputed, good = counter.buy(email="d@reader.test"), counter.buy(email="g@reader.test")
    with db.workspace(counter.world.north.id):
        orders.dispute_moved(db.get(Order, disputed.id), "needs_response", "")
    counter.terms()
    assert counter.give_past() == 1
    counter.jobs()
    assert counter.licences(disputed) == [] and counter.states(good) == ["active"]
    with db.workspace(counter.world.north.id):
        orders.dispute_moved(db.get(Order, disputed.id), "won", "needs_response")
    assert "1 buyer has no key yet" in pages.text(counter.world.alice, pages.list)


def test_a_short_list_says_so_beforehand_and_owes_the_rest(pages: Pages) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    placed = [counter.buy(email=f"{name}@reader.test") for name in "abcd"]
    counter.terms(source="listed")
    counter.stock("OWN-1")
    page = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "3 keys are missing on your list" in page and "It holds 1." in page
    alice.post(f"{pages.list}/past-buyers/keys")
    counter.jobs()
    assert [counter.states(one) for one in placed] == [["active"], ["owed"], ["owed"], ["owed"]]
    assert [one.to for one in given(pages)] == ["a@reader.test"], "who waits is written to when the key is there"
    after = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "Given as far as your list went" in after and "3 keys are owed" in after
    newer = counter.buy(email="new@reader.test")
    counter.stock("OWN-2", "OWN-3", "OWN-4")
    assert [counter.states(one)[0] for one in (*placed, newer)] == ["active"] * 4 + ["owed"], "first come, first served"
    assert [counter.key(one) for one in placed] == ["OWN-1", "OWN-2", "OWN-3", "OWN-4"]


def test_a_variant_without_licences_lacks_nothing(pages: Pages) -> None:
    counter = pages.counter
    variant = counter.world.variant(counter.product)
    counter.buy()
    counter.terms(variants={variant.id: VariantTerms(False, None, None)})
    assert "no key yet" not in pages.text(counter.world.alice, pages.list)
    assert "Nobody is without a key" in pages.text(counter.world.alice, f"{pages.list}/past-buyers")
    with pytest.raises(giving.NobodyLacks):
        counter.give_past()
    counter.terms(variants={variant.id: VariantTerms(True, 1, 30)})
    assert counter.give_past() == 1
    counter.jobs()
    held = counter.all()[0]
    assert held.activation_limit == 1 and held.expires_at is not None and held.issued_at is not None
    assert (held.expires_at - held.issued_at).days == 30, "the days count from the key, not from the purchase"


def test_switching_off_stops_it_and_refuses_it(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = pages.counter
    monkeypatch.setattr(giving, "AT_A_TIME", 1)
    for name in "abc":
        counter.buy(email=f"{name}@reader.test")
    counter.terms()
    counter.give_past()
    counter.run_jobs(only="licences.give_past", limit=1)
    with db.workspace(counter.world.north.id):
        actions.switch_off(ALICE, counter.product)
    counter.jobs()
    assert len(counter.all()) == 1 and not offer(pages).giving
    with pytest.raises(giving.SwitchedOff):
        counter.give_past()
    assert "switched off" in pages.text(counter.world.alice, f"{pages.list}/past-buyers")
    counter.terms()
    assert counter.give_past() == 2


def offer(pages: Pages) -> LicenceOffer:
    with db.workspace(pages.counter.world.north.id) as session:
        return session.scalars(select(LicenceOffer).execution_options(populate_existing=True)).one()


def test_what_got_stuck_is_taken_up_again(pages: Pages) -> None:
    """A job that was lost is asked for again after ten minutes, by the round that looks everywhere."""
    counter = pages.counter
    counter.buy()
    counter.terms()
    with db.workspace(counter.world.north.id) as session:
        row = session.scalars(select(LicenceOffer)).one()
        row.giving_since, row.giving_count = db.now() - timedelta(minutes=9), 1
    look(pages)
    assert counter.all() == []
    with db.workspace(counter.world.north.id) as session:
        session.scalars(select(LicenceOffer)).one().giving_since = db.now() - timedelta(minutes=11)
    look(pages)
    assert len(counter.all()) == 1 and not offer(pages).giving


def look(pages: Pages) -> None:
    with db.system("test world"):
        actions.look_everywhere()
    pages.counter.jobs()


def test_viewers_watch_and_strangers_find_nothing(pages: Pages) -> None:
    counter = pages.counter
    counter.buy()
    counter.terms()
    vera, charlie = pages.browser(counter.world.vera), pages.browser(counter.world.charlie)
    page = vera.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    assert "buyer has no key yet" in page and "Give 1 key" not in page
    assert vera.post(f"{pages.list}/past-buyers/keys").status_code == 403
    assert charlie.get(f"{pages.list}/past-buyers").status_code == 404
    assert charlie.post(f"{pages.list}/past-buyers/keys").status_code == 404
    counter.jobs()
    assert counter.all() == [] and not offer(pages).giving
    other = counter.world.product(counter.shop, "Plain pack")
    alice = pages.browser(counter.world.alice)
    for method in (alice.get, alice.post):
        path = f"{pages.base}/products/{other.id}/licences/past-buyers"
        assert method(path if method == alice.get else f"{path}/keys").status_code == 404


def test_more_buyers_ask_no_more_of_the_database(pages: Pages) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    counter.terms()
    with db.workspace(counter.world.north.id):
        actions.switch_off(ALICE, counter.product)
    seen: dict[str, list[int]] = {pages.list: [], f"{pages.list}/past-buyers": []}
    for round_ in range(2):
        for name in "abc":
            counter.buy(email=f"{name}{round_}@reader.test")
        counter.terms()
        for path, counts in seen.items():
            alice.get(path)
            with statements() as asked:
                alice.get(path)
            counts.append(len(asked))
        with db.workspace(counter.world.north.id):
            actions.switch_off(ALICE, counter.product)
    assert all(first == second for first, second in seen.values()), seen


def test_the_form_itself_shows_what_the_job_will_do(pages: Pages) -> None:
    """The number on the button is the number of keys that go out."""
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    for count, name in ((1, "a"), (2, "b"), (5, "c")):
        counter.buy(count, email=f"{name}@reader.test")
    counter.terms()
    page = alice.get(f"{pages.list}/past-buyers").get_data(as_text=True)
    shown = re.search(r"Give (\d+) keys to (\d+) buyers", page)
    assert shown is not None
    alice.post(f"{pages.list}/past-buyers/keys")
    counter.jobs()
    assert (len(counter.all()), len({one.buyer_email for one in counter.all()})) == tuple(map(int, shown.groups()))


def test_a_refusal_leaves_nothing_behind(pages: Pages) -> None:
    counter = pages.counter
    counter.terms()
    with pytest.raises(Refused):
        counter.give_past()
    assert offer(pages).giving_since is None and counter.run_jobs(only="licences.give_past") == []
