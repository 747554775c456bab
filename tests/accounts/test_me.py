"""What people change about themselves, and what nobody else can."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import User, UserSession
from app.core import db
from app.core.outbox import OutboxEvent

from .conftest import PASSWORD

NEW = "brass lantern over harbour"


@pytest.fixture
def kim(world: Any, browser: Any) -> User:
    user = world.person("Kim", password_hash=passwords.hashed(PASSWORD))
    world.sign_in(browser.client, user)
    return user


def fresh(user: User) -> User:
    with db.system("read in a test") as session:
        session.expire_all()
        return session.get_one(User, user.id)


def post(browser: Any, path: str, **fields: str) -> Any:
    return browser.post(path, page="/me", **fields)


def test_a_name_is_changed_and_a_bad_one_is_kept_in_its_form(browser: Any, kim: User) -> None:
    assert post(browser, "/me/name", name="Kim  Lee").status_code == 303 and fresh(kim).name == "Kim Lee"
    refused = post(browser, "/me/name", name="x" * 81)
    assert refused.status_code == 422 and "x" * 81 in refused.text and fresh(kim).name == "Kim Lee"
    assert refused.text.count('class="error-summary"') == 1, "the other forms of the page are not blamed"


def test_single_keys_can_be_turned_off(browser: Any, kim: User) -> None:
    assert 'name="hotkeys" content="on"' in browser.get("/me").text
    post(browser, "/me/preferences", hotkeys_off="y")
    assert 'name="hotkeys" content="off"' in browser.get("/me").text
    post(browser, "/me/preferences")
    assert fresh(kim).hotkeys_off is False


def test_a_new_password_needs_the_old_and_ends_other_sessions(
    browser: Any, another: Any, world: Any, kim: User, mails: Any
) -> None:
    world.sign_in(another.client, kim)
    refused = post(browser, "/me/password", current="wrong horse battery", password=NEW)
    assert refused.status_code == 422 and "not your current password" in refused.text
    assert passwords.matches(fresh(kim).password_hash, PASSWORD) and another.signed_in
    assert post(browser, "/me/password", current=PASSWORD, password="password1234").status_code == 422
    assert post(browser, "/me/password", current=PASSWORD, password=NEW).status_code == 303
    assert passwords.matches(fresh(kim).password_hash, NEW)
    assert browser.signed_in and not another.signed_in
    assert [mail.template for mail in mails(kim.email)] == ["account_changed"]


def test_the_old_password_cannot_be_guessed_from_a_stolen_session(browser: Any, kim: User) -> None:
    for _ in range(10):
        assert post(browser, "/me/password", current="wrong horse battery", password=NEW).status_code == 422
    assert post(browser, "/me/password", current=PASSWORD, password=NEW).status_code == 429
    assert passwords.matches(fresh(kim).password_hash, PASSWORD)


def test_without_a_password_a_fresh_sign_in_is_proof_enough(browser: Any, world: Any) -> None:
    world.sign_in(browser.client, world.fay)
    with time_machine.travel(db.now() + timedelta(minutes=20), tick=True):
        refused = post(browser, "/me/password", password=NEW)
    assert refused.status_code == 422 and "Sign out and in again" in refused.text
    assert fresh(world.fay).password_hash is None
    assert post(browser, "/me/password", password=NEW).status_code == 303
    assert passwords.matches(fresh(world.fay).password_hash, NEW)


def test_an_address_changes_when_its_link_is_opened(
    browser: Any, another: Any, world: Any, kim: User, mails: Any
) -> None:
    world.sign_in(another.client, kim)
    before = kim.email
    assert post(browser, "/me/email", email="kim@new.example", proof="wrong horse battery").status_code == 422
    assert mails("kim@new.example") == []
    assert post(browser, "/me/email", email="kim@new.example", proof=PASSWORD).status_code == 303
    assert fresh(kim).email == before
    path = f"/me/email/{mails('kim@new.example')[0].context['token']}"
    assert "kim@new.example" in browser.get(path).text and fresh(kim).email == before
    assert post(browser, path).status_code == 303
    assert fresh(kim).email == "kim@new.example" and browser.signed_in and not another.signed_in
    assert "kim@new.example" in mails(before)[-1].context["what"], "the old address hears of it"
    assert browser.get(path).status_code == 410


def test_somebody_else_s_address_link_does_nothing(
    browser: Any, another: Any, world: Any, kim: User, mails: Any
) -> None:
    post(browser, "/me/email", email="kim@new.example", proof=PASSWORD)
    path = f"/me/email/{mails('kim@new.example')[0].context['token']}"
    world.sign_in(another.client, world.fay)
    assert another.get(path).status_code == 410 and post(another, path).status_code == 410
    assert fresh(world.fay).email != "kim@new.example" and fresh(kim).email != "kim@new.example"


def test_a_taken_address_is_not_told_and_not_given(browser: Any, world: Any, kim: User, mails: Any) -> None:
    free = post(browser, "/me/email", email="free@example.com", proof=PASSWORD)
    taken = post(browser, "/me/email", email=world.fay.email, proof=PASSWORD)
    assert (free.status_code, free.location) == (taken.status_code, taken.location)
    assert [mail.template for mail in mails(world.fay.email)] == ["known_account"]


def test_an_address_taken_meanwhile_is_refused(browser: Any, world: Any, kim: User, mails: Any) -> None:
    post(browser, "/me/email", email="both@example.com", proof=PASSWORD)
    path = f"/me/email/{mails('both@example.com')[0].context['token']}"
    with db.system("test world"):
        db.add(User(email="both@example.com", name="First"))
    assert post(browser, path).status_code == 410 and fresh(kim).email == kim.email and browser.signed_in


def test_the_list_names_browsers_and_signs_one_out(browser: Any, another: Any, kim: User) -> None:
    assert another.post("/sign-in", email=kim.email, password=PASSWORD).status_code == 303
    page = browser.get("/me").text
    assert "Safari on iPhone" in page and "This browser" in page and "127.0.0.1" in page
    with db.system("read in a test") as session:
        other = session.scalars(select(UserSession.id).where(UserSession.user_agent.contains("iPhone"))).one()
    assert post(browser, f"/me/sessions/{other}/end").status_code == 303
    assert browser.signed_in and not another.signed_in
    with db.system("read in a test") as session:
        facts = session.scalars(select(OutboxEvent.topics).where(OutboxEvent.name == "accounts.SessionsEnded")).all()
    assert [f"revoked:{kim.id}"] in facts, "open live streams are told"


def test_all_others_are_signed_out_at_once(browser: Any, another: Any, world: Any, kim: User) -> None:
    world.sign_in(another.client, kim)
    assert post(browser, "/me/sessions/end-others").status_code == 303
    assert browser.signed_in and not another.signed_in


def test_nobody_ends_a_stranger_s_session(browser: Any, another: Any, world: Any, kim: User) -> None:
    world.sign_in(another.client, world.fay)
    with db.system("read in a test") as session:
        foreign = session.scalars(select(UserSession.id).where(UserSession.user_id == world.fay.id)).one()
    assert post(browser, f"/me/sessions/{foreign}/end").status_code == 404
    assert another.signed_in


def test_fields_that_no_form_has_change_nothing(browser: Any, kim: User) -> None:
    extra = {"disabled_at": "2030-01-01", "email": "other@example.com", "password_hash": "x", "id": str(kim.id)}
    post(browser, "/me/name", name="Kim", **extra)
    now = fresh(kim)
    assert now.disabled_at is None and now.email == kim.email and now.password_hash == kim.password_hash
