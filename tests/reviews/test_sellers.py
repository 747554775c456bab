"""The seller's list: read, answered, reported, told of; and what the platform decides."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import audit, db
from app.core.audit import AuditEntry
from app.core.ids import new_id
from app.notifications.models import InboxItem
from app.reviews import actions
from app.reviews.models import Review, ReviewReport
from app.workspaces.models import Member
from tests.asked import statements
from tests.reviews.conftest import Browser, Counter, person


@pytest.fixture
def base(counter: Counter) -> str:
    return f"/w/{counter.world.north.slug}/reviews"


@pytest.fixture
def bad(counter: Counter) -> Review:
    """Fay gave one star."""
    grant = counter.buy(counter.pack, counter.world.fay.id, email=counter.world.fay.email)
    return counter.say(grant, 1, "It broke my heart", who=person(counter.world.fay))


def fresh(counter: Counter) -> Review:
    return counter.reviews()[0]


def inbox(who: Any) -> list[tuple[str, str, str]]:
    with db.system("test world") as session:
        mine = InboxItem.user_id == who.id, InboxItem.read_at.is_(None), InboxItem.kind.like("reviews.%")
        rows = session.scalars(select(InboxItem).where(*mine))
        return [(one.kind, one.title, one.words) for one in rows]


def operator(counter: Counter) -> Browser:
    """Somebody who runs the platform."""
    who = counter.world.person("Nadia")
    with db.workspace(db.PLATFORM):
        db.add(Member(user_id=who.id, role="owner"))
    return counter.browser(who)


def reports() -> list[ReviewReport]:
    with db.system("test world") as session:
        return list(session.scalars(select(ReviewReport).execution_options(populate_existing=True)))


def test_the_list_says_what_was_said_by_whom_about_what(counter: Counter, base: str, bad: Review) -> None:
    page = counter.browser(counter.world.vera).get(base).text
    order = counter.order(_grant(counter, bad))
    assert "It broke my heart" in page and f"#{order.number}" in page and "Pack" in page
    assert "Answer</summary>" not in page and "Report</summary>" not in page, (
        "a viewer is shown no button that is not theirs"
    )
    assert "Reviews" in counter.browser(counter.world.vera).get(f"/w/{counter.world.north.slug}").text


def _grant(counter: Counter, review: Review) -> Any:
    from app.access.models import Grant

    with db.workspace(review.workspace_id):
        return db.get(Grant, review.grant_id)


def test_filters_narrow_and_keep_each_other(counter: Counter, base: str, bad: Review) -> None:
    good = counter.buy(counter.mug, new_id(), email="g@guildhall.test")
    counter.ship(good)
    counter.say(good, 5, "Fine mug")
    seller = counter.browser(counter.world.alice)
    for query, there in (
        ("", {"It broke my heart", "Fine mug"}),
        ("stars=1", {"It broke my heart"}),
        ("stars=5", {"Fine mug"}),
        (f"product={counter.mug.id}", {"Fine mug"}),
        (f"review={bad.id}", {"It broke my heart"}),
        (f"product={counter.mug.id}&stars=1", set()),
        ("view=unanswered", {"It broke my heart", "Fine mug"}),
        ("view=reported", set()),
        ("view=unseen", set()),
        ("view=x&stars=x&product=x&after=x", {"It broke my heart", "Fine mug"}),
    ):
        page = seller.get(f"{base}?{query}").text
        assert {one for one in ("It broke my heart", "Fine mug") if one in page} == there, query


def test_a_long_list_goes_on_and_asks_as_much_on_each_page(counter: Counter, base: str) -> None:
    seller = counter.browser(counter.world.alice)
    for number in range(3):
        counter.say(counter.buy(counter.pack, new_id(), email=f"a{number}@guildhall.test"), 4, f"Words {number}.")
    seller.get(base)
    with statements() as few:
        seller.get(base)
    for number in range(3, 23):
        counter.say(counter.buy(counter.pack, new_id(), email=f"a{number}@guildhall.test"), 4, f"Words {number}.")
    with statements() as many:
        page = seller.get(base).text
    assert len(many) == len(few)
    assert page.count('class="card opinion-case"') == 20 and 'rel="next"' in page


def test_an_answer_stands_below_the_review_and_its_author_hears(counter: Counter, base: str, bad: Review) -> None:
    assert [one[0] for one in inbox(counter.world.bob)] == ["reviews.new"]
    seller = counter.browser(counter.world.bob)
    sent = seller.post(f"{base}/{bad.id}/replies?view=unanswered", reply="We are sorry.\nA new one is on its way.")
    assert sent.status_code == 303 and sent.headers["Location"] == f"{base}?view=unanswered#review-{bad.id}"
    counter.jobs()
    assert (fresh(counter).reply, fresh(counter).reply_author) == ("We are sorry.\nA new one is on its way.", "Bob")
    assert ("reviews.answered", "Pack", "We are sorry. A new one is on its way.") in inbox(counter.world.fay)
    assert [one[0] for one in inbox(counter.world.alice)] == [], "what one of the team settled is news for none"
    assert "We are sorry." in counter.browser().get(counter.page(counter.pack)).text
    seller.post(f"{base}/{bad.id}/replies", reply="Other words")
    counter.jobs()
    assert len([one for one in inbox(counter.world.fay) if one[0] == "reviews.answered"]) == 1
    seller.post(f"{base}/{bad.id}/reply-removals")
    assert fresh(counter).reply is None and "Other words" not in counter.browser().get(counter.page(counter.pack)).text
    with db.workspace(counter.world.north.id) as session:
        done = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("reviews.%"))).all()
        assert sorted(done) == ["reviews.change_reply", "reviews.remove_reply", "reviews.reply"]
        assert audit.verify() is None


@pytest.mark.parametrize("typed", ["", "   \n ", "x" * 2001])
def test_a_refused_answer_keeps_what_was_typed(counter: Counter, base: str, bad: Review, typed: str) -> None:
    refused = counter.browser(counter.world.bob).post(f"{base}/{bad.id}/replies", reply=typed)
    assert refused.status_code == 422 and "field-error" in refused.text and (not typed.strip() or typed in refused.text)
    assert fresh(counter).reply is None


@pytest.mark.parametrize("path", ["replies", "reply-removals", "reports"])
def test_nobody_else_answers_or_reports(counter: Counter, base: str, bad: Review, path: str) -> None:
    """A viewer may not, a stranger's workspace has no such review, and buyers have no such page."""
    other = f"/w/{counter.world.other.slug}/reviews/{bad.id}/{path}"
    sent = {"reply": "Ha", "reason": "abuse", "words": "Ha"}
    assert counter.browser(counter.world.vera).post(f"{base}/{bad.id}/{path}", **sent).status_code == 403
    assert counter.browser(counter.world.charlie).post(f"{base}/{bad.id}/{path}", **sent).status_code == 404
    assert counter.browser(counter.world.charlie).post(other, **sent).status_code == 404
    assert counter.browser(counter.world.fay).post(f"{base}/{bad.id}/{path}", **sent).status_code == 404
    assert fresh(counter).reply is None and reports() == []


