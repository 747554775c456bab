"""One letter a purchase, a week after all of it arrived, to those who want it and said nothing yet."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.core import db
from app.core.ids import new_id
from app.core.mail import Mail
from app.notifications import actions as notifications
from app.reviews import actions
from app.reviews.models import ReviewReminder, ReviewSetting
from tests.orders.selling import order_of, pay, place
from tests.reviews.conftest import ALICE, Counter


def ago(**length: float) -> datetime:
    return db.now() - timedelta(**length)


def remind(counter: Counter) -> list[tuple[str, dict[str, Any]]]:
    """What the periodic job sends: (to, what the letter says), of all that were ever sent."""
    with db.system("purchases that nobody reviewed"):
        actions.remind_everywhere()
    counter.jobs()
    with db.system("test world") as session:
        rows = session.scalars(select(Mail).where(Mail.template == "review_reminder").order_by(Mail.id))
        return [(row.to, row.context) for row in rows]


def outcomes(counter: Counter) -> list[str]:
    with db.workspace(counter.world.north.id) as session:
        return list(session.scalars(select(ReviewReminder.outcome).order_by(ReviewReminder.id)))


def test_a_download_is_asked_about_after_a_week_and_never_again(counter: Counter) -> None:
    fay = counter.world.fay
    grant = counter.buy(counter.pack, fay.id, at=ago(days=6, hours=20))
    assert remind(counter) == [] == outcomes(counter)
    with db.at(db.now() + timedelta(hours=5)):
        sent = remind(counter)
    assert [(to, told["items"]) for to, told in sent] == [(fay.email, [{"title": "Pack", "grant": str(grant.id)}])]
    assert outcomes(counter) == ["sent"]
    with db.at(db.now() + timedelta(days=1)):
        assert remind(counter) == sent


def test_a_thing_is_asked_about_a_week_after_it_was_delivered(counter: Counter) -> None:
    grant = counter.buy(counter.mug, counter.world.fay.id, at=ago(days=30))
    parcel = counter.ship(grant, "GB1", at=ago(days=9))
    assert remind(counter) == [] == outcomes(counter), "it is on its way"
    counter.deliver(grant, parcel, at=ago(days=6))
    assert remind(counter) == []
    with db.at(db.now() + timedelta(days=1, minutes=1)):
        assert len(remind(counter)) == 1


def test_a_purchase_of_both_is_asked_about_once_when_all_of_it_is_there(counter: Counter) -> None:
    with db.at(ago(days=12)):
        group = place(counter.world, counter.world.fay.id, (counter.pack, 2), (counter.mug, 1))
        pay(group, counter.run_jobs)
    order = order_of(group, counter.shop)
    assert remind(counter) == []
    with db.workspace(order.workspace_id) as session:
        grant = session.scalars(select(Grant).where(Grant.order_id == order.id)).first()
    assert grant is not None
    counter.ship(grant, at=ago(days=7, hours=1))
    sent = remind(counter)
    assert len(sent) == 1 and {one["title"] for one in sent[0][1]["items"]} == {"Pack", "Mug"}


def test_what_was_reviewed_or_given_back_is_left_out(counter: Counter) -> None:
    said, refunded = (counter.buy(counter.pack, new_id(), email=f"{n}@guildhall.test", at=ago(days=8)) for n in "ab")
    counter.say(said, 4)
    counter.refund(refunded)
    assert remind(counter) == [] and outcomes(counter) == ["nothing to review"] * 2


def test_who_reviewed_it_after_an_earlier_purchase_is_not_asked(counter: Counter) -> None:
    fay = counter.world.fay.id
    first = counter.buy(counter.pack, fay, at=ago(days=40))
    counter.say(first, 4)
    counter.buy(counter.pack, fay, at=ago(days=8))
    assert remind(counter) == []


def test_what_is_due_for_long_is_let_be(counter: Counter) -> None:
    counter.buy(counter.pack, counter.world.fay.id, at=ago(days=15))
    assert remind(counter) == [] and outcomes(counter) == ["late"]


def test_a_shop_switches_it_off_and_on(counter: Counter) -> None:
    base = f"/w/{counter.world.north.slug}/reviews"
    page = counter.browser(counter.world.alice).get(base).text
    assert re.search(rf'value="{counter.shop.id}" role="switch" checked', page)
    assert counter.browser(counter.world.alice).post(f"{base}/reminders").status_code == 303
    counter.buy(counter.pack, counter.world.fay.id, at=ago(days=8))
    assert remind(counter) == [] and outcomes(counter) == ["switched off"]
    assert counter.browser(counter.world.ada).post(f"{base}/reminders", shop=str(counter.shop.id)).status_code == 303
    assert remind(counter) == [], "what was let be stays let be"
    counter.buy(counter.pack, counter.world.bob.id, email=counter.world.charlie.email, at=ago(days=8))
    counter.buy(counter.pack, new_id(), email="new@guildhall.test", at=ago(days=8))
    assert [to for to, _ in remind(counter)] == ["new@guildhall.test"], "the team is not asked about its own shop"


@pytest.mark.parametrize("role", ["bob", "vera", "charlie", "fay"])
def test_who_may_not_switch_it_changes_nothing(counter: Counter, role: str) -> None:
    sent = counter.browser(getattr(counter.world, role)).post(f"/w/{counter.world.north.slug}/reviews/reminders")
    assert sent.status_code == (403 if role in ("bob", "vera") else 404)
    with db.workspace(counter.world.north.id) as session:
        assert session.scalars(select(ReviewSetting)).all() == []


def test_preferences_are_heard(counter: Counter) -> None:
    fay = counter.world.fay
    counter.browser(fay).get("/inbox")
    with db.buyer(fay.id):
        from app.notifications.actions.choosing import set_mail

        set_mail(fay.id, {"reviews.reminder": "never"})
    counter.buy(counter.pack, fay.id, at=ago(days=8))
    assert remind(counter) == [] and outcomes(counter) == ["not wanted"]


def test_one_click_ends_them_for_this_shop(counter: Counter) -> None:
    guest = new_id()
    counter.buy(counter.pack, guest, email="Guest@guildhall.test", at=ago(days=8))
    (_, told), browser = remind(counter)[0], counter.browser()
    with db.system("test world") as session:
        headers = session.scalars(select(Mail.headers).where(Mail.template == "review_reminder")).one()
    path = f"/unsubscribe/reviews/{told['out']}"
    assert headers["List-Unsubscribe"] == f"<http://localhost{path}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Stop reminders" in browser.get(path).text
    pressed = browser.client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200 and pressed.mimetype == "text/plain"
    counter.buy(counter.pack, new_id(), email="guest@guildhall.test", at=ago(days=8))
    assert len(remind(counter)) == 1 and outcomes(counter)[-1] == "not wanted"
    assert "No more reminders" in browser.get(path).text
    browser.client.post(path, data={"again": "y"})
    counter.buy(counter.pack, new_id(), email="guest@guildhall.test", at=ago(days=8))
    assert len(remind(counter)) == 2
    assert browser.get(f"{path[:-3]}xyz").status_code >= 400


def test_the_letter_leads_to_the_form(counter: Counter, app: Any) -> None:
    grant = counter.buy(counter.pack, new_id(), email="guest@guildhall.test", at=ago(days=8))
    _, told = remind(counter)[0]
    with app.app_context():
        subject, text, html = notifications.render("review_reminder", told)
    assert subject == f"What do you think of what you bought from {counter.shop.name}?"
    link = re.search(r"http://localhost(/purchases/open/\S+)", text)
    assert link and link[1] in html.replace("&amp;", "&")
    browser = counter.browser()
    opened = browser.client.get(link[1], follow_redirects=True)
    assert opened.request.path == f"/reviews/{grant.id}" and "What do you think of it?" in opened.text


def test_many_purchases_are_asked_about_in_several_turns(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.reviews.actions import reminding

    monkeypatch.setattr(reminding, "AT_A_TIME", 2)
    for number in range(5):
        counter.buy(counter.pack, new_id(), email=f"b{number}@guildhall.test", at=ago(days=8))
    assert len(remind(counter)) == 5 and outcomes(counter) == ["sent"] * 5


def test_an_order_of_another_place_is_not_asked_about_here(counter: Counter) -> None:
    counter.buy(counter.pack, counter.world.fay.id, at=ago(days=8))
    with db.workspace(counter.world.other.id):
        actions.remind()
        assert db.session().scalars(select(ReviewReminder)).all() == []
    with db.workspace(counter.world.north.id):
        actions.switch(ALICE, counter.shop, on=False)
        actions.switch(ALICE, counter.shop, on=False)
