"""Guessing, flooding and trying cards run into a limit that says so (SECURITY.md §2, 2.4.1; §3, limits).

What counts per account (wrong passwords, codes, mails) is in tests/accounts.
"""

from typing import Any

import pytest
from flask_limiter.util import get_qualified_name

from app.core.web.limits import limiter
from tests.security.stage import Browser

GUESSED = {
    "accounts.sign_in_with_password": "passwords",
    "accounts.ask_code": "mails",
    "accounts.sign_in_with_code": "codes",
    "accounts.create_account": "mails",
    "accounts.confirm_by_code": "codes",
    "accounts.resend": "mails",
    "accounts.confirm_by_link": "passwords",
    "accounts.ask_reset": "mails",
    "accounts.set_new_password": "tokens",
    "accounts.change_password": "passwords",
    "accounts.ask_email_change": "mails",
    "accounts.ask_for_passkey": "challenges",
    "accounts.sign_in_with_passkey": "passkeys",
    "accounts.ask_to_add_passkey": "challenges",
    "accounts.add_passkey": "passkeys",
    "accounts.offer_session": "codes",
    "accounts.arriving": "codes",
    "accounts.arrive": "codes",
    "accounts.google": "round trips",
    "accounts.google_back": "round trips",
    "workspaces.create": "names",
    "workspaces.invite": "mails",
    "orders.send_links": "mails",
    "storefront.add_code": "discount codes",
    "storefront.place_order": "cards",
    "downloads.link": "links",
    "licence_api.activate": "licence keys",
    "licence_api.validate": "licence keys",
    "licence_api.deactivate": "licence keys",
    "licence_api.public_keys": "names of workspaces",
    "licences.seat_offline": "seats",
    "licences.free_own_seat": "seats",
    "licences.seat_file": "signatures",
    "licences.whole_file": "signatures",
    "licences.import_keys": "lists of keys",
    "licences.give_past": "mails",
    "licences.make_next_signer": "signing keys",
    "licences.start_signer": "signing keys",
}


def limits_of(app: Any, endpoint: str) -> list[str]:
    """The limits of one route, in the order in which they were written."""
    found = limiter.limit_manager.decorated_limits(get_qualified_name(app.view_functions[endpoint]))
    return [str(one.limit) for one in found]


@pytest.mark.parametrize("endpoint", GUESSED)
def test_what_can_be_guessed_or_flooded_has_a_limit_of_its_own(app: Any, endpoint: str) -> None:
    assert limits_of(app, endpoint), f"{GUESSED[endpoint]} could be tried without end"


def test_uploads_have_one_too(app: Any) -> None:
    without = [
        name for name, view in app.view_functions.items() if hasattr(view, "largest") and not limits_of(app, name)
    ]
    assert without == []


def test_discount_codes_cannot_be_tried_through(limited: Any) -> None:
    """The twenty-first try within a minute is refused in words, and the next page still opens."""
    browser = Browser(limited.test_client())
    typed = {"shop": "00000000-0000-7000-8000-000000000009", "discount": "GUESS"}
    seen = [browser.post("/cart/codes", typed).status_code for _ in range(22)]
    assert set(seen[:20]) <= {303, 404, 422}
    assert seen[20:] == [429, 429]
    answer = browser.post("/cart/codes", typed)
    assert "lot of tries" in answer.get_data(as_text=True)
    assert int(answer.headers["Retry-After"]) > 0
    assert browser.get("/cart").status_code == 200


def test_a_made_up_address_of_a_proxy_counts_for_nothing(limited: Any) -> None:
    """Without a proxy in front, X-Forwarded-For is a stranger's claim: changing it does not start a new count."""
    browser = Browser(limited.test_client())
    seen = []
    for number in range(32):
        headers = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}"}
        seen.append(
            browser.post("/sign-in", {"email": f"a{number}@b.test", "password": "x"}, headers=headers).status_code
        )
    assert seen[-1] == 429


def test_behind_one_proxy_only_its_own_word_counts(assembled: Any) -> None:
    """With TRUSTED_PROXIES=1 the last address is the proxy's; what the client wrote before it is ignored."""
    limiter.enabled = True
    application = assembled(app_env="development", redis_url="memory://", trusted_proxies=1)
    browser, seen = Browser(application.test_client()), []
    for number in range(32):
        headers = {"X-Forwarded-For": f"10.0.0.{number}, 192.0.2.7"}
        seen.append(
            browser.post("/sign-in", {"email": f"a{number}@b.test", "password": "x"}, headers=headers).status_code
        )
    assert seen[-1] == 429
    other = browser.post("/sign-in", {"email": "a@b.test", "password": "x"}, headers={"X-Forwarded-For": "192.0.2.8"})
    assert other.status_code == 422


def test_limits_hold_while_the_counter_is_away(assembled: Any) -> None:
    """A dead Valkey: counted in this process meanwhile, never without end, never a 500."""
    limiter.enabled = True
    application = assembled(app_env="development", redis_url="redis://127.0.0.1:1/0")
    browser = Browser(application.test_client())
    seen = [browser.post("/reset", {"email": f"a{number}@b.test"}).status_code for number in range(12)]
    assert seen[0] == 200
    assert seen[-1] == 429
    assert 500 not in seen