def test_a_seller_cannot_take_a_review_away(counter: Counter, base: str, bad: Review) -> None:
    """There is no such address, and the buyer's own is not theirs."""
    seller = counter.browser(counter.world.alice)
    for path in (f"{base}/{bad.id}/removals", f"{base}/{bad.id}", f"/reviews/{bad.grant_id}/removals"):
        assert seller.post(path).status_code in (404, 405)
    assert fresh(counter).shown


def test_a_report_is_decided_by_the_platform_and_both_sides_hear(counter: Counter, base: str, bad: Review) -> None:
    seller, admin = counter.browser(counter.world.bob), operator(counter)
    sent = seller.post(f"{base}/{bad.id}/reports", reason="abuse", words="«heart» is a threat")
    assert sent.status_code == 303 and fresh(counter).shown, "until somebody decides it stays where it is"
    assert "Reported" in seller.get(f"{base}?view=reported").text
    assert "review is reported" in admin.get("/admin").text
    assert "«heart» is a threat" in admin.get("/admin/reviews").text
    row = reports()[0]
    refused = admin.post(f"/admin/reviews/{row.id}/decisions", verdict="hide", answer="", version="1")
    assert refused.status_code == 422 and fresh(counter).shown
    admin.post(f"/admin/reviews/{row.id}/decisions", verdict="hide", answer="It threatens.", version="1")
    counter.jobs()
    assert not fresh(counter).shown and counter.counts(counter.pack) == (0, 0, 0, 0, 0)
    own = counter.browser(counter.world.fay).get(f"/reviews/{bad.grant_id}").text
    assert "Guildhall has hidden this review" in own and "It threatens." in own
    assert ("reviews.decision", "A review of Pack", "It is hidden: It threatens.") in inbox(counter.world.fay)
    assert ("reviews.decision", "A review of Pack", "Hidden: It threatens.") in inbox(counter.world.bob)
    assert "It broke my heart" in seller.get(f"{base}?view=unseen").text
    again = admin.post(f"/admin/reviews/{row.id}/decisions", verdict="keep", answer="No", version="1")
    assert again.status_code == 409 and not fresh(counter).shown
    for place in (counter.world.north.id, db.PLATFORM):
        with db.workspace(place) as session:
            assert session.scalars(select(AuditEntry).where(AuditEntry.action == "reviews.hide")).one().data == {
                "reason": "abuse",
                "answer": "It threatens.",
            }
    assert "It threatens." in admin.get("/admin/reviews?view=decided").text


