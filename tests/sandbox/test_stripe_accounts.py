"""Sellers: from the first link to payouts, and every way it can stop on the way."""

from typing import Any

import pytest
import requests
import stripe

from .conftest import Sandbox

LINKS = {
    "type": "account_onboarding",
    "refresh_url": "http://shop.test/refresh",
    "return_url": "http://shop.test/return",
}


def visit(sandbox: Sandbox, account: str) -> tuple[str, str]:
    """A fresh link, and the address of the visit it opens."""
    link = sandbox.client.v1.account_links.create({"account": account, **LINKS})  # type: ignore[arg-type]
    opened = requests.get(link.url, allow_redirects=False, timeout=10)
    return link.url, sandbox.url + opened.headers["Location"]


def account_of(sandbox: Sandbox, identifier: str) -> Any:
    return sandbox.client.v1.accounts.retrieve(identifier)


def test_onboarding_is_finished_and_the_link_works_once(sandbox: Sandbox) -> None:
    seller = sandbox.seller("new")
    assert not account_of(sandbox, seller).details_submitted
    link, page = visit(sandbox, seller)
    assert "Set up your account to be paid" in requests.get(page, timeout=10).text
    done = requests.post(page, data={"ending": "enabled", "name": "Orbit"}, allow_redirects=False, timeout=10)
    assert done.headers["Location"] == "http://shop.test/return"
    account = account_of(sandbox, seller)
    assert account.charges_enabled and account.payouts_enabled and account.capabilities.transfers == "active"
    assert account.business_profile.name == "Orbit" and account.external_accounts.data[0].last4 == "6789"
    used = requests.get(link, allow_redirects=False, timeout=10)
    assert used.headers["Location"] == "http://shop.test/refresh"
    assert sandbox.receiver.wait_for("capability.updated")[0].account == seller


def test_a_link_expires_after_minutes(sandbox: Sandbox) -> None:
    seller = sandbox.seller("new")
    link = sandbox.client.v1.account_links.create({"account": seller, **LINKS})  # type: ignore[arg-type]
    assert link.expires_at - link.created == 300
    sandbox.post("clock", advance=301)
    late = requests.get(link.url, allow_redirects=False, timeout=10)
    assert late.headers["Location"] == "http://shop.test/refresh"


def test_skipping_leaves_the_account_as_it_was(sandbox: Sandbox) -> None:
    seller = sandbox.seller("new")
    _, page = visit(sandbox, seller)
    skipped = requests.post(page, data={"skip": "1"}, allow_redirects=False, timeout=10)
    assert skipped.headers["Location"] == "http://shop.test/return"
    account = account_of(sandbox, seller)
    assert not account.details_submitted and account.requirements.currently_due


@pytest.mark.parametrize(
    ("ending", "charges", "payouts", "reason"),
    [
        ("due", True, True, None),
        ("payouts_paused", True, False, None),
        ("pending", False, False, "requirements.pending_verification"),
        ("restricted", False, False, "requirements.past_due"),
        ("rejected", False, False, "rejected.other"),
    ],
)
def test_onboarding_can_end_in_other_ways(
    sandbox: Sandbox, ending: str, charges: bool, payouts: bool, reason: str | None
) -> None:
    seller = sandbox.seller("new")
    _, page = visit(sandbox, seller)
    requests.post(page, data={"ending": ending}, allow_redirects=False, timeout=10)
    account = account_of(sandbox, seller)
    assert (account.charges_enabled, account.payouts_enabled) == (charges, payouts)
    assert account.requirements.disabled_reason == reason and account.details_submitted


