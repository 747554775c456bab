"""A forgotten password: one link, one hour, and nobody stays signed in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.accounts import passwords
from app.accounts.models import User
from app.core import db

from .conftest import PASSWORD

NEW = "brass lantern over harbour"


@pytest.fixture
def kim(world: Any) -> User:
    return world.person("Kim", password_hash=passwords.hashed(PASSWORD))


def kept(user: User) -> str | None:
    with db.system("read in a test") as session:
        session.expire_all()
        return session.get_one(User, user.id).password_hash


def link(browser: Any, email: str, mails: Any) -> str:
    assert browser.post("/reset", email=email).status_code == 200
    return f"/reset/{mails(email)[-1].context['token']}"


def test_the_link_sets_a_password_and_ends_all_sessions(
    browser: Any, another: Any, world: Any, kim: User, mails: Any
) -> None:
    world.sign_in(another.client, kim)
    path = link(browser, kim.email, mails)
    assert another.signed_in, "asking ends nothing"
    page = browser.get(path)
    assert kim.email in page.text and page.headers["Referrer-Policy"] == "no-referrer"
    assert browser.post(path, password=NEW).status_code == 303
    assert browser.signed_in and not another.signed_in
    assert passwords.matches(kept(kim), NEW)
    assert [mail.template for mail in mails(kim.email)] == ["reset_password", "account_changed"]
    assert another.post(path, password="yet another long one").status_code == 410, "a link works once"
    assert passwords.matches(kept(kim), NEW)


def test_a_weak_password_leaves_the_link_good(browser: Any, kim: User, mails: Any) -> None:
    path = link(browser, kim.email, mails)
    assert browser.post(path, password="password1234").status_code == 422
    assert passwords.matches(kept(kim), PASSWORD) and not browser.signed_in
    assert browser.post(path, password=NEW).status_code == 303


def test_the_link_ends_after_an_hour(browser: Any, kim: User, mails: Any) -> None:
    path = link(browser, kim.email, mails)
    with time_machine.travel(db.now() + timedelta(minutes=61), tick=True):
        assert browser.get(path).status_code == 410
        assert browser.post(path, password=NEW).status_code == 410
    assert passwords.matches(kept(kim), PASSWORD)


def test_a_newer_link_ends_the_older(browser: Any, kim: User, mails: Any) -> None:
    older, newer = link(browser, kim.email, mails), link(browser, kim.email, mails)
    assert browser.get(older).status_code == 410 and browser.get(newer).status_code == 200


def test_a_link_of_another_purpose_resets_nothing(browser: Any, mails: Any) -> None:
    browser.post("/sign-up", page="/sign-up", name="Kim", email="kim@example.com", password=PASSWORD)
    token = mails("kim@example.com")[0].context["token"]
    assert browser.post(f"/reset/{token}", password=NEW).status_code == 410
