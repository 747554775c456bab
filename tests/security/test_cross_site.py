"""A page of another site cannot act for anybody here (SECURITY.md §2, 3.5.1-3.5.3). Routes without any token: tests/architecture."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.core import db
from app.models import metadata
from tests.security.stage import Browser, Stage

FORGERIES: dict[str, Callable[[str], dict[str, Any]]] = {
    "made-up token": lambda token: {"data": {"csrf_token": "made-up"}},
    "another browser's token": lambda token: {"data": {"csrf_token": "$other"}},
    "another site's page": lambda token: {"data": {"csrf_token": token}, "headers": {"Sec-Fetch-Site": "cross-site"}},
    "a sibling host's page": lambda token: {"data": {"csrf_token": token}, "headers": {"Sec-Fetch-Site": "same-site"}},
    "an old browser, another origin": lambda token: {
        "data": {"csrf_token": token},
        "headers": {"Origin": "https://evil.example"},
    },
    "an opaque origin": lambda token: {"data": {"csrf_token": token}, "headers": {"Origin": "null"}},
    "a form as plain text": lambda token: {"data": f"csrf_token={token}\r\n", "content_type": "text/plain"},
    "a form as JSON": lambda token: {"json": {"csrf_token": token}},
}


SERVERS = ("/webhooks/", "/channels/woocommerce/keys", "/unsubscribe/", "/api/v1/licences/")
"""Posted by servers of others, which have no cookie of ours: proven by a signature, or by a nonce that was told to them alone.
Programs that were sold bring a licence key and no cookie (tests/licences/test_api.py).
An unsubscribe link is posted by mail programs (RFC 8058), and its signature is all that counts."""


def fingerprint() -> dict[str, str]:
    """Of every row of every table, by table."""
    with db.system("test world") as session:
        return {table.name: _digest(session, table.name) for table in metadata.sorted_tables}


def _digest(session: Any, table: str) -> str:
    rows = session.scalars(text(f"select t::text from {table} t order by 1"))
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_every_change_refuses_it(stage: Stage, forgery: str) -> None:
    seller, other = stage.browser(stage.world.alice), stage.browser(stage.world.charlie)
    token = seller.token
    call = FORGERIES[forgery](token)
    if call.get("data") == {"csrf_token": "$other"}:
        call["data"] = {"csrf_token": other.token}
    before, accepted = fingerprint(), []
    for _, _, path in stage.routes("POST"):
        if not path.startswith(SERVERS) and seller.client.post(path, **call).status_code != 403:
            accepted.append(path)
    assert accepted == []
    assert fingerprint() == before


def test_the_same_form_from_our_own_page_is_accepted(stage: Stage) -> None:
    """The control run: what the forgeries lack is exactly this."""
    seller = stage.browser(stage.world.alice)
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}):
        assert seller.post("/me/name", {"name": "Alice A."}, headers=headers).status_code == 303


def test_a_token_ends_with_the_session_it_was_made_for(stage: Stage) -> None:
    """After signing out, the old page's form is no good any more."""
    browser = stage.browser(stage.world.fay)
    token = browser.token
    assert browser.post("/sign-out").status_code == 303
    answer = browser.client.post("/cart/adjustment", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "Reload the page" in answer.get_data(as_text=True)


def test_nobody_is_signed_in_by_another_site(stage: Stage) -> None:
    """Login forgery: the sign-in form is a change like any other."""
    browser = Browser(stage.app.test_client())
    typed = {"email": stage.world.fay.email, "password": "violet kettle under snow"}
    answer = browser.post("/sign-in", typed, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert browser.client.get_cookie("session") is None


def test_reading_another_sites_way_changes_nothing(stage: Stage) -> None:
    """Images and links of other sites may lead to any page; none of them does anything."""
    seller, buyer = stage.browser(stage.world.alice), stage.browser(stage.world.fay)
    quiet = [one for one in stage.routes("GET") if one[0] not in MAY_NOTE]
    before = fingerprint()
    for _, _, path in quiet:
        browser = seller if path.startswith("/w") else buyer
        browser.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
    assert fingerprint() == before


MAY_NOTE = {
    "live.listen",  # never ends
    "downloads.download",  # notes that bytes were sent
    "storefront.done",  # asks the payment provider again, at most once in five seconds
    "storefront.back",
    "storefront.wait",
    "payments.refresh",  # the provider's own way back into onboarding
    "payments.returned",
}
