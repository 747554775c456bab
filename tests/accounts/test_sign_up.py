"""New accounts: proven by code or link, closed to whoever does not own the address."""

from typing import Any

from app.accounts.models import User
from app.accounts.queries import by_email
from app.core import db

from .conftest import PASSWORD

EMAIL = "kim@example.com"


def person(email: str = EMAIL) -> User | None:
    with db.system("read in a test"):
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