def test_a_working_account_can_go_back_and_be_lost(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    sandbox.post(f"accounts/{seller}", state="restricted")
    assert not account_of(sandbox, seller).payouts_enabled
    sandbox.post(f"accounts/{seller}", state="deauthorised")
    with pytest.raises(stripe.PermissionError):
        account_of(sandbox, seller)
    gone = sandbox.receiver.wait_for("account.application.deauthorized")[0]
    assert gone.account == seller and gone.data.object.object == "application"
    assert sandbox.client.v1.accounts.list().data == []


def test_the_controller_says_what_kind_of_account_it_is(sandbox: Sandbox) -> None:
    typed = sandbox.client.v1.accounts.create({"type": "express", "country": "DE"})
    controlled = sandbox.client.v1.accounts.create(
        {
            "controller": {
                "stripe_dashboard": {"type": "express"},
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
            }
        }
    )
    assert typed.controller.stripe_dashboard.type == controlled.controller.stripe_dashboard.type == "express"
    assert (typed.type, controlled.type, typed.default_currency) == ("express", "none", "eur")
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.client.v1.accounts.create({"type": "express", "controller": {"fees": {"payer": "application"}}})


def test_metadata_is_merged_and_type_is_fixed(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    sandbox.client.v1.accounts.update(seller, {"metadata": {"workspace": "7", "old": "x"}})
    account = sandbox.client.v1.accounts.update(seller, {"metadata": {"old": ""}, "email": "kim@example.com"})
    assert account.metadata.to_dict() == {"workspace": "7"} and account.email == "kim@example.com"
    with pytest.raises(stripe.InvalidRequestError) as fixed:
        sandbox.client.v1.accounts.update(seller, {"country": "DE"})  # type: ignore[typeddict-unknown-key]
    assert fixed.value.code == "parameter_unknown"


def test_the_dashboard_opens_once_for_express_accounts_only(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    link = sandbox.client.v1.accounts.login_links.create(seller)
    assert "Payouts on" in requests.get(link.url, timeout=10).text
    assert requests.get(link.url, timeout=10).status_code == 410
    with pytest.raises(stripe.InvalidRequestError, match="not completed onboarding"):
        sandbox.client.v1.accounts.login_links.create(sandbox.seller("new"))
    standard = sandbox.client.v1.accounts.create({"type": "standard"})
    with pytest.raises(stripe.InvalidRequestError, match="Express Dashboard"):
        sandbox.client.v1.accounts.login_links.create(standard.id)


def test_an_express_account_cannot_be_updated_by_account_update_links(sandbox: Sandbox) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="account_update"):
        sandbox.client.v1.account_links.create({**LINKS, "account": sandbox.seller(), "type": "account_update"})  # type: ignore[typeddict-item]


def test_the_home_page_offers_what_waits(sandbox: Sandbox) -> None:
    session = sandbox.session()
    sandbox.pay(session, method="debit")
    sandbox.charge(5000, "4000000000000259")
    sandbox.seller()
    page = requests.get(sandbox.url, timeout=10).text
    assert "Money arrives" in page and "Seller wins" in page and "Pay out" in page and "style=" not in page
    pressed = requests.post(
        f"{sandbox.url}/_sandbox/checkout/{session.id}/settle",
        data={"outcome": "succeeded", "back": "/"},
        allow_redirects=False,
        timeout=10,
    )
    assert (pressed.status_code, pressed.headers["Location"]) == (303, "/")
    assert "Money arrives" not in requests.get(sandbox.url, timeout=10).text
    shown = requests.get(f"{sandbox.url}/objects/{session.id}", timeout=10)
    assert "&#34;payment_status&#34;: &#34;paid&#34;" in shown.text
    assert requests.get(f"{sandbox.url}/objects/nothing", timeout=10).status_code == 404


def test_a_button_that_cannot_work_says_why(sandbox: Sandbox) -> None:
    session = sandbox.session()
    sandbox.pay(session)
    refused = requests.post(
        f"{sandbox.url}/_sandbox/checkout/{session.id}/settle", data={"outcome": "succeeded"}, timeout=10
    )
    assert refused.status_code == 400 and "Nothing was changed" in refused.text and "processing" in refused.text