def test_a_hidden_review_that_its_author_changes_is_read_again(counter: Counter, base: str, bad: Review) -> None:
    admin, fay = operator(counter), counter.browser(counter.world.fay)
    _decide(counter, base, bad, admin, "hide")
    for _ in range(2):
        fay.post(f"/reviews/{bad.grant_id}", stars="1", body="It broke")
    assert not fresh(counter).shown and [one.reason for one in reports() if one.state == "open"] == ["changed"]
    fay.post(f"/reviews/{bad.grant_id}/removals")
    assert (fresh(counter).body, fresh(counter).shown) == ("", False), "taking it back does not undo the decision"
    fay.post(f"/reviews/{bad.grant_id}", stars="2", body="It broke after a week")
    assert not fresh(counter).shown and len(counter.reviews()) == 1
    row = next(one for one in reports() if one.state == "open")
    stale = admin.post(f"/admin/reviews/{row.id}/decisions", verdict="keep", answer="Fine now", version="1")
    assert stale.status_code == 409 and not fresh(counter).shown, "what is decided about is what was read"
    version = str(fresh(counter).version)
    admin.post(f"/admin/reviews/{row.id}/decisions", verdict="keep", answer="Fine now.", version=version)
    counter.jobs()
    assert fresh(counter).shown and counter.counts(counter.pack) == (0, 1, 0, 0, 0)
    assert any(words == "It is shown again: Fine now." for _, _, words in inbox(counter.world.fay))


def _decide(counter: Counter, base: str, review: Review, admin: Browser, verdict: str) -> None:
    counter.browser(counter.world.bob).post(f"{base}/{review.id}/reports", reason="abuse", words="Look")
    row = next(one for one in reports() if one.state == "open")
    version = str(fresh(counter).version)
    admin.post(f"/admin/reviews/{row.id}/decisions", verdict=verdict, answer="Read.", version=version)


def test_what_was_kept_is_not_reported_again_until_it_changes(counter: Counter, base: str, bad: Review) -> None:
    admin, seller = operator(counter), counter.browser(counter.world.bob)
    _decide(counter, base, bad, admin, "keep")
    assert fresh(counter).shown
    refused = seller.post(f"{base}/{bad.id}/reports", reason="advert", words="Again")
    assert refused.status_code == 409 and "as it stands and kept it" in refused.text and len(reports()) == 1
    counter.browser(counter.world.fay).post(f"/reviews/{bad.grant_id}", stars="1", body="Buy at mine.example")
    assert seller.post(f"{base}/{bad.id}/reports", reason="advert", words="Now").status_code == 303
    assert seller.post(f"{base}/{bad.id}/reports", reason="advert", words="Twice").status_code == 409
    assert len(reports()) == 2


