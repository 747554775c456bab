"""Passkeys: made, used, named, removed; and whatever an authenticator or a page may lie about signs nobody in."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from app.accounts import actions, passwords
from app.accounts.models import Passkey, PasskeyChallenge, User, UserSession
from app.core import db
from app.core.audit import AuditEntry

from .authenticator import ELIGIBLE, PRESENT, VERIFIED, Authenticator
from .conftest import PASSWORD


@pytest.fixture
def kim(world: Any, browser: Any) -> User:
    user = world.person("Kim", password_hash=passwords.hashed(PASSWORD))
    world.sign_in(browser.client, user)
    return user


def kept(user: User) -> list[Passkey]:
    with db.system("read in a test") as session:
        session.expire_all()
        return list(session.scalars(select(Passkey).where(Passkey.user_id == user.id)))


def methods(user: User) -> list[str]:
    with db.system("read in a test") as session:
        return list(session.scalars(select(UserSession.method).where(UserSession.user_id == user.id)))


def ask(browser: Any, path: str) -> dict[str, Any]:
    return dict(browser.post(f"{path}/options", page="/sign-in").json)


def add(browser: Any, key: Authenticator) -> Any:
    asked = ask(browser, "/me/passkeys")
    return browser.post("/me/passkeys", page="/me", challenge=asked["challenge"], answer=key.make(asked["publicKey"]))


def enter(browser: Any, key: Authenticator, **fields: str) -> Any:
    asked = ask(browser, "/sign-in/passkey")
    sent = {"challenge": asked["challenge"], "answer": key.sign(asked["publicKey"])} | fields
    return browser.post("/sign-in/passkey", **sent)


@pytest.fixture
def key(browser: Any, kim: User) -> Authenticator:
    """Kim's passkey."""
    made = Authenticator()
    assert add(browser, made).location == "/me#passkeys"
    return made


def test_a_passkey_is_made_for_this_place_and_a_verified_person(browser: Any, kim: User, mails: Any) -> None:
    options = ask(browser, "/me/passkeys")["publicKey"]
    assert options["rp"] == {"name": "Guildhall", "id": "localhost"} and options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert add(browser, Authenticator()).status_code == 303
    (row,) = kept(kim)
    assert row.name == "Firefox on Linux" and "Firefox on Linux" in browser.get("/me").text
    assert "was added" in mails(kim.email)[-1].context["what"]
    with db.workspace(db.PLATFORM) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "accounts.add_passkey")).one()
    assert (entry.actor_id, entry.subject_id) == (kim.id, row.id)
    assert [one["id"] for one in ask(browser, "/me/passkeys")["publicKey"]["excludeCredentials"]], (
        "it is not made twice"
    )


