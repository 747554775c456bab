"""Windows and their mails: one for all that is still unread, once, with a way out that works with one click."""

import email
import re
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import update

from app.accounts.models import User
from app.cli.ports import any_free
from app.core import db, mail
from app.notifications import actions
from app.notifications.actions import bundling
from app.notifications.choices import Wish
from app.notifications.kinds import BUNDLED_FOR
from tests.asked import statements
from tests.notifications.telling import items, mails, read, tell, windows
from tests.world import World

A_MINUTE = timedelta(minutes=1)


def send(moment: datetime) -> int:
    with db.at(moment):
        return actions.send_bundles()


@pytest.fixture
def told(world: World) -> tuple[World, datetime]:
    """Fay was told of two threads in Northlight and of one elsewhere, at this moment."""
    moment = db.now()
    with db.at(moment):
        tell(world.fay.id, workspace_id=world.north.id)
        tell(world.fay.id, kind="forum.mention", workspace_id=world.north.id, words="@fay have a look.", actor="Ada")
        tell(world.fay.id, subject="thread:8", title="Frames", path="/threads/8", workspace_id=world.north.id)
        tell(world.fay.id, subject="thread:9", title="Sea glass", path="/threads/9", workspace_id=world.other.id)
    return world, moment


def test_a_window_stays_open_for_half_an_hour_and_then_is_one_mail(told: Any, app: Any) -> None:
    world, moment = told
    assert timedelta(minutes=30) == BUNDLED_FOR
    assert send(moment + BUNDLED_FOR - A_MINUTE) == 0 and mails() == []
    assert send(moment + BUNDLED_FOR) == 1
    (only,) = mails(world.fay.email)
    with app.app_context():
        subject, text, html = actions.render(only.template, only.context)
    assert subject == "Sea glass and 2 more"
    for body in (text, html):
        assert body.count("Which paper for A3?") == 1, "one heading for reply and mention"
        assert "Bob replied to you" in body and "Ada mentioned you" in body and "@fay have a look." in body
        assert "http://localhost/threads/8" in body and "/me/notifications" in body
    assert [one["name"] for one in only.context["places"]] == ["Otherside", "Northlight"]
    assert all(one.mailed_at for one in items(world.fay.id))
    assert [one.state for one in windows(world.fay.id)] == ["sent"]


def test_news_in_an_open_window_goes_with_it(world: World) -> None:
    moment = db.now()
    with db.at(moment):
        tell(world.fay.id)
    with db.at(moment + BUNDLED_FOR - A_MINUTE):
        tell(world.fay.id)
    assert len(windows(world.fay.id)) == 1
    send(moment + BUNDLED_FOR)
    (only,) = mails()
    assert only.context["places"][0]["subjects"][0]["news"][0]["more"] == "2 replies in all"
    assert only.context["lead"] == "Bob replied to you: Which paper for A3?"


def test_what_was_read_meanwhile_is_left_out(told: Any) -> None:
    world, moment = told
    for one in items(world.fay.id)[1:]:
        read(world.fay.id, one.id)
    send(moment + BUNDLED_FOR)
    (only,) = mails()
    assert [one["title"] for place in only.context["places"] for one in place["subjects"]] == ["Which paper for A3?"]


def test_when_all_was_read_no_mail_comes(told: Any) -> None:
    world, moment = told
    with db.buyer(world.fay.id):
        actions.read_all(world.fay.id, db.now())
    send(moment + BUNDLED_FOR)
    assert mails() == [] and [one.state for one in windows(world.fay.id)] == ["empty"]


def test_what_was_mailed_is_not_mailed_again_until_more_comes(told: Any) -> None:
    world, moment = told
    send(moment + BUNDLED_FOR)
    later = moment + timedelta(hours=2)
    with db.at(later):
        tell(world.fay.id, words="One more.")
    send(later + BUNDLED_FOR)
    _, second = mails()
    assert [one["title"] for place in second.context["places"] for one in place["subjects"]] == ["Which paper for A3?"]
    assert second.context["places"][0]["subjects"][0]["news"][0]["words"] == "One more."


def test_the_job_sends_once_however_often_it_runs(told: Any, run_jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    world, moment = told
    handed: list[str] = []
    monkeypatch.setattr(mail, "deliver", lambda _, to, *__: handed.append(to))
    for _ in range(3):
        send(moment + BUNDLED_FOR + A_MINUTE)
        run_jobs()
    assert handed == [world.fay.email]


def test_two_workers_at_once_send_one_mail(committed: None, app: Any) -> None:
    world, moment = World(), db.now()
    with db.at(moment):
        tell(world.fay.id)
        tell(world.bob.id)
    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(lambda _: send(moment + BUNDLED_FOR), range(12)))
    assert sorted(one.to for one in mails()) == sorted([world.fay.email, world.bob.email])
    assert all(one.state == "sent" for one in [*windows(world.fay.id), *windows(world.bob.id)])


