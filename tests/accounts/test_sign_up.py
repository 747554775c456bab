"""New accounts: proven by code or link, closed to whoever does not own the address."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from app.accounts.models import User
from app.accounts.queries import by_email
from app.core import db

from .conftest import PASSWORD

EMAIL = "kim@example.com"


def person(email: str = EMAIL) -> User | None:
    with db.system("read in a test") as session:
        session.expire_all()
        return by_email(email)


def sign_up(browser: Any, email: str = EMAIL, password: str = PASSWORD, **more: str) -> Any:
    return browser.post("/sign-up", page="/sign-up", name="Kim", email=email, password=password, **more)


def test_a_code_opens_the_account(browser: Any, mails: Any) -> None:
    answer = sign_up(browser)
    assert (answer.status_code, answer.location) == (303, "/sign-up/confirm")
    assert person().email_confirmed_at is None and not browser.signed_in
    code = mails(EMAIL)[0].context["code"]
    answer = browser.post("/sign-up/confirm", code=f"{code[:3]} {code[3:]}")
    assert (answer.status_code, answer.location) == (303, "/w")
    assert person().email_confirmed_at is not None and browser.signed_in


def test_the_link_opens_the_account_in_the_browser_that_signed_up(browser: Any, mails: Any) -> None:
    sign_up(browser)
    path = f"/confirm/{mails(EMAIL)[0].context['token']}"
    page = browser.get(path)
    assert page.status_code == 200 and 'name="password"' not in page.text
    assert person().email_confirmed_at is None, "opening the link is not the proof: mail scanners open links"
    assert browser.post(path).status_code == 303 and browser.signed_in
    assert browser.post(path, page="/me").status_code == 410, "a link works once"


def test_elsewhere_the_link_asks_for_the_password(browser: Any, another: Any, mails: Any) -> None:
    """Else whoever signs up with your address has you open the account for them."""
    sign_up(browser)
    path = f"/confirm/{mails(EMAIL)[0].context['token']}"
    assert 'name="password"' in another.get(path).text
    refused = another.post(path, password="the victim does not know it")
    assert refused.status_code == 422 and person().email_confirmed_at is None and not another.signed_in
    assert another.post(path, password=PASSWORD).status_code == 303 and another.signed_in


def test_a_wrong_link_says_so(browser: Any) -> None:
    assert browser.get("/confirm/gl_nothing").status_code == 410


def test_a_code_has_five_tries(browser: Any, mails: Any) -> None:
    sign_up(browser)
    code = mails(EMAIL)[0].context["code"]
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert browser.post("/sign-up/confirm", code=wrong).status_code == 422
    refused = browser.post("/sign-up/confirm", code=code)
    assert refused.status_code == 422 and person().email_confirmed_at is None and not browser.signed_in


def test_a_code_ends_after_a_day(browser: Any, mails: Any) -> None:
    sign_up(browser)
    with time_machine.travel(db.now() + timedelta(hours=25), tick=True):
        code = mails(EMAIL)[0].context["code"]
        assert browser.post("/sign-up/confirm", code=code).status_code == 422
    assert person().email_confirmed_at is None


def test_a_code_works_in_the_browser_that_asked_only(browser: Any, another: Any, mails: Any) -> None:
    sign_up(browser)
    code = mails(EMAIL)[0].context["code"]
    answer = another.post("/sign-up/confirm", code=code)
    assert answer.location == "/sign-up" or answer.status_code in (302, 422)
    assert not another.signed_in and person().email_confirmed_at is None


def test_a_new_code_ends_the_old_one(browser: Any, mails: Any) -> None:
    sign_up(browser)
    browser.post("/sign-up/resend")
    first, second = mails(EMAIL)
    assert browser.post("/sign-up/confirm", code=first.context["code"]).status_code == 422
    assert browser.post("/sign-up/confirm", code=second.context["code"]).status_code == 303


def test_a_known_address_gets_the_same_answer_and_keeps_its_account(browser: Any, world: Any, mails: Any) -> None:
    known = sign_up(browser, email=world.alice.email)
    unknown = sign_up(browser, email="new@example.com")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert person(world.alice.email).name == "Alice" and person(world.alice.email).password_hash is None
    assert [mail.template for mail in mails(world.alice.email)] == ["known_account"]


def test_signing_up_again_before_the_proof_replaces_the_first_try(browser: Any, another: Any, mails: Any) -> None:
    """Who squats on an address loses it to whoever can read its mail."""
    sign_up(browser, password="squatters pick long words")
    sign_up(another)
    assert another.post("/sign-up/confirm", code=mails(EMAIL)[1].context["code"]).status_code == 303
    answer = browser.post("/sign-in", email=EMAIL, password="squatters pick long words")
    assert answer.status_code == 422 and not browser.signed_in


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short words", "at least 12"),
        ("password1234", "common"),
        ("aaaaaaaaaaaaaa", ""),
        ("qwertyuiop12", ""),
        ("kimberley-o-3-rocks", "name"),
        ("KK.kimberley@example.com", "name"),
        ("ä" * 600, "1024 bytes"),
    ],
)
def test_a_weak_password_is_refused_with_advice(browser: Any, password: str, words: str) -> None:
    answer = browser.post(
        "/sign-up", page="/sign-up", name="Kimberley O", email="kk.kimberley@example.com", password=password
    )
    assert answer.status_code == 422 and words in answer.text
    assert 'value="kk.kimberley@example.com"' in answer.text, "what was typed stays"
    assert password not in answer.text, "but the password is not sent back"
    assert person("kk.kimberley@example.com") is None


@pytest.mark.parametrize(
    "email", ["", "kim", "kim@", "kim@example", "a b@example.com", "kim@example.com\r\nBcc: x@y.zz"]
)
def test_an_address_must_be_one(browser: Any, email: str) -> None:
    answer = sign_up(browser, email=email)
    assert answer.status_code == 422 and "kim@example.com" in answer.text


def test_a_name_cannot_smuggle_headers_or_links(browser: Any) -> None:
    browser.post("/sign-up", page="/sign-up", name="Kim\r\nBcc: all@example.com", email=EMAIL, password=PASSWORD)
    assert person() is None
    browser.post("/sign-up", page="/sign-up", name="  Kim \x07 Lee ", email=EMAIL, password=PASSWORD)
    assert person().name == "Kim Lee"


def test_next_is_kept_over_the_proof_and_stays_on_this_site(browser: Any, another: Any, mails: Any) -> None:
    sign_up(browser, next="/cart")
    assert browser.post("/sign-up/confirm", code=mails(EMAIL)[0].context["code"]).location == "/cart"
    sign_up(another, email="lee@example.com", next="//evil.example/")
    assert another.post("/sign-up/confirm", code=mails("lee@example.com")[0].context["code"]).location == "/w"


def test_mails_render_and_never_show_a_stranger_s_name(app: Any, browser: Any, mails: Any) -> None:
    from app.notifications.actions import render

    sign_up(browser)
    row = mails(EMAIL)[0]
    with app.app_context():
        subject, text, html = render(row.template, row.context)
    assert row.context["code"] in subject and row.context["code"] in text and row.context["code"] in html
    assert re.search(r"http://localhost/confirm/gl_\S+", text) and "Kim" not in text + html


def test_more_than_five_mails_an_hour_are_not_sent(browser: Any, mails: Any) -> None:
    for _ in range(7):
        answer = sign_up(browser)
    assert answer.status_code == 303 and len(mails(EMAIL)) == 5