def test_a_passkey_signs_in_by_the_rules_of_every_sign_in(
    browser: Any, another: Any, kim: User, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[UUID] = []
    monkeypatch.setattr(actions.entering, "after_sign_in", [lambda person, _: heard.append(person)])
    answer = enter(another, key, next="/library")
    assert (answer.status_code, answer.location) == (303, "/library") and another.signed_in
    assert heard == [kim.id] and methods(kim).count("passkey") == 1
    assert "by passkey" in another.get("/me").text
    (row,) = kept(kim)
    assert row.sign_count == 1 and row.last_used_at is not None


def test_an_account_that_is_closed_stays_closed(another: Any, kim: User, key: Authenticator) -> None:
    with db.system("test world") as session:
        session.get_one(User, kim.id).disabled_at = db.now()
    assert enter(another, key).status_code == 422 and not another.signed_in


def test_an_unproven_address_is_proven_first(another: Any, kim: User, key: Authenticator) -> None:
    with db.system("test world") as session:
        session.get_one(User, kim.id).email_confirmed_at = None
    refused = enter(another, key)
    assert refused.status_code == 422 and "waits for its proof" in refused.text and not another.signed_in


LIES: dict[str, Callable[[Authenticator], object]] = {
    "another site's page": lambda key: setattr(key, "origin", "http://localhost.evil.example"),
    "our page on another port": lambda key: setattr(key, "origin", "http://localhost:8001"),
    "another place's passkey": lambda key: setattr(key, "rp_id", "evil.example"),
    "a person who was not verified": lambda key: setattr(key, "flags", PRESENT),
    "nobody was there": lambda key: setattr(key, "flags", VERIFIED),
    "framed by another site": lambda key: setattr(key, "framed", True),
    "another key": lambda key: setattr(key, "key", Authenticator().key),
    "suddenly synced": lambda key: setattr(key, "flags", PRESENT | VERIFIED | ELIGIBLE),
    "no handle": lambda key: setattr(key, "handle", b""),
    "an id that nobody has": lambda key: setattr(key, "credential_id", b"x" * 32),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_signs_nobody_in(another: Any, kim: User, key: Authenticator, lie: str) -> None:
    LIES[lie](key)
    refused = enter(another, key)
    assert refused.status_code == 422 and 'class="error-summary"' in refused.text
    assert "Enter your password" not in refused.text, "what was not typed is not blamed"
    assert not another.signed_in and "passkey" not in methods(kim)
    assert kept(kim)[0].sign_count == 0


@pytest.mark.parametrize("lie", list(LIES)[:6])
def test_a_lie_adds_no_passkey(browser: Any, kim: User, lie: str) -> None:
    key = Authenticator()
    LIES[lie](key)
    refused = add(browser, key)
    assert refused.status_code == 422 and "not added" in refused.text and kept(kim) == []


def test_an_answer_works_once_and_in_the_browser_that_was_asked(
    browser: Any, another: Any, app: Any, kim: User, key: Authenticator
) -> None:
    asked = ask(another, "/sign-in/passkey")
    sent = {"challenge": asked["challenge"], "answer": key.sign(asked["publicKey"])}
    thief = type(another)(app.test_client())
    assert thief.post("/sign-in/passkey", **sent).status_code == 422 and not thief.signed_in
    cookie = another.cookie("guildhall")
    assert another.post("/sign-in/passkey", **sent).status_code == 303
    thief.client.set_cookie("guildhall", cookie, domain="localhost")
    again = thief.post("/sign-in/passkey", **sent)
    assert again.status_code == 422 and "answered before" in again.text and not thief.signed_in


def test_a_refused_answer_spends_its_challenge_too(another: Any, kim: User, key: Authenticator) -> None:
    asked = ask(another, "/sign-in/passkey")
    sent = {"challenge": asked["challenge"], "answer": key.sign(asked["publicKey"])}
    assert another.post("/sign-in/passkey", **sent | {"answer": "{}"}).status_code == 422
    assert another.post("/sign-in/passkey", **sent).status_code == 422 and not another.signed_in


def test_a_challenge_ends_after_five_minutes_and_is_forgotten(another: Any, kim: User, key: Authenticator) -> None:
    asked = ask(another, "/sign-in/passkey")
    with time_machine.travel(db.now() + timedelta(minutes=6), tick=True):
        refused = another.post("/sign-in/passkey", challenge=asked["challenge"], answer=key.sign(asked["publicKey"]))
        assert refused.status_code == 422 and not another.signed_in
        ask(another, "/sign-in/passkey")
    with time_machine.travel(db.now() + timedelta(minutes=20), tick=True), db.system("sweep accounts") as session:
        actions.sweep()
        assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 0


def test_a_challenge_to_sign_in_adds_nothing_and_the_other_way_round(
    browser: Any, another: Any, kim: User, key: Authenticator
) -> None:
    asked = ask(browser, "/me/passkeys")
    sent = {"challenge": asked["challenge"], "answer": key.sign(asked["publicKey"])}
    browser.post("/sign-in/passkey", page="/me", **sent)
    assert "passkey" not in methods(kim)
    asked = ask(browser, "/sign-in/passkey")
    asked["publicKey"]["user"] = {"id": "AAAA"}
    made = Authenticator().make(asked["publicKey"])
    assert browser.post("/me/passkeys", page="/me", challenge=asked["challenge"], answer=made).status_code == 422
    assert len(kept(kim)) == 1


def test_somebody_elses_name_on_ones_own_passkey_opens_nothing(
    another: Any, world: Any, kim: User, key: Authenticator
) -> None:
    """The key is right and the handle names a victim; or the victim's id comes with one's own key."""
    key.handle = world.fay.id.bytes
    assert enter(another, key).status_code == 422
    stolen = Authenticator(credential_id=key.credential_id, handle=kim.id.bytes)
    assert enter(another, stolen).status_code == 422
    assert not another.signed_in and methods(world.fay) == [] and "passkey" not in methods(kim)


def test_a_passkey_belongs_to_one_account_only(
    browser: Any, another: Any, world: Any, kim: User, key: Authenticator
) -> None:
    world.sign_in(another.client, world.fay)
    refused = add(another, Authenticator(credential_id=key.credential_id, key=key.key))
    assert refused.status_code == 422 and "already added" in refused.text and kept(world.fay) == []
    assert "already added" in add(browser, key).text and len(kept(kim)) == 1


def test_a_counter_that_goes_back_shuts_the_passkey_and_tells(
    browser: Any, another: Any, app: Any, kim: User, key: Authenticator, mails: Any
) -> None:
    assert enter(another, key).status_code == 303
    copy = Authenticator(credential_id=key.credential_id, key=key.key, handle=key.handle, count=0)
    thief = type(another)(app.test_client())
    for _ in range(2):
        refused = enter(thief, copy)
        copy.count = 0
        assert refused.status_code == 422 and "counter went back" in refused.text and not thief.signed_in
    key.count = 100
    assert enter(thief, key).status_code == 422 and not thief.signed_in, "nobody knows which of the two is the copy"
    assert sum("copied" in mail.context["what"] for mail in mails(kim.email)) == 1
    assert "Not accepted" in browser.get("/me").text


def test_a_forged_count_without_the_key_shuts_nothing(another: Any, kim: User, key: Authenticator) -> None:
    assert enter(another, key).status_code == 303
    forged = Authenticator(credential_id=key.credential_id, handle=key.handle)
    enter(another, forged)
    assert kept(kim)[0].suspected_at is None


def test_authenticators_that_do_not_count_are_welcome_again(another: Any, kim: User, key: Authenticator) -> None:
    key.steps = 0
    for _ in range(2):
        assert enter(another, key).status_code == 303
        another.post("/sign-out", page="/me")


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", '{"id":1}', "[" * 5000, "x" * 30_000, '{"id":"","rawId":""}', "\u202e"]
)
def test_whatever_is_sent_is_answered_in_words(another: Any, kim: User, key: Authenticator, answer: str) -> None:
    asked = ask(another, "/sign-in/passkey")
    assert another.post("/sign-in/passkey", challenge=asked["challenge"], answer=answer).status_code == 422
    asked = ask(another, "/sign-in/passkey")
    good = json.loads(key.sign(asked["publicKey"]))
    good["response"]["clientDataJSON"] = good["response"]["authenticatorData"] = "oWF4"
    sent = {"challenge": asked["challenge"], "answer": json.dumps(good)}
    assert another.post("/sign-in/passkey", **sent).status_code == 422 and not another.signed_in


def test_who_signed_in_long_ago_confirms_first_and_comes_back(
    browser: Any, kim: User, key: Authenticator, mails: Any
) -> None:
    (row,) = kept(kim)
    path = f"/me/passkeys/{row.id}/remove"
    with time_machine.travel(db.now() + timedelta(minutes=20), tick=True):
        assert browser.post("/me/passkeys/options", page="/me").location == "/me/again?next=%2Fme%23passkeys"
        assert browser.post("/me/passkeys", page="/me").location.startswith("/me/again")
        assert browser.post(path, page="/me").location.startswith("/me/again") and len(kept(kim)) == 1
        asked = browser.get(path).location
        assert kim.email in browser.get(asked).text and "passkey" in browser.get(asked).text
        again = browser.post("/sign-in", page=asked, email=kim.email, password=PASSWORD, next=path)
        assert again.location == path and row.name in browser.get(path).text and len(kept(kim)) == 1
        assert browser.post(path, page="/me").status_code == 303
    assert kept(kim) == [] and "was removed" in mails(kim.email)[-1].context["what"]


def test_a_removed_passkey_opens_nothing(browser: Any, another: Any, kim: User, key: Authenticator) -> None:
    browser.post(f"/me/passkeys/{kept(kim)[0].id}/remove", page="/me")
    refused = enter(another, key)
    assert refused.status_code == 422 and "removed" in refused.text and not another.signed_in


def test_confirming_with_somebody_elses_passkey_changes_nobody(
    browser: Any, another: Any, world: Any, kim: User, key: Authenticator
) -> None:
    world.sign_in(another.client, world.fay)
    refused = enter(another, key)
    assert refused.status_code == 422 and "another account" in refused.text
    assert "passkey" not in methods(kim) and world.fay.name in another.get("/me").text


def test_names_are_ones_own_to_change_and_nobody_elses(
    browser: Any, another: Any, world: Any, kim: User, key: Authenticator
) -> None:
    path = f"/me/passkeys/{kept(kim)[0].id}"
    assert browser.post(path, page=path, name="  Work  laptop ").status_code == 303
    assert browser.post(path, page=path, name="").status_code == 422
    world.sign_in(another.client, world.fay)
    assert another.get(path).status_code == another.get(f"{path}/remove").status_code == 404
    assert another.post(path, page="/me", name="Mine").status_code == 404
    assert another.post(f"{path}/remove", page="/me").status_code == 404
    assert kept(kim)[0].name == "Work laptop" and "Work laptop" not in another.get("/me").text
    with db.buyer(world.fay.id) as session:
        assert session.scalars(select(Passkey)).all() == [] == session.scalars(select(PasskeyChallenge)).all()