def test_news_that_comes_while_the_mail_goes_out_is_in_this_one_or_the_next(committed: None, app: Any) -> None:
    """Whoever tells holds the window; a mail takes it with all its news, or leaves it for the next round."""
    world, moment = World(), db.now()
    with db.at(moment):
        tell(world.fay.id, subject="thread:0", title="Thread 0")

    def work(number: int) -> None:
        if number % 3:
            with db.at(moment + BUNDLED_FOR):
                tell(world.fay.id, subject=f"thread:{number}", title=f"Thread {number}")
        else:
            send(moment + BUNDLED_FOR)

    with ThreadPoolExecutor(6) as crowd:
        list(crowd.map(work, range(24)))
    send(moment + BUNDLED_FOR * 3)
    told = [one["title"] for row in mails() for place in row.context["places"] for one in place["subjects"]]
    assert sorted(told) == sorted(["Thread 0", *(f"Thread {number}" for number in range(24) if number % 3)])


def test_at_once_waits_for_nobody_and_takes_along_what_waited(world: World, run_jobs: Any) -> None:
    with db.buyer(world.fay.id):
        actions.choose(world.fay.id, {"forum.mention": Wish(True, "at_once")})
    tell(world.fay.id)
    run_jobs(only="notifications")
    assert mails() == []
    tell(world.fay.id, kind="forum.mention", subject="thread:8", title="Frames")
    run_jobs(only="notifications")
    (only,) = mails()
    assert only.context["lead"] == "Frames and 1 more"
    tell(world.fay.id, kind="forum.mention", subject="thread:9")
    run_jobs(only="notifications")
    assert len(mails()) == 2


def test_a_choice_holds_for_what_waits_already(told: Any) -> None:
    world, moment = told
    with db.buyer(world.fay.id):
        actions.choose(world.fay.id, {"forum.reply": Wish(True, "never")})
    send(moment + BUNDLED_FOR)
    (only,) = mails()
    news = [one["who"] for place in only.context["places"] for about in place["subjects"] for one in about["news"]]
    assert news == ["Ada mentioned you"]


def test_mail_alone_is_over_when_it_went_out(world: World) -> None:
    with db.buyer(world.fay.id):
        actions.choose(world.fay.id, {"forum.reply": Wish(False, "bundled")})
    tell(world.fay.id)
    send(db.now() + BUNDLED_FOR)
    assert items(world.fay.id)[0].read_at is not None
    tell(world.fay.id)
    assert [one.count for one in items(world.fay.id)] == [1, 1]


@pytest.mark.parametrize("change", [{"email_confirmed_at": None}, {"disabled_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_an_address_that_nobody_proved_gets_nothing(world: World, change: dict[str, Any]) -> None:
    tell(world.fay.id)
    with db.system("test world") as session:
        session.execute(update(User).where(User.id == world.fay.id).values(**change))
    send(db.now() + BUNDLED_FOR)
    assert mails() == [] and [one.state for one in windows(world.fay.id)] == ["empty"]


def test_a_mail_tells_of_forty_and_counts_the_rest(world: World) -> None:
    for number in range(43):
        tell(world.fay.id, subject=f"thread:{number}", title=f"Thread {number}")
    send(db.now() + BUNDLED_FOR)
    (only,) = mails()
    assert len(only.context["places"][0]["subjects"]) == 40 and only.context["left"] == 3
    assert all(one.mailed_at for one in items(world.fay.id))


def test_windows_of_many_are_read_in_a_few_statements(world: World) -> None:
    def asked(count: int) -> int:
        for _ in range(count):
            tell(world.person("Reader").id, workspace_id=world.north.id)
        with statements() as found:
            send(db.now() + BUNDLED_FOR)
        return len([one for one in found if one.lower().startswith("select")])

    assert asked(1) == asked(6)


def test_more_than_one_round_asks_for_itself(world: World, run_jobs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundling, "AT_ONCE", 2)
    long_ago = db.now() - timedelta(hours=1)
    with db.at(long_ago):
        for _ in range(5):
            tell(world.person("Reader").id)
    assert actions.send_bundles() == 2
    assert run_jobs(only="notifications") == ["notifications.send_bundles"] * 2
    assert len(mails()) == 5


# --- through a mail server, as its reader's program sees it


class Box:
    """What a mail server received."""

    def __init__(self) -> None:
        self.found: list[EmailMessage] = []

    async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.original_content, policy=default)
        self.raw = envelope.original_content
        self.found.append(message)  # type: ignore[arg-type]
        return "250 Kept"


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=any_free())
    server.start()
    monkeypatch.setattr(mail, "_connect", lambda: smtplib.SMTP("127.0.0.1", server.port, timeout=20))
    yield box
    server.stop()


def test_the_mail_carries_a_one_click_way_out(told: Any, run_jobs: Any, post_office: Box, app: Any) -> None:
    world, moment = told
    send(moment + BUNDLED_FOR)
    run_jobs(only="mail")
    (letter,) = post_office.found
    assert letter["To"] == world.fay.email
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.search(rb"^List-Unsubscribe: <http://localhost(/unsubscribe/[^>\s]+)>\r$", post_office.raw, re.M)
    assert address is not None, "in one line, as RFC 8058 readers expect it"
    body = letter.get_body(("plain",))
    assert body is not None and address.group(1).decode() in body.get_content()
    answer = app.test_client().post(address.group(1).decode(), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with db.at(moment + timedelta(hours=3)):
        tell(world.fay.id)
    assert windows(world.fay.id)[-1].state == "sent", "no new window was opened"
    (row,) = mails()
    assert row.headers == {} and row.context == {}
