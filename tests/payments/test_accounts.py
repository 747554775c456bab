"""TRAPS H: connecting with Stripe, once per seller, and what each state of the account means for the money."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.payments import actions
from app.payments.models import SellerAccount

from .conftest import Market


def account(market: Market, workspace: Any = None) -> SellerAccount:
    with db.workspace((workspace or market.world.north).id) as session:
        return session.scalars(select(SellerAccount).execution_options(populate_existing=True)).one()


def page(market: Market, path: str = "", person: Any = None) -> Any:
    market.world.sign_in(market.client, person or market.world.alice)
    return market.client.get(f"/w/{market.world.north.slug}/payouts{path}")


def post(market: Market, path: str, person: Any = None, **form: str) -> Any:
    market.world.sign_in(market.client, person or market.world.alice)
    market.client.application.config["WTF_CSRF_ENABLED"] = False
    try:
        return market.client.post(f"/w/{market.world.north.slug}/payouts/{path}", data=form)
    finally:
        market.client.application.config["WTF_CSRF_ENABLED"] = True


def test_t54_connecting_goes_to_stripe_and_back_and_only_the_account_says_how_far_it_is(market: Market) -> None:
    assert "Connect with Stripe" in page(market).text
    there = post(market, "connect", country="US")
    assert there.status_code == 303 and there.location.startswith(f"{market.sandbox.url}/setup/e/acct_")
    stripe_id = str(account(market).stripe_account_id)
    back = page(market, "/return")
    assert back.status_code == 303 and account(market).state == "pending"
    assert "Continue set-up" in page(market).text and "a bank account for payouts" in page(market).text
    market.sandbox.post(f"accounts/{stripe_id}", state="enabled")
    page(market, "/return")
    assert account(market).state == "enabled" and "Open Stripe dashboard" in page(market).text


def test_t55_a_used_link_comes_back_through_refresh_for_the_same_account(market: Market) -> None:
    first = post(market, "connect", country="US").location
    second = page(market, "/refresh")
    assert second.status_code == 303 and second.location != first
    assert second.location.split("/")[-2] == first.split("/")[-2] == account(market).stripe_account_id
    assert len(list(market.sandbox.client.v1.accounts.list().data)) == 1
    stranger = market.world.sign_in(market.client.application.test_client(), market.world.charlie)
    assert stranger.get(f"/w/{market.world.north.slug}/payouts/refresh").status_code == 404
    nobody = market.client.application.test_client().get(f"/w/{market.world.north.slug}/payouts/refresh")
    assert nobody.status_code == 303 and "/sign-in" in nobody.location


def test_only_owners_connect_and_everyone_else_may_look(market: Market) -> None:
    for person in (market.world.ada, market.world.bob, market.world.vera):
        assert post(market, "connect", person).status_code == 403
        assert "Only an owner" in page(market, person=person).text
    assert market.sandbox.client.v1.accounts.list().data == []


def test_the_country_is_the_sellers_choice_and_stays(market: Market) -> None:
    """What the browser's language names is proposed; nothing is created without a country that Stripe offers."""
    market.world.sign_in(market.client, market.world.alice)
    base = f"/w/{market.world.north.slug}/payouts"
    shown = market.client.get(base, headers={"Accept-Language": "fr-CH, fr;q=0.9"}).text
    assert '<option value="CH" selected>Switzerland' in shown
    for wrong in ({}, {"country": ""}, {"country": "AQ"}):
        refused = post(market, "connect", **wrong)
        assert refused.status_code == 422 and "Choose the country" in refused.text
    assert market.sandbox.client.v1.accounts.list().data == []
    assert post(market, "connect", country="DE").status_code == 303
    (made,) = market.sandbox.client.v1.accounts.list().data
    assert (made.country, made.default_currency, account(market).country) == ("DE", "eur", "DE")
    assert "Registered in Germany" in page(market).text
    assert post(market, "connect").status_code == 303 and post(market, "connect", country="FR").status_code == 303
    assert len(market.sandbox.client.v1.accounts.list().data) == 1


@pytest.mark.parametrize(
    ("state", "ours", "words"),
    [
        ("pending", "pending", "Stripe is checking what you sent"),
        ("enabled", "enabled", "Ready"),
        ("due", "restricted_soon", "a bank account for payouts"),
        ("restricted", "restricted", "an identity document"),
        ("rejected", "restricted", "Stripe closed this account."),
    ],
)
def test_each_state_has_its_words(market: Market, state: str, ours: str, words: str) -> None:
    seller = market.seller(state=state)
    assert account(market).state == ours and words in page(market).text
    market.paid((seller, 2000, 100))
    sent = ours in ("enabled", "restricted_soon")
    assert [row.state for row in market.transfers(seller)] == ["sent" if sent else "held"]


def test_t56_restricted_holds_and_enabled_again_sends_also_out_of_order(market: Market) -> None:
    seller = market.seller()
    for state in ("restricted", "enabled", "restricted"):
        market.sandbox.post(f"accounts/{seller.account_id}", state=state)
    market.deliver_new("account.updated")
    market.paid((seller, 2000, 100))
    assert account(market).state == "restricted" and [row.state for row in market.transfers(seller)] == ["held"]
    market.sandbox.post(f"accounts/{seller.account_id}", state="enabled")
    for event in reversed(market.events(kinds=["account.updated"]) or market.events(seller.account_id)):
        market.deliver({**event, "account": seller.account_id, "id": f"{event['id']}again"})
    market.run()
    assert account(market).state == "enabled" and [row.state for row in market.transfers(seller)] == ["sent"]


def test_t24_deauthorised_holds_and_offers_to_connect_again(market: Market) -> None:
    seller = market.seller()
    market.sandbox.post(f"accounts/{seller.account_id}", state="deauthorised")
    event = {
        "id": "evt_bye",
        "object": "event",
        "type": "account.application.deauthorized",
        "account": seller.account_id,
        "livemode": False,
        "data": {"object": {"id": "ca_x", "object": "application"}},
    }
    assert market.deliver(event) == 200
    market.run()
    assert account(market).state == "deauthorised" and "Connect again" in page(market).text
    market.paid((seller, 2000, 100))
    assert [row.state for row in market.transfers(seller)] == ["held"] and market.effects("transfer") == []
    post(market, "connect", country="US")
    assert account(market).stripe_account_id != seller.account_id and account(market).state == "pending"


def test_a_refused_call_tells_of_the_disconnection_as_well(market: Market) -> None:
    seller = market.seller()
    market.sandbox.post(f"accounts/{seller.account_id}", state="deauthorised")
    assert actions.refresh_account(seller.workspace_id) == "deauthorised"


def test_t58_the_dashboard_opens_when_there_is_one_and_says_so_kindly_when_not(market: Market) -> None:
    answer = post(market, "dashboard")
    assert answer.status_code == 409 and "Connect one first" in answer.text
    seller = market.seller(state="new")
    assert "Finish the set-up first" in post(market, "dashboard").text
    market.sandbox.post(f"accounts/{seller.account_id}", state="enabled")
    actions.refresh_account(seller.workspace_id)
    answer = post(market, "dashboard")
    assert answer.status_code == 303 and answer.location.startswith(f"{market.sandbox.url}/express/")


@pytest.mark.usefixtures("committed")
def test_t57_two_clicks_at_once_make_one_account(app: Any, market: Market) -> None:
    found: list[str] = []

    def click() -> None:
        with db.workspace(market.world.north.id):
            found.append(actions.ensure_account(market.world.actor))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len(set(found)) == 1
    assert len(list(market.sandbox.client.v1.accounts.list().data)) == 1
