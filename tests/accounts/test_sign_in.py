"""Signing in and out: by password, by code; what a stranger learns, and what a thief can reach."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts import actions, passwords
from app.accounts.models import Attempt, User, UserSession
from app.core import db

from .conftest import PASSWORD, Browser


@pytest.fixture
def kim(world: Any) -> User:
    return world.person("Kim", password_hash=passwords.hashed(PASSWORD))


def sessions_of(user: User) -> list[UserSession]:
    with db.system("read in a test") as session:
        return list(session.scalars(select(UserSession).where(UserSession.user_id == user.id)))


def sign_in(browser: Any, user: User, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/sign-in", email=user.email, password=password, **more)


def test_a_right_password_signs_in(browser: Any, kim: User) -> None:
    answer = browser.post("/sign-in", email=f"  {kim.email.upper()} ", password=PASSWORD, next="/me")
    assert (answer.status_code, answer.location) == (303, "/me") and browser.signed_in
    (row,) = sessions_of(kim)
    assert row.method == "password" and row.expires_at - row.created_at > timedelta(days=89)
    assert browser.cookie("session") not in row.token_hash


@pytest.mark.parametrize("typed", ["wrong horse battery", ""])
def test_a_wrong_password_changes_nothing(browser: Any, kim: User, typed: str) -> None:
    answer = sign_in(browser, kim, typed)
    assert answer.status_code == 422 and not browser.signed_in and sessions_of(kim) == []
    assert browser.cookie("session") is None


def test_an_unknown_address_gets_the_same_words_for_the_same_effort(
    browser: Any, kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    real = passwords._verify
    monkeypatch.setattr(passwords, "_verify", lambda known, typed: checked.append(known) or real(known, typed))
    known = sign_in(browser, kim, "wrong horse battery")
    unknown = browser.post("/sign-in", email="nobody@example.com", password="wrong horse battery")
    assert known.status_code == unknown.status_code == 422
    assert _plain(known.text, kim.email) == _plain(unknown.text, "nobody@example.com")
    assert len(checked) == 2, "a hash is computed for the unknown address too"


def _plain(page: str, email: str) -> str:
    """A page without what differs on every answer: nonces, tokens, the typed address."""
    import re

    page = re.sub(r'(nonce=|name="csrf_token" value=|content=)"[^"]*"', "", page)
    return page.replace(email, "")


def test_codes_and_resets_answer_alike_for_known_and_unknown(browser: Any, kim: User, mails: Any) -> None:
    for path, page in (("/sign-in/code", "/sign-in/code"), ("/reset", None)):
        answers = []
        for email in (kim.email, "nobody@example.com"):
            answer = browser.post(path, email=email)
            shown = browser.get(page) if page else answer
            answers.append((answer.status_code, answer.location, _plain(shown.text, email)))
        assert answers[0] == answers[1]
    assert [mail.template for mail in mails(kim.email)] == ["sign_in_code", "reset_password"]
    assert {mail.template for mail in mails("nobody@example.com")} == {"no_account"}


def test_a_session_fixed_before_is_dead_after(browser: Any, kim: User) -> None:
    sign_in(browser, kim)
    before = browser.cookie("session")
    token = browser.get("/me").text.split('csrf-token" content="')[1].split('"')[0]
    data = {"csrf_token": token, "email": kim.email, "password": PASSWORD}
    browser.client.post("/sign-in", data=data)
    after = browser.cookie("session")
    assert after != before and browser.signed_in
    browser.client.set_cookie("session", before, domain="localhost")
    assert not browser.signed_in


def test_an_invented_session_cookie_is_nobody(browser: Any, kim: User) -> None:
    browser.client.set_cookie("session", "gs_chosen-by-an-attacker", domain="localhost")
    sign_in(browser, kim)
    assert browser.cookie("session") != "gs_chosen-by-an-attacker"


def test_cookies_are_closed(browser: Any, kim: User) -> None:
    answer = sign_in(browser, kim)
    kept = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(("session=", "device="))]
    assert len(kept) == 2
    assert all("HttpOnly" in value and "SameSite=Lax" in value and "Path=/" in value for value in kept)
    assert all("Domain" not in value for value in kept)


def test_sign_out_ends_the_session_for_good(browser: Any, kim: User) -> None:
    sign_in(browser, kim)
    stolen = browser.cookie("session")
    answer = browser.post("/sign-out", page="/me")
    assert answer.status_code == 303 and '"storage"' in answer.headers["Clear-Site-Data"]
    assert browser.cookie("session") is None
    browser.client.set_cookie("session", stolen, domain="localhost")
    assert not browser.signed_in


def test_a_session_ends_after_thirty_idle_days_and_after_ninety_in_all(browser: Any, another: Any, kim: User) -> None:
    sign_in(browser, kim)
    sign_in(another, kim)
    start = db.now()
    for day in (20, 40, 60, 80):
        with time_machine.travel(start + timedelta(days=day), tick=True):
            assert browser.signed_in
        if day == 40:
            with time_machine.travel(start + timedelta(days=31), tick=True):
                assert not another.signed_in
    with time_machine.travel(start + timedelta(days=91), tick=True):
        assert not browser.signed_in


def test_last_seen_is_written_at_most_every_five_minutes(browser: Any, kim: User) -> None:
    sign_in(browser, kim)
    seen = sessions_of(kim)[0].last_seen_at
    with time_machine.travel(seen + timedelta(minutes=4), tick=False):
        assert browser.signed_in
    assert sessions_of(kim)[0].last_seen_at == seen
    with time_machine.travel(seen + timedelta(minutes=6), tick=False):
        assert browser.signed_in
    assert sessions_of(kim)[0].last_seen_at == seen + timedelta(minutes=6)


def test_a_disabled_person_is_out_at_once(browser: Any, kim: User) -> None:
    sign_in(browser, kim)
    with db.system("test world") as session:
        session.get_one(User, kim.id).disabled_at = db.now()
    assert not browser.signed_in
    assert sign_in(browser, kim).status_code == 422


def test_an_unconfirmed_address_is_sent_to_its_proof(browser: Any, world: Any, mails: Any) -> None:
    with db.system("test world"):
        user = db.add(User(email="late@example.com", name="Late", password_hash=passwords.hashed(PASSWORD)))
    answer = sign_in(browser, user)
    assert answer.location == "/sign-up/confirm" and not browser.signed_in
    assert browser.post("/sign-up/confirm", code=mails("late@example.com")[0].context["code"]).status_code == 303
    assert browser.signed_in


def test_an_older_hash_is_made_anew(browser: Any, world: Any) -> None:
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    user = world.person("Old", password_hash=old)
    assert sign_in(browser, user).status_code == 303
    with db.system("read in a test") as session:
        kept = session.get_one(User, user.id).password_hash
    assert kept != old and not passwords.outdated(kept) and passwords.matches(kept, PASSWORD)


def ask_code(browser: Any, email: str, mails: Any, **more: str) -> str:
    assert browser.post("/sign-in/code", email=email, **more).location == "/sign-in/code"
    return mails(email)[-1].context["code"]


def test_a_code_signs_in_once(browser: Any, another: Any, world: Any, mails: Any) -> None:
    code = ask_code(browser, world.fay.email, mails, next="/library")
    assert another.post("/sign-in/code/check", code=code).status_code != 303 or not another.signed_in
    answer = browser.post("/sign-in/code/check", code=code)
    assert (answer.status_code, answer.location) == (303, "/library") and browser.signed_in
    browser.post("/sign-out", page="/me")
    browser.post("/sign-in/code", email="nobody@example.com")
    assert browser.post("/sign-in/code/check", code=code).status_code == 422 and not browser.signed_in


def test_a_code_ends_after_ten_minutes(browser: Any, world: Any, mails: Any) -> None:
    code = ask_code(browser, world.fay.email, mails)
    with time_machine.travel(db.now() + timedelta(minutes=11), tick=True):
        assert browser.post("/sign-in/code/check", code=code).status_code == 422
    assert not browser.signed_in


def test_a_sign_in_code_has_five_tries_and_a_refusal_does_not_undo_the_count(
    browser: Any, world: Any, mails: Any
) -> None:
    code = ask_code(browser, world.fay.email, mails)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert browser.post("/sign-in/code/check", code=wrong).status_code == 422
    assert browser.post("/sign-in/code/check", code=code).status_code == 422 and not browser.signed_in


def test_a_code_drops_the_password_of_an_account_that_nobody_proved(browser: Any, another: Any, mails: Any) -> None:
    """A stranger signs up with a victim's address and waits; the victim's first sign-in by code must not arm it."""
    another.post("/sign-up", page="/sign-up", name="Mallory", email="victim@example.com", password=PASSWORD)
    code = ask_code(browser, "victim@example.com", mails)
    assert browser.post("/sign-in/code/check", code=code).status_code == 303
    assert another.post("/sign-in", email="victim@example.com", password=PASSWORD).status_code == 422


def test_ten_wrong_passwords_pause_the_account_but_not_a_known_device(browser: Any, another: Any, kim: User) -> None:
    sign_in(browser, kim)
    browser.post("/sign-out", page="/me")
    for _ in range(10):
        assert sign_in(another, kim, "wrong horse battery").status_code == 422
    refused = sign_in(another, kim)
    assert refused.status_code == 429 and "code by e-mail" in refused.text and not another.signed_in
    assert sign_in(browser, kim).status_code == 303 and browser.signed_in
    with time_machine.travel(db.now() + timedelta(minutes=6), tick=True):
        assert sign_in(another, kim).status_code == 303


def test_unknown_addresses_are_paused_alike(browser: Any) -> None:
    statuses = [
        browser.post("/sign-in", email="nobody@example.com", password="wrong horse").status_code for _ in range(11)
    ]
    assert statuses == [422] * 10 + [429]


def test_a_code_still_opens_a_paused_account(browser: Any, kim: User, mails: Any) -> None:
    for _ in range(11):
        sign_in(browser, kim, "wrong horse battery")
    code = ask_code(browser, kim.email, mails)
    assert browser.post("/sign-in/code/check", code=code).status_code == 303 and browser.signed_in


def test_what_is_counted_does_not_name_the_address(browser: Any, kim: User) -> None:
    sign_in(browser, kim, "wrong horse battery")
    with db.system("read in a test") as session:
        (key,) = session.scalars(select(Attempt.key))
    assert kim.email not in key and len(key) == 64


def test_the_limiter_pauses_an_address_that_tries_many_accounts(limited: Browser) -> None:
    statuses = [
        limited.post("/sign-in", email=f"n{number}@example.com", password="wrong horse").status_code
        for number in range(31)
    ]
    assert statuses == [422] * 30 + [429]


def test_hooks_hear_who_signed_in_and_which_guest_they_were(
    browser: Any, kim: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[UUID, UUID | None, str]] = []
    hook = lambda person, visitor: heard.append((person, visitor, db.scope().name))  # noqa: E731
    monkeypatch.setattr(actions, "after_sign_in", actions.after_sign_in)
    actions.after_sign_in.append(hook)
    try:
        sign_in(browser, kim)
    finally:
        actions.after_sign_in.remove(hook)
    ((person, visitor, scope),) = heard
    assert person == kim.id and isinstance(visitor, UUID) and scope == "buyer"


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "\t//evil.example"]
)
def test_next_never_leaves_this_site(browser: Any, kim: User, target: str) -> None:
    assert sign_in(browser, kim, next=target).location == "/w"


def test_who_is_signed_in_needs_no_sign_in_page(browser: Any, kim: User) -> None:
    sign_in(browser, kim)
    assert browser.get("/sign-in?next=/cart").location == "/cart"
    assert browser.get("/sign-up").location == "/w"


def test_a_page_for_people_sends_others_to_sign_in_and_back(browser: Any, kim: User) -> None:
    assert browser.get("/me").location == "/sign-in?next=%2Fme"


def test_posts_need_the_token_and_this_site(browser: Any, kim: User) -> None:
    data = {"email": kim.email, "password": PASSWORD}
    assert browser.client.post("/sign-in", data=data).status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert browser.client.post("/sign-in", data=data, headers=foreign).status_code == 403
    assert sessions_of(kim) == []


def test_sweeping_forgets_what_is_over(browser: Any, kim: User) -> None:
    sign_in(browser, kim, "wrong horse battery")
    sign_in(browser, kim)
    with time_machine.travel(db.now() + timedelta(days=130), tick=True), db.system("sweep accounts") as session:
        actions.sweep()
        assert session.scalar(select(func.count()).select_from(Attempt)) == 0
    assert sessions_of(kim) == []
