"""Who may say what about which purchase, and that it counts exactly while it may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access import actions as access
from app.access.models import Grant
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id
from app.core.web.visitor import cookie_name
from app.orders import actions as orders
from app.orders.models import OrderEvent, OrderGroup
from app.reviews import actions
from app.reviews.models import Review
from tests.reviews.conftest import Counter, person

NONE = (0, 0, 0, 0, 0)


def test_a_buyer_reviews_what_they_bought_once(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id, count=3)
    first = counter.say(grant, 4, "Good files.\r\n\r\n\r\n\r\nReally.", who=person(fay))
    assert (first.stars, first.body, first.name, first.shown) == (4, "Good files.\n\nReally.", fay.name, True)
    assert counter.counts(counter.pack) == (0, 0, 0, 1, 0)
    second = counter.buy(counter.pack, fay.id)
    counter.say(second, 2, "Less good after a while", who=person(fay))
    assert [(one.stars, one.version, one.edited_at is not None) for one in counter.reviews()] == [(2, 2, True)]
    assert counter.counts(counter.pack) == (0, 1, 0, 0, 0)
    with db.workspace(counter.world.north.id) as session:
        told = session.scalars(select(OrderEvent.summary).where(OrderEvent.summary.like("Reviewed%"))).all()
    assert told == ["Reviewed Pack: 4 stars"]


def test_nothing_changes_when_the_same_is_said_again(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    counter.say(grant, 5, "Fine", name="Fay")
    again = counter.say(grant, 5, "Fine", name="Fay")
    assert again.version == 1 and again.edited_at is None and len(counter.reviews()) == 1


@pytest.mark.parametrize("stars", [None, 0, 6, -1])
def test_stars_are_one_to_five(counter: Counter, stars: int | None) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    with pytest.raises(Refused, match="one to five stars"):
        counter.say(grant, stars)  # type: ignore[arg-type]
    assert counter.reviews() == [] and counter.counts(counter.pack) == NONE


def test_a_thing_is_reviewed_once_its_parcel_arrived(counter: Counter) -> None:
    grant = counter.buy(counter.mug, counter.world.fay.id)
    with pytest.raises(actions.CannotReview, match="once it has arrived"):
        counter.say(grant)
    parcel = counter.ship(grant, "GB123")
    with pytest.raises(actions.CannotReview, match="once it has arrived"):
        counter.say(grant)
    assert counter.reviews() == []
    counter.deliver(grant, parcel)
    assert counter.say(grant).shown


def test_a_parcel_without_tracking_is_taken_at_its_word(counter: Counter) -> None:
    grant = counter.buy(counter.mug, counter.world.fay.id)
    counter.ship(grant)
    assert counter.say(grant).shown


def test_a_parcel_that_nobody_follows_counts_as_arrived_after_two_weeks(counter: Counter) -> None:
    grant = counter.buy(counter.mug, counter.world.fay.id, at=db.now() - timedelta(days=20))
    counter.ship(grant, "GB123", at=db.now() - timedelta(days=13))
    with pytest.raises(actions.CannotReview):
        counter.say(grant)
    with db.at(db.now() + timedelta(days=2)):
        assert counter.say(grant).shown


def test_the_team_does_not_review_what_it_sells(counter: Counter) -> None:
    for member in (counter.world.alice, counter.world.vera):
        grant = counter.buy(counter.pack, member.id, email=member.email)
        with pytest.raises(actions.CannotReview, match="team that sells this"):
            counter.say(grant, 5, who=person(member))
    assert counter.reviews() == []


def test_a_full_refund_silences_and_its_failure_brings_back(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    counter.say(grant, 1, "Never again")
    order = counter.refund(grant)
    assert [one.shown for one in counter.reviews()] == [False] and counter.counts(counter.pack) == NONE
    with pytest.raises(actions.CannotReview, match="given back"):
        counter.say(grant, 5)
    assert counter.reviews()[0].stars == 1
    counter.settle_refund(order, "failed")
    assert counter.reviews()[0].shown and counter.counts(counter.pack) == (1, 0, 0, 0, 0)


def test_a_chargeback_silences_until_it_is_won(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    counter.say(grant, 2)
    counter.dispute(grant, "needs_response")
    assert counter.counts(counter.pack) == NONE
    with pytest.raises(actions.CannotReview, match="bank"):
        counter.say(grant, 5)
    counter.dispute(grant, "won")
    assert counter.counts(counter.pack) == (0, 1, 0, 0, 0)


def test_a_seller_who_closes_a_purchase_silences_nobody(counter: Counter) -> None:
    """Else a bad review would end with the access of its author."""
    grant = counter.buy(counter.pack, counter.world.fay.id)
    counter.say(grant, 1)
    with db.workspace(counter.world.north.id):
        access.revoke([grant.source_id], "seller", "Go away")
    counter.jobs()
    assert counter.counts(counter.pack) == (1, 0, 0, 0, 0)
    assert counter.say(grant, 1, "Closed after a complaint").shown
    with db.workspace(counter.world.north.id):
        access.revoke([grant.source_id], "refund")
    counter.jobs()
    assert counter.counts(counter.pack) == NONE, "money that went back after it was closed is heard of too"
    with db.workspace(counter.world.north.id):
        access.restore([grant.source_id], "refund")
    counter.jobs()
    assert counter.counts(counter.pack) == (1, 0, 0, 0, 0)


def test_another_paid_purchase_of_the_same_carries_the_review_on(counter: Counter) -> None:
    fay = counter.world.fay.id
    first, second = counter.buy(counter.pack, fay), counter.buy(counter.pack, fay)
    counter.say(first, 3)
    counter.refund(first)
    assert [(one.grant_id, one.shown) for one in counter.reviews()] == [(second.id, True)]
    counter.refund(second)
    assert counter.counts(counter.pack) == NONE
    third = counter.buy(counter.pack, fay)
    counter.jobs()
    assert [(one.grant_id, one.shown) for one in counter.reviews()] == [(third.id, True)]


def test_two_reviews_of_guests_who_turn_out_to_be_one_person_become_one(counter: Counter) -> None:
    """The latest words stay; the same when the event is heard twice."""
    fay, guests = counter.world.fay, [new_id(), new_id()]
    grants = [counter.buy(counter.pack, guest, email=fay.email) for guest in guests]
    counter.say(grants[0], 1, "First", name="F")
    counter.say(grants[1], 4, "Second")
    assert counter.counts(counter.pack) == (1, 0, 0, 1, 0)
    with db.system("claim purchases") as session:
        assert session.scalar(select(func.count()).select_from(OrderGroup)) == 2
    assert orders.claim(fay.id, fay.email) == 2
    counter.jobs()
    assert [(one.stars, one.body) for one in counter.reviews()] == [(4, "Second")]
    assert counter.counts(counter.pack) == (0, 0, 0, 1, 0)
    with db.workspace(counter.world.north.id):
        actions.settle(grants[0].id)
    assert len(counter.reviews()) == 1
    page = counter.browser(fay).get(f"/reviews/{grants[1].id}")
    assert page.status_code == 200 and "Second" in page.text


def test_a_withdrawn_review_is_gone(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id)
    counter.say(grant, 5, "Words", who=person(fay))
    browser = counter.browser(fay)
    assert browser.post(f"/reviews/{grant.id}/removals").status_code == 303
    assert counter.reviews() == [] and counter.counts(counter.pack) == NONE
    assert browser.post(f"/reviews/{grant.id}/removals").status_code == 303
    assert counter.say(grant, 3).shown


def test_it_is_written_on_the_page_of_the_library_and_read_on_the_products(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id)
    browser = counter.browser(fay)
    page = browser.get(f"/library/{grant.id}").text
    assert "What do you think of it?" in page and f'action="/reviews/{grant.id}"' in page and 'type="radio"' in page
    sent = browser.post(f"/reviews/{grant.id}", stars="4", body="Kind\nand useful", next=f"/library/{grant.id}#review")
    assert sent.status_code == 303 and sent.headers["Location"].endswith(f"/library/{grant.id}#review")
    assert "Your review" in browser.get(f"/library/{grant.id}").text
    shown = counter.browser().get(counter.page(counter.pack)).text
    assert "Kind\nand useful" in shown and "Verified buyer" in shown and fay.name in shown and fay.email not in shown


def test_what_was_typed_stays_when_it_is_refused(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id)
    browser = counter.browser(fay)
    for typed in (
        {"body": "Kept words"},
        {"body": "Kept words", "stars": "9"},
        {"body": "Kept words" * 400, "stars": "5"},
    ):
        refused = browser.post(f"/reviews/{grant.id}", **typed)
        assert refused.status_code == 422 and "Kept words" in refused.text and "field-error" in refused.text
    assert counter.reviews() == []


def guest_of(counter: Counter, grant: Grant) -> Any:
    """A browser that opened the link of the letter."""
    with db.workspace(grant.workspace_id):
        token = orders.purchase_token(counter.order(grant).group)
    browser = counter.browser()
    opened = browser.get(f"/purchases/open/{token}?review={grant.id}")
    assert opened.status_code == 303 and opened.headers["Location"].endswith(f"/reviews/{grant.id}")
    assert browser.client.get_cookie(cookie_name("visitor")) is not None
    return browser


def test_a_guest_reviews_by_the_link_and_is_called_as_they_like(counter: Counter) -> None:
    grant = counter.buy(counter.pack, new_id(), email="guest@guildhall.test")
    browser = guest_of(counter, grant)
    assert 'name="name"' in browser.get(f"/reviews/{grant.id}").text
    refused = browser.post(f"/reviews/{grant.id}", stars="5", name="me guest@guildhall.test")
    assert refused.status_code == 422 and "leave your e-mail address out" in refused.text and counter.reviews() == []
    assert browser.post(f"/reviews/{grant.id}", stars="5").status_code == 303
    assert "A buyer" in browser.get(counter.page(counter.pack)).text
    assert browser.post(f"/reviews/{grant.id}", stars="5", name="Jo").status_code == 303
    assert counter.reviews()[0].name == "Jo"


def test_a_name_that_is_an_address_is_not_published(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    assert counter.say(grant, who=Actor("person", "fay@guildhall.test", counter.world.fay.id)).name == ""


def test_nobody_reviews_with_somebody_elses_purchase(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    for browser in (counter.browser(counter.world.bob), counter.browser(counter.world.charlie), counter.browser()):
        assert browser.get(f"/reviews/{grant.id}").status_code == 404
        assert browser.post(f"/reviews/{grant.id}", stars="1").status_code == 404
        assert browser.post(f"/reviews/{grant.id}/removals").status_code == 404
    assert counter.reviews() == []


def test_a_form_without_the_token_changes_nothing(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    browser = counter.browser(counter.world.fay)
    assert browser.client.post(f"/reviews/{grant.id}", data={"stars": "5"}).status_code in (400, 403)
    assert counter.reviews() == []


def test_an_unpaid_order_reviews_nothing(counter: Counter) -> None:
    from tests.orders.selling import place

    place(counter.world, counter.world.fay.id, (counter.pack, 1))
    with db.workspace(counter.world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Grant)) == 0
        assert session.scalar(select(func.count()).select_from(Review)) == 0


def test_the_order_page_offers_it_when_the_parcel_is_there(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.mug, fay.id)
    browser, page = counter.browser(fay), f"/purchases/{counter.order(grant).group_id}"
    assert "Write a review" not in browser.get(page).text
    counter.ship(grant)
    assert f'href="/reviews/{grant.id}"' in browser.get(page).text
    counter.say(grant, 4, who=person(fay))
    assert "Your review: 4 of 5 stars" in browser.get(page).text
