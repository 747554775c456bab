"""The inbox as its owner uses it: plain pages, and the parts that browsers with scripts ask for."""

import re
from datetime import timedelta
from typing import Any

import pytest

from app.core import db
from app.live.topics import allowed
from app.notifications.choices import Wish, default, wishes
from app.notifications.kinds import KINDS
from tests.asked import statements
from tests.notifications.telling import items, tell
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def fay(world: World, client: Any) -> Any:
    return world.sign_in(client, world.fay)


def post(client: Any, path: str, page: str = "/inbox", **data: Any) -> Any:
    token = re.search(r'name="csrf-token" content="([^"]+)"', client.get(page).text)
    assert token
    return client.post(path, data={"csrf_token": token.group(1), **data})


def titles(page: Any) -> list[str]:
    return re.findall(r'<bdi class="inbox-title">([^<]*)', page.text)


@pytest.mark.parametrize("path", ["/inbox", "/inbox/count", "/inbox/tray", "/me/notifications"])
def test_a_stranger_is_asked_to_sign_in(client: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"]


def test_an_empty_inbox_says_what_will_come(fay: Any) -> None:
    page = fay.get("/inbox").text
    assert "Nothing has come yet" in page and "Mark all read" not in page


def test_news_stand_newest_first_under_their_day(world: World, fay: Any) -> None:
    now = db.now()
    for days, title in ((3, "Old"), (1, "Yesterday’s"), (0, "Fresh")):
        with db.at(now - timedelta(days=days)):
            tell(world.fay.id, subject=f"thread:{days}", title=title, workspace_id=world.north.id)
    page = fay.get("/inbox")
    assert titles(page) == ["Fresh", "Yesterday’s", "Old"]
    assert re.findall(r'<h2 id="day-\d">([^<]*)</h2>', page.text)[:2] == ["Today", "Yesterday"]
    assert page.text.count("Northlight") == 3, "the place is named to somebody who is no member of it"
    assert '<span class="visually-hidden">New: </span>' in page.text


def test_opening_marks_it_read_and_leads_there(world: World, fay: Any) -> None:
    tell(world.fay.id, path="/threads/7?after=12")
    item = items(world.fay.id)[0]
    answer = fay.get(f"/inbox/{item.id}")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/threads/7?after=12")
    page = fay.get("/inbox").text
    assert "New: " not in page and 'class="inbox-item"' in page


def test_somebody_elses_item_is_not_there(world: World, client: Any) -> None:
    tell(world.fay.id)
    item = items(world.fay.id)[0]
    world.sign_in(client, world.charlie)
    assert client.get(f"/inbox/{item.id}").status_code == 404
    assert post(client, f"/inbox/{item.id}/reads").status_code == 404
    assert titles(client.get("/inbox")) == []
    assert items(world.fay.id)[0].read_at is None


def test_one_is_marked_read_in_its_place(world: World, fay: Any) -> None:
    tell(world.fay.id)
    tell(world.fay.id, subject="thread:8", title="Frames")
    first, second = items(world.fay.id)
    assert post(fay, f"/inbox/{first.id}/reads?unread=1").headers["Location"] == "/inbox?unread=1"
    token = re.search(r'name="csrf-token" content="([^"]+)"', fay.get("/inbox").text)
    assert token
    part = fay.post(f"/inbox/{second.id}/reads", headers={**HTMX, "X-CSRF-Token": token.group(1)})
    assert f'id="inboxitem-{second.id}"' in part.text and "is-new" not in part.text
    assert 'hx-target=".inbox-count"' in part.text and "<html" not in part.text
    assert all(one.read_at for one in items(world.fay.id))


def test_all_are_marked_read_but_what_came_since(world: World, fay: Any) -> None:
    tell(world.fay.id)
    page = fay.get("/inbox").text
    until = re.search(r'name="until" value="(\d+)"', page)
    assert until
    with db.at(db.now() + timedelta(seconds=5)):
        tell(world.fay.id, subject="thread:late", title="Late")
    assert post(fay, "/inbox/reads", until=until.group(1)).status_code == 303
    assert titles(fay.get("/inbox?unread=1")) == ["Late"]


@pytest.mark.parametrize("until", ["", "soon", "9" * 40, "-1e9"])
def test_marking_all_read_needs_a_moment(world: World, fay: Any, until: str) -> None:
    tell(world.fay.id)
    assert post(fay, "/inbox/reads", until=until).status_code == 422
    assert items(world.fay.id)[0].read_at is None


def test_filters_by_unread_and_kind_stand_in_the_address(world: World, fay: Any) -> None:
    tell(world.fay.id, title="A reply")
    tell(world.fay.id, kind="forum.mention", title="A mention")
    fay.get(f"/inbox/{items(world.fay.id)[0].id}")
    assert titles(fay.get("/inbox?unread=1")) == ["A mention"]
    assert titles(fay.get("/inbox?kind=forum.reply")) == ["A reply"]
    assert titles(fay.get("/inbox?unread=1&kind=forum.reply")) == []
    assert titles(fay.get("/inbox?kind=forum.rumour")) == ["A mention", "A reply"]


def test_pages_follow_each_other_without_a_gap(world: World, fay: Any) -> None:
    moment = db.now()
    with db.at(moment):  # all of the same moment, so that the id decides
        for number in range(70):
            tell(world.fay.id, subject=f"thread:{number}", title=f"Thread {number}")
    found, path = [], "/inbox?kind=forum.reply"
    while path:
        page = fay.get(path)
        found += titles(page)
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = more.group(1).replace("&amp;", "&") if more else ""
    assert found == [f"Thread {number}" for number in reversed(range(70))]


@pytest.mark.parametrize("after", ["x", "1", "1.2", "99999999999999999999999.x", "1.00000000-0000-0000-0000"])
def test_a_place_that_no_page_names_is_not_found(fay: Any, after: str) -> None:
    assert fay.get(f"/inbox?after={after}").status_code == 404


def test_a_long_inbox_asks_as_little_as_a_short_one(world: World, fay: Any) -> None:
    def asked(path: str, headers: dict[str, str]) -> int:
        with statements() as found:
            assert fay.get(path, headers=headers).status_code == 200
        return len(found)

    def both() -> tuple[int, int, int]:
        return asked("/inbox", {}), asked("/inbox/tray", HTMX), asked("/me/notifications", {})

    tell(world.fay.id, workspace_id=world.north.id)
    short = both()
    for number in range(25):
        place = world.north if number % 2 else world.other
        tell(world.fay.id, subject=f"thread:{number}", workspace_id=place.id, kind=list(KINDS)[number % len(KINDS)])
    assert both() == short


def test_the_bell_counts_on_buyers_and_sellers_pages(world: World, client: Any) -> None:
    tell(world.alice.id)
    tell(world.alice.id, subject="thread:8")
    world.sign_in(client, world.alice)
    for path in ("/library", f"/w/{world.north.slug}/orders"):
        page = client.get(path).text
        assert re.search(r'inbox-count">2<span class="visually-hidden"> unread', page), path
        assert f"member%3A{world.alice.id}%3Ainbox" in page or f"member:{world.alice.id}:inbox" in page
        assert 'data-hotkey="n' in page


def test_pages_of_strangers_have_no_bell(client: Any) -> None:
    page = client.get("/discover").text
    assert "inbox-link" not in page and "/live?topic=" not in page


def test_the_count_is_a_partial_for_every_bell(world: World, fay: Any) -> None:
    tell(world.fay.id)
    answer = fay.get("/inbox/count", headers=HTMX).text
    assert answer.count("<hx-partial") == 1 and ">1<span" in answer
    for number in range(120):
        tell(world.fay.id, subject=f"thread:{number}x")
    assert ">99+<span" in fay.get("/inbox/count", headers=HTMX).text


def test_the_tray_holds_the_newest_ten(world: World, fay: Any) -> None:
    for number in range(12):
        tell(world.fay.id, subject=f"thread:{number}", title=f"Thread {number}")
    tray = fay.get("/inbox/tray", headers=HTMX)
    assert titles(tray) == [f"Thread {number}" for number in range(11, 1, -1)]
    assert "<dialog" in tray.text and "data-open" in tray.text and "<html" not in tray.text
    assert fay.get("/inbox/tray").headers["Location"] == "/inbox"


def test_choices_are_shown_kept_and_hold(world: World, fay: Any) -> None:
    page = fay.get("/me/notifications").text
    assert "30 minutes" in page and page.count("<tr>") >= len(KINDS)
    chosen = {f"mail_{kind.field}": "never" for kind in KINDS.values()} | {"mail_forum_reply": "at_once"}
    assert post(fay, "/me/notifications", "/me/notifications", **chosen, inbox_forum_mention="y").status_code == 303
    with db.buyer(world.fay.id):
        found = {name: wish for (_, name), wish in wishes([world.fay.id], KINDS).items()}
    assert found["forum.reply"] == Wish(False, "at_once", push=False) and found["forum.mention"] == Wish(
        True, "never", push=False
    )
    assert found["forum.moderation"] == Wish(True, "never", push=False), (
        "decisions about somebody always stand in the inbox"
    )
    assert re.search(r'<option selected value="at_once"|value="at_once" selected', fay.get("/me/notifications").text)


def test_a_made_up_choice_is_refused_and_nothing_is_kept(world: World, fay: Any) -> None:
    chosen = {f"mail_{kind.field}": "never" for kind in KINDS.values()} | {"mail_forum_reply": "hourly"}
    answer = post(fay, "/me/notifications", "/me/notifications", **chosen)
    assert answer.status_code == 422
    with db.buyer(world.fay.id):
        assert wishes([world.fay.id], KINDS) == {(world.fay.id, kind.name): default(kind) for kind in KINDS.values()}


def test_only_the_person_hears_their_inbox(world: World) -> None:
    topic = f"member:{world.fay.id}:inbox"
    assert allowed([topic], world.fay.id, None) is True
    for other in (world.charlie, world.alice):
        assert allowed([topic], other.id, None) is False
    for spoilt in (f"member:{world.fay.id}", f"{topic}:more", f"member:{world.fay.id}:mail", f"inbox:{world.fay.id}"):
        assert allowed([spoilt], world.fay.id, None) is False


def test_a_stream_of_somebody_elses_inbox_looks_missing(world: World, client: Any) -> None:
    world.sign_in(client, world.charlie)
    assert client.get(f"/live?topic=member:{world.fay.id}:inbox").status_code == 404


def test_what_was_typed_elsewhere_stays_text(world: World, fay: Any) -> None:
    tell(world.fay.id, title="<img src=x onerror=alert(1)>", words="</p><script>alert(1)</script>", actor="\u202eBob")
    page = fay.get("/inbox").text
    assert "<img src=x" not in page and "<script>alert" not in page
    assert "<bdi>" in page, "a name that runs the other way turns nothing but itself"
