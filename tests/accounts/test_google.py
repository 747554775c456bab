"""Sign-in with Google, tried against the sandbox's OpenID provider over HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import select

from app.accounts import passwords
from app.accounts.models import Identity, User, UserSession
from app.accounts.queries import by_email
from app.core import db, settings
from tests.letters import Letters
from tests.sandbox.conftest import config_for, halt, serve

from .conftest import PASSWORD


@pytest.fixture(scope="module")
def provider(app: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The provider's address; the application is configured for it."""
    config = config_for(tmp_path_factory.mktemp("openid"), Letters(url="http://localhost"))
    sandbox, server = serve(config)
    chosen = settings.current()
    values = {
        "google_client_id": config.google_client_id,
        "google_client_secret": config.google_client_secret,
        "google_discovery_url": f"{config.base_url}/openid/.well-known/openid-configuration",
    }
    before = {name: getattr(chosen, name) for name in values}
    for name, value in values.items():
        object.__setattr__(chosen, name, value)
    yield config.base_url
    for name, value in before.items():
        object.__setattr__(chosen, name, value)
    halt(sandbox, server)


def leave(browser: Any, path: str = "/sign-in/google?next=/cart") -> str:
    answer = browser.get(path)
    assert answer.status_code == 302
    return answer.location


def decide(location: str, **form: str) -> str:
    """The person's decision at the provider; the way back it sends them."""
    answer = requests.post(location, data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 303, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def sign_in(browser: Any, email: str, verified: bool = True) -> Any:
    form = {"email": email, "name": "Gina  G"} | ({"verified": "y"} if verified else {})
    return browser.get(decide(leave(browser), **form))


def people(email: str) -> User | None:
    with db.system("read in a test") as session:
        session.expire_all()
        return by_email(email)


def identities() -> list[Identity]:
    with db.system("read in a test") as session:
        return list(session.scalars(select(Identity)))


def test_the_way_out_carries_state_nonce_and_pkce(provider: str, browser: Any) -> None:
    asked = parse_qs(urlsplit(leave(browser)).query)
    assert asked["redirect_uri"] == ["http://localhost/sign-in/google/back"]
    assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
    assert len(asked["state"][0]) >= 20 and len(asked["nonce"][0]) >= 20


def test_a_verified_new_address_makes_an_account(provider: str, browser: Any) -> None:
    answer = sign_in(browser, "gina@example.com")
    assert (answer.status_code, answer.location) == (303, "/cart") and browser.signed_in
    user = people("gina@example.com")
    assert user.name == "Gina G" and user.email_confirmed_at is not None and user.password_hash is None
    assert sign_in(browser, "gina@example.com").status_code == 303 and len(identities()) == 1


def test_a_verified_known_address_is_linked_and_told(provider: str, browser: Any, world: Any, mails: Any) -> None:
    assert sign_in(browser, world.fay.email).status_code == 303 and browser.signed_in
    (row,) = identities()
    assert row.user_id == world.fay.id
    assert [mail.template for mail in mails(world.fay.email)] == ["account_changed"]


@pytest.mark.parametrize("known", [True, False])
def test_an_unverified_address_opens_nothing(provider: str, browser: Any, world: Any, known: bool) -> None:
    email = world.fay.email if known else "ghost@example.com"
    answer = sign_in(browser, email, verified=False)
    assert answer.status_code == 422 and "has not verified" in answer.text
    assert not browser.signed_in and identities() == [] and people("ghost@example.com") is None


def test_linking_an_unproven_account_drops_its_password(provider: str, browser: Any, another: Any) -> None:
    browser.post("/sign-up", page="/sign-up", name="Mallory", email="victim@example.com", password=PASSWORD)
    assert sign_in(another, "victim@example.com").status_code == 303
    assert people("victim@example.com").password_hash is None
    assert browser.post("/sign-in", email="victim@example.com", password=PASSWORD).status_code == 422


def test_an_answer_for_another_browser_is_refused(provider: str, browser: Any, another: Any) -> None:
    """Login CSRF: an attacker's own answer is slipped to a victim."""
    back = decide(leave(another), pick="fay@example.com")
    leave(browser)
    assert browser.get(back).status_code == 400 and not browser.signed_in
    assert another.get(back).status_code == 303


def test_an_answer_works_once(provider: str, browser: Any) -> None:
    back = decide(leave(browser), pick="fay@example.com")
    assert browser.get(back).status_code == 303
    browser.post("/sign-out", page="/me")
    assert browser.get(back).status_code == 400 and not browser.signed_in


def test_a_changed_code_is_refused(provider: str, browser: Any) -> None:
    back = decide(leave(browser), pick="fay@example.com").replace("code=", "code=x")
    assert browser.get(back).status_code == 400 and not browser.signed_in


def test_cancelling_comes_back_to_the_sign_in_page(provider: str, browser: Any) -> None:
    answer = browser.get(decide(leave(browser), cancel="y"))
    assert answer.location == "/sign-in" and "You cancelled" in browser.get("/sign-in").text


def test_connecting_and_disconnecting_an_account(provider: str, browser: Any, world: Any) -> None:
    world.sign_in(browser.client, world.fay)
    answer = browser.get(decide(leave(browser, "/me/google"), email="other@example.com", name="F", verified="y"))
    assert answer.location == "/me" and [row.user_id for row in identities()] == [world.fay.id]
    assert "Disconnect Google" in browser.get("/me").text
    browser.post("/me/google/disconnect", page="/me")
    assert identities() == []


def test_one_google_account_opens_one_account(provider: str, browser: Any, another: Any, world: Any) -> None:
    sign_in(another, "gina@example.com")
    world.sign_in(browser.client, world.fay)
    answer = browser.get(decide(leave(browser, "/me/google"), email="gina@example.com", name="G", verified="y"))
    assert answer.status_code == 409 and [row.user_id for row in identities()] == [people("gina@example.com").id]


def test_connecting_is_for_the_person_who_began_it(provider: str, browser: Any, world: Any) -> None:
    world.sign_in(browser.client, world.fay)
    location = leave(browser, "/me/google")
    world.sign_in(browser.client, world.bob)
    answer = browser.get(decide(location, email="x@example.com", name="X", verified="y"))
    assert answer.status_code == 400 and identities() == []


def test_a_provider_that_is_away_is_said_in_words(browser: Any, provider: str) -> None:
    chosen = settings.current()
    before = chosen.google_discovery_url
    object.__setattr__(chosen, "google_discovery_url", "http://127.0.0.1:1/openid")
    try:
        answer = browser.get("/sign-in/google")
    finally:
        object.__setattr__(chosen, "google_discovery_url", before)
    assert answer.status_code == 503 and "not answering" in answer.text


def test_without_settings_there_is_no_button_and_no_page(browser: Any) -> None:
    chosen = settings.current()
    before = chosen.google_client_id
    object.__setattr__(chosen, "google_client_id", "")
    try:
        assert "Continue with Google" not in browser.get("/sign-in").text
        assert browser.get("/sign-in/google").status_code == 404
    finally:
        object.__setattr__(chosen, "google_client_id", before)


def test_a_session_by_google_says_so(provider: str, browser: Any, world: Any) -> None:
    sign_in(browser, world.fay.email)
    with db.system("read in a test") as session:
        (row,) = session.scalars(select(UserSession).where(UserSession.user_id == world.fay.id))
    assert row.method == "google" and "by Google" in browser.get("/me").text
    assert not passwords.matches(people(world.fay.email).password_hash, PASSWORD)
