"""Signing in on another device by a code: once, for two minutes, after a press there; nobody is signed in by looking."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import SessionTransfer, User, UserSession
from app.core import db

from .conftest import PASSWORD

NEW = "brass lantern over harbour"


@pytest.fixture
def kim(world: Any, browser: Any) -> User:
    user = world.person("Kim", password_hash=passwords.hashed(PASSWORD))
    browser.post("/sign-in", email=user.email, password=PASSWORD)
    return user


def offer(browser: Any) -> tuple[str, str]:
    """The page that shows the code, and the address that the code holds."""
    page = browser.post("/me/sessions/transfers", page="/me").location
    shown = browser.get(page).text
    return page, "/to/" + shown.split("http://localhost/to/", 1)[1].split("<", 1)[0]


def sessions_of(user: User) -> list[UserSession]:
    with db.system("read in a test") as session:
        session.expire_all()
        return list(session.scalars(select(UserSession).where(UserSession.user_id == user.id).order_by(UserSession.id)))


def test_a_press_on_the_other_device_signs_in_there(browser: Any, another: Any, kim: User, mails: Any) -> None:
    page, link = offer(browser)
    asked = another.get(link)
    assert "Sign in as Kim on this device?" in asked.text and "Firefox on Linux" in asked.text
    assert asked.headers["Referrer-Policy"] == "same-origin"
    assert another.post(link, page=link).status_code == 303 and another.signed_in and browser.signed_in
    first, second = sessions_of(kim)
    assert second.method == "transfer" and second.expires_at == first.expires_at
    assert "by QR code" in browser.get("/me").text and "Safari on iPhone" in browser.get("/me").text
    assert "Safari on iPhone" in browser.get(page).text
    assert "Safari on iPhone was signed in" in mails(kim.email)[-1].context["what"]
    assert browser.post(f"/me/sessions/{second.id}/end", page="/me").status_code == 303 and not another.signed_in


def test_looking_signs_nobody_in_and_uses_nothing_up(browser: Any, another: Any, kim: User) -> None:
    _, link = offer(browser)
    for _ in range(3):
        assert another.get(link).status_code == 200
    assert not another.signed_in and len(sessions_of(kim)) == 1
    assert another.post(link, page=link).status_code == 303 and another.signed_in


def test_a_code_works_once_however_it_is_typed(browser: Any, another: Any, app: Any, kim: User) -> None:
    _, link = offer(browser)
    typed = "/to/" + link.removeprefix("/to/").replace("-", "").upper()
    assert another.post(typed, page=typed).status_code == 303
    third = type(another)(app.test_client())
    assert third.get(link).status_code == 410 and third.post(link).status_code == 410
    assert not third.signed_in and len(sessions_of(kim)) == 2


def test_a_code_ends_after_two_minutes(browser: Any, another: Any, kim: User) -> None:
    page, link = offer(browser)
    with time_machine.travel(db.now() + timedelta(seconds=121), tick=True):
        refused = another.post(link)
        assert refused.status_code == 410 and "two minutes" in refused.text
        assert "nobody used the code" in browser.get(page).text
    assert not another.signed_in and len(sessions_of(kim)) == 1


def test_somebody_else_who_is_signed_in_there_decides(browser: Any, another: Any, world: Any, kim: User) -> None:
    world.sign_in(another.client, world.fay)
    _, link = offer(browser)
    asked = another.get(link).text
    assert f"Stay {world.fay.name}" in asked and "Sign out" in asked
    refused = another.post(link, page="/me")
    assert refused.status_code == 409 and f"Stay {world.fay.name}" in refused.text
    assert len(sessions_of(kim)) == 1 and world.fay.email in another.get("/me").text
    assert another.post(link, page="/me", switch="yes").status_code == 303
    assert kim.email in another.get("/me").text and sessions_of(world.fay)[0].revoked_at is not None


def test_the_same_person_there_uses_nothing_up(browser: Any, another: Any, kim: User) -> None:
    _, link = offer(browser)
    assert "signed in already" in browser.get(link).text
    assert browser.post(link, page="/me").location == "/me#sessions" and browser.signed_in
    assert another.post(link, page=link).status_code == 303 and another.signed_in


@pytest.mark.parametrize("end", ["sign out", "password", "others", "anew", "disabled"])
def test_a_code_ends_with_what_stood_behind_it(
    browser: Any, another: Any, world: Any, app: Any, kim: User, end: str
) -> None:
    _, link = offer(browser)
    if end == "sign out":
        browser.post("/sign-out", page="/me")
    elif end == "password":
        assert browser.post("/me/password", page="/me", current=PASSWORD, password=NEW).status_code == 303
    elif end == "others":
        elsewhere = type(another)(world.sign_in(app.test_client(), kim))
        elsewhere.post("/me/sessions/end-others", page="/me")
    elif end == "anew":
        offer(browser)
    else:
        with db.system("test world") as session:
            session.get_one(User, kim.id).disabled_at = db.now()
    before = len(sessions_of(kim))
    assert another.get(link).status_code == another.post(link).status_code == 410
    assert not another.signed_in and len(sessions_of(kim)) == before


def test_a_session_handed_over_is_no_younger_than_its_source(browser: Any, another: Any, kim: User) -> None:
    """Else somebody with a stolen cookie would make it fresh, and change the account with it."""
    with time_machine.travel(db.now() + timedelta(minutes=14), tick=True):
        _, link = offer(browser)
        assert another.post(link, page=link).status_code == 303
    with time_machine.travel(db.now() + timedelta(minutes=16), tick=True):
        assert another.post("/me/passkeys/options", page="/me").location.startswith("/me/again")


def test_the_code_is_in_the_browser_that_made_it_and_nowhere_else(
    browser: Any, another: Any, world: Any, app: Any, kim: User
) -> None:
    page, link = offer(browser)
    code = link.removeprefix("/to/")
    with db.system("read in a test") as session:
        row = session.scalars(select(SessionTransfer)).one()
    assert code not in str(vars(row)) and code.replace("-", "") not in str(vars(row))
    elsewhere = type(another)(world.sign_in(app.test_client(), kim))
    assert "only in the browser that made it" in elsewhere.get(page).text and code not in elsewhere.get(page).text
    world.sign_in(another.client, world.fay)
    assert another.get(page).status_code == 404


def test_codes_are_not_made_without_end_nor_guessed(browser: Any, limited: Any, kim: User) -> None:
    made = [browser.post("/me/sessions/transfers", page="/me").status_code for _ in range(21)]
    assert made == [303] * 20 + [429]
    looked = [limited.get(f"/to/{number:012d}").status_code for number in range(31)]
    assert looked == [410] * 30 + [429]