@pytest.mark.parametrize(
    "typed", [{"reason": "bad"}, {"reason": "abuse", "words": " "}, {"reason": "abuse", "words": "x" * 1001}]
)
def test_a_report_says_what_breaks_which_rule(counter: Counter, base: str, bad: Review, typed: dict[str, str]) -> None:
    assert (
        counter.browser(counter.world.bob).post(f"{base}/{bad.id}/reports", **{"words": "x", **typed}).status_code
        == 422
    )
    assert reports() == []


def test_the_platforms_page_is_for_those_who_run_it(counter: Counter, base: str, bad: Review) -> None:
    counter.browser(counter.world.bob).post(f"{base}/{bad.id}/reports", reason="abuse", words="Look")
    row = reports()[0]
    for who in (counter.world.alice, counter.world.fay):
        browser = counter.browser(who)
        assert browser.get("/admin/reviews").status_code == 404
        sent = browser.post(f"/admin/reviews/{row.id}/decisions", verdict="hide", answer="Mine", version="1")
        assert sent.status_code == 404
    assert reports()[0].state == "open" and fresh(counter).shown


def test_nothing_of_a_review_is_seen_in_another_workspace(counter: Counter, bad: Review) -> None:
    with db.workspace(counter.world.other.id) as session:
        assert session.scalar(select(func.count()).select_from(Review)) == 0
        assert session.scalar(select(func.count()).select_from(ReviewReport)) == 0
    with db.buyer(counter.world.bob.id) as session:
        assert session.scalars(select(Review.body)).all() == ["It broke my heart"], "what is published"
        assert session.scalar(select(func.count()).select_from(ReviewReport)) == 0
    assert (
        "It broke my heart"
        not in counter.browser(counter.world.charlie).get(f"/w/{counter.world.other.slug}/reviews").text
    )


def test_who_the_buyer_is_only_their_seller_reads(counter: Counter, bad: Review) -> None:
    order = counter.order(_grant(counter, bad))
    for browser in (counter.browser(), counter.browser(counter.world.charlie)):
        for path in (counter.page(counter.pack), f"{counter.page(counter.pack)}/reviews"):
            page = browser.get(path).text
            for secret in (
                counter.world.fay.email,
                order.buyer_email,
                str(order.id),
                str(bad.grant_id),
                str(order.group_id),
            ):
                assert secret not in page


def test_the_list_of_an_empty_workspace_is_kind(counter: Counter) -> None:
    page = counter.browser(counter.world.charlie).get(f"/w/{counter.world.other.slug}/reviews")
    assert page.status_code == 200 and "No reviews yet" in page.text


def test_live_news_are_for_members(counter: Counter, bad: Review) -> None:
    from app.live.topics import allowed

    topic = [f"workspace:{counter.world.north.id}:reviews"]
    assert allowed(topic, counter.world.vera.id, None)
    assert not allowed(topic, counter.world.charlie.id, None) and not allowed(topic, counter.world.fay.id, None)


def test_a_review_taken_back_or_hidden_meanwhile_is_no_news(counter: Counter) -> None:
    grant = counter.buy(counter.pack, counter.world.fay.id)
    review = counter.say(grant, 4)
    with db.buyer(counter.world.fay.id):
        from app.reviews import queries

        actions.withdraw(person(counter.world.fay), queries.own_grant(grant.id))
    with db.workspace(counter.world.north.id):
        actions.tell_team(review.id, first=False)
        actions.tell_author(review.id)


def test_a_review_is_found_by_its_words_in_its_own_workspace_alone(counter: Counter, bad: Review) -> None:
    found = counter.browser(counter.world.vera).get(f"/w/{counter.world.north.slug}/search?q=my+heart").text
    assert f"/w/{counter.world.north.slug}/reviews?review={bad.id}" in found
    assert (
        str(bad.id)
        not in counter.browser(counter.world.charlie).get(f"/w/{counter.world.other.slug}/search?q=my+heart").text
    )


def test_an_unhappy_review_waits_on_today_until_it_is_answered(counter: Counter, base: str, bad: Review) -> None:
    seller, today = counter.browser(counter.world.alice), f"/w/{counter.world.north.slug}"
    assert "unhappy review has no answer" in seller.get(today).text
    seller.post(f"{base}/{bad.id}/replies", reply="Sorry")
    assert "unhappy review" not in seller.get(today).text
