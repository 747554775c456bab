"""Shopee's doors in the sandbox: consent, codes, tokens, signatures, timestamps, limits (SHOPEE.md §2-§4, §9)."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sandbox
from tests.sandbox.shopee import BACK, PARTNER, Caller, Shop, consent, exchanged, link, opened, sign

INFO, REFRESH = "/api/v2/shop/get_shop_info", "/api/v2/auth/access_token/get"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


# --- consent
def test_the_consent_page_shows_the_sellers_shops(shop: Shop) -> None:
    answer = requests.get(link(shop.sandbox), timeout=20)
    assert answer.status_code == 200 and shop.shop in answer.text and "Allow" in answer.text and "Deny" in answer.text
    assert "<script" not in answer.text and 'style="' not in answer.text and "Main account" not in answer.text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"sign": "0" * 64}, "Wrong sign"),
        ({"partner_id": "7"}, "Invalid partner_id"),
        ({"timestamp": "1655714431"}, "expired"),
        ({"redirect": "https://elsewhere.test/channels/shopee/return"}, "not in the domain"),
        ({"redirect": ""}, "not in the domain"),
    ],
)
def test_a_link_that_is_not_in_order_shows_no_shop(shop: Shop, wrong: dict[str, str], words: str) -> None:
    address = link(shop.sandbox, **wrong)
    for answer in (
        requests.get(address, timeout=20),
        requests.post(address, data={"pick": shop.shop, "decision": "allow"}, allow_redirects=False, timeout=20),
    ):
        assert answer.status_code == 403 and words in answer.text and shop.shop not in answer.text
        assert "Location" not in answer.headers


def test_a_link_is_good_for_five_minutes(shop: Shop) -> None:
    assert requests.get(link(shop.sandbox, age=290), timeout=20).status_code == 200
    assert requests.get(link(shop.sandbox, age=310), timeout=20).status_code == 403


def test_allow_leads_back_with_code_and_shop_beside_our_state(shop: Shop) -> None:
    assert set(consent(shop.sandbox, shop.shop)) == {"state", "code", "shop_id"}
    assert consent(shop.sandbox, shop.shop)["shop_id"] == shop.shop


def test_deny_leads_back_without_a_code(shop: Shop) -> None:
    assert consent(shop.sandbox, shop.shop, "deny") == {"state": "s"}


def test_an_unknown_shop_asks_again(shop: Shop) -> None:
    answer = requests.post(
        link(shop.sandbox), data={"pick": "1", "decision": "allow"}, allow_redirects=False, timeout=20
    )
    assert answer.status_code == 422 and "Choose a shop first" in answer.text


def test_a_seller_without_a_shop_opens_the_demo_shop(sandbox: Sandbox) -> None:
    sandbox.post("market/apps", platform="shopee", redirect=BACK)
    address = link(sandbox)
    assert "You have no Shopee shop yet" in requests.get(address, timeout=20).text
    answer = requests.post(address, data={"demo": "1"}, timeout=60)
    assert answer.ok and "Deep Field Prints on Shopee" in answer.text and "Allow" in answer.text


def test_a_main_account_opens_all_shops_with_one_code(shop: Shop) -> None:
    other = opened(shop.sandbox)
    answer = consent(shop.sandbox, "main")
    assert set(answer) == {"state", "code", "main_account_id"}
    tokens = exchanged(shop.sandbox, answer)
    assert sorted(tokens["shop_id_list"]) == sorted([int(shop.shop), int(other.shop)])
    for one in (shop.shop, other.shop):
        assert Caller(shop.sandbox, one, tokens["access_token"]).get(INFO)["shop_name"] == "Deep Field Prints"
        mine = Caller(shop.sandbox).post(
            REFRESH, refresh_token=tokens["refresh_token"], partner_id=int(PARTNER), shop_id=int(one)
        )
        assert mine["shop_id"] == int(one)
        other_shop = next(found for found in (shop.shop, other.shop) if found != one)
        assert Caller(shop.sandbox, other_shop, mine["access_token"]).refused("GET", INFO)[0] == "error_auth"


# --- codes and tokens
def test_a_code_works_once_and_for_ten_minutes(shop: Shop) -> None:
    answer = consent(shop.sandbox, shop.shop)
    body = {"code": answer["code"], "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    tokens = Caller(shop.sandbox).post("/api/v2/auth/token/get", **body)
    assert tokens["expire_in"] == 14400 and tokens["shop_id_list"] == [int(shop.shop)]
    assert Caller(shop.sandbox).refused("POST", "/api/v2/auth/token/get", body)[0] == "invalid_code"
    late = consent(shop.sandbox, shop.shop)
    shop.sandbox.post("clock", advance=601)
    assert (
        Caller(shop.sandbox).refused("POST", "/api/v2/auth/token/get", {**body, "code": late["code"]})[0]
        == "invalid_code"
    )


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"shop_id": 5}, "invalid_shop_id"),
        ({"shop_id": None, "main_account_id": 19000}, "invalid_shop_id"),
        ({"main_account_id": 19000}, "error_param"),
        ({"partner_id": 7}, "error_param"),
        ({"code": "guessed"}, "invalid_code"),
        ({"code": ""}, "error_param"),
    ],
)
def test_a_code_that_does_not_fit_gives_no_tokens(shop: Shop, change: dict[str, Any], error: str) -> None:
    body = {"code": consent(shop.sandbox, shop.shop)["code"], "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    assert Caller(shop.sandbox).refused("POST", "/api/v2/auth/token/get", {**body, **change})[0] == error
    assert Caller(shop.sandbox).post("/api/v2/auth/token/get", **body)["access_token"]


def test_a_refresh_token_works_once(shop: Shop) -> None:
    body = {"refresh_token": shop.refresh, "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    new = Caller(shop.sandbox).post(REFRESH, **body)
    assert new["refresh_token"] != shop.refresh and new["expire_in"] == 14400
    assert Caller(shop.sandbox).refused("POST", REFRESH, body)[0] == "error_shop_refresh_token"
    assert Caller(shop.sandbox, shop.shop, new["access_token"]).get(INFO)["region"] == "SG"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"refresh_token": "x"}, "error_auth"),
        ({"shop_id": 5}, "invalid_shop_id"),
        ({"shop_id": "a"}, "invalid_shop_id"),
    ],
)
def test_a_refresh_that_does_not_fit_spends_nothing(shop: Shop, change: dict[str, Any], error: str) -> None:
    body = {"refresh_token": shop.refresh, "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    assert Caller(shop.sandbox).refused("POST", REFRESH, {**body, **change})[0] == error
    assert Caller(shop.sandbox).post(REFRESH, **body)["access_token"]


def test_tokens_end(shop: Shop) -> None:
    shop.sandbox.post("clock", advance=4 * 3600 + 1)
    assert shop.refused("GET", INFO) == ("invalid_acceess_token", "Invalid access_token, please have a check.")
    body = {"refresh_token": shop.refresh, "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    shop.sandbox.post("clock", advance=30 * 86400)
    assert Caller(shop.sandbox).refused("POST", REFRESH, body)[0] == "refresh_token_expired"


def test_a_consent_lasts_a_year_and_ends_when_it_is_taken_back(shop: Shop) -> None:
    info = shop.get(INFO)
    assert info["expire_time"] - info["auth_time"] == 365 * 86400
    assert [
        one["shop_id"] for one in Caller(shop.sandbox).get("/api/v2/public/get_shops_by_partner")["authed_shop_list"]
    ] == [int(shop.shop)]
    shop.sandbox.post(f"market/shops/shopee/{shop.shop}/end-access")
    body = {"refresh_token": shop.refresh, "partner_id": int(PARTNER), "shop_id": int(shop.shop)}
    assert shop.refused("GET", INFO)[0] == Caller(shop.sandbox).refused("POST", REFRESH, body)[0] == "shop_no_linked"
    assert Caller(shop.sandbox).get("/api/v2/public/get_shops_by_partner")["authed_shop_list"] == []


def test_a_shop_that_was_banned_answers_nothing(shop: Shop) -> None:
    shop.change(suspended=True)
    assert shop.refused("GET", INFO)[0] == "shop_banned"


# --- signatures
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"partner_id": None}, ("error_param", "There is no partner_id in query.")),
        ({"partner_id": "9"}, ("error_param", "Invalid partner_id.")),
        ({"timestamp": None}, ("error_param", "no timestamp")),
        ({"timestamp": "soon"}, ("error_param", "Invalid timestamp")),
        ({"timestamp": "1655714431"}, ("error_param", "Timestamp is expired.")),
        ({"sign": None}, ("error_param", "There is no sign in query.")),
        ({"sign": "0" * 64}, ("error_sign", "Wrong sign.")),
        ({"sign": "ü"}, ("error_sign", "Wrong sign.")),
        ({"access_token": None}, ("error_param", "There is no access_token in query.")),
        ({"shop_id": None}, ("error_param", "There is no shop_id in query.")),
        ({"access_token": "guessed"}, ("error_auth", "Invalid access_token.")),
        ({"shop_id": "5"}, ("error_auth", "Invalid partner_id or shopid.")),
    ],
)
def test_requests_that_are_not_in_order_are_refused(shop: Shop, wrong: dict[str, Any], error: tuple[str, str]) -> None:
    assert shop.refused("GET", INFO, **wrong) == error
    assert shop.send("GET", INFO, **wrong).status_code == 403


def test_the_path_counts_without_the_sandboxs_prefix(shop: Shop) -> None:
    stamp = str(int(time.time()))
    with_prefix = sign(f"{PARTNER}/shopee{INFO}{stamp}{shop.token}{shop.shop}")
    assert shop.refused("GET", INFO, timestamp=stamp, sign=with_prefix)[0] == "error_sign"


@pytest.mark.parametrize("late", [-250, 250])
def test_clocks_may_differ_by_five_minutes(shop: Shop, late: int) -> None:
    assert shop.get(INFO, timestamp=str(int(time.time()) + late))["region"] == "SG"
    assert shop.refused("GET", INFO, timestamp=str(int(time.time()) + late * 2))[1] == "Timestamp is expired."


def test_public_calls_need_no_shop_and_others_do(shop: Shop) -> None:
    assert Caller(shop.sandbox).get("/api/v2/push/get_app_push_config")["callback_url"]
    assert Caller(shop.sandbox).refused("GET", INFO) == ("error_param", "There is no access_token in query.")


def test_a_path_that_does_not_exist_says_so(shop: Shop) -> None:
    error, message = shop.refused("GET", "/api/v2/product/get_everything")
    assert error == "error_param" and "path is incorrect" in message


# --- limits
def test_limits_that_a_door_sets_are_kept(shop: Shop) -> None:
    shop.sandbox.post("market/limits", platform="shopee", per_day=1)
    assert shop.get(INFO) and shop.refused("GET", INFO)[0] == "error_limit"
    shop.sandbox.post("market/limits", platform="shopee", per_second=1)
    errors = {shop.send("GET", INFO).json()["error"] for _ in range(12)}
    assert "error_rate_limit" in errors
    shop.sandbox.post("market/limits", platform="shopee")
    assert shop.get(INFO)
