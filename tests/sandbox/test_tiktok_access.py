"""TikTok's doors in the sandbox: consent, tokens, signatures, the time window, scopes and ciphers (TIKTOK.md §2-4, §10)."""

import time
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import Sandbox
from tests.sandbox.tiktok import KEY, SERVICE, Shop, consent, exchange, opened, tokens

SHOPS, WAREHOUSES, ORDERS = "/authorization/202309/shops", "/logistics/202309/warehouses", "/order/202309/orders/search"


@pytest.fixture
def shop(sandbox: Sandbox) -> Shop:
    return opened(sandbox)


def page(sandbox: Sandbox, service: str = SERVICE, **more: Any) -> requests.Response:
    url = f"{sandbox.url}/tiktok/open/authorize"
    return requests.get(url, params={"service_id": service, "state": "a b+/", **more}, timeout=20)


# --- consent
def test_the_consent_page_shows_the_sellers_shops(shop: Shop) -> None:
    answer = page(shop.sandbox)
    assert answer.status_code == 200 and shop.id in answer.text and "Deep Field Prints" in answer.text
    assert "<script" not in answer.text and 'style="' not in answer.text


def test_an_unknown_application_is_shown_nothing(shop: Shop) -> None:
    answer = page(shop.sandbox, "another")
    assert answer.status_code == 400 and shop.id not in answer.text
    url = f"{shop.sandbox.url}/tiktok/open/authorize?service_id=another"
    pressed = requests.post(url, data={"shop": [shop.id]}, allow_redirects=False, timeout=20)
    assert pressed.status_code == 400 and "Location" not in pressed.headers


def test_allow_leads_back_with_code_and_state(shop: Shop) -> None:
    assert consent(shop.sandbox, [shop.id], "a b+/")["state"] == "a b+/"
    shop.sandbox.post("market/apps", platform="tiktok", redirect="http://app.test/back?x=1")
    url = f"{shop.sandbox.url}/tiktok/open/authorize?service_id={SERVICE}&state=s"
    answer = requests.post(url, data={"shop": [shop.id]}, allow_redirects=False, timeout=20)
    assert answer.headers["Location"].startswith("http://app.test/back?x=1&code=TTP_")


def test_deny_leads_back_without_a_code(shop: Shop) -> None:
    assert consent(shop.sandbox, [], decision="deny") == {"error": "access_denied", "state": "s"}


def test_nothing_chosen_asks_again(shop: Shop) -> None:
    url = f"{shop.sandbox.url}/tiktok/open/authorize?service_id={SERVICE}&state=s"
    answer = requests.post(url, data={"some": "1"}, allow_redirects=False, timeout=20)
    assert answer.status_code == 422 and "Choose at least one shop" in answer.text


def test_a_seller_without_a_shop_opens_the_demo_shop(sandbox: Sandbox) -> None:
    assert "You have no TikTok Shop yet" in page(sandbox).text
    answer = requests.post(
        f"{sandbox.url}/tiktok/open/authorize?service_id={SERVICE}&state=s", data={"demo": "1"}, timeout=20
    )
    assert answer.status_code == 200 and "Allow" in answer.text and 'name="shop"' in answer.text


# --- tokens
def test_tokens_end_at_moments(shop: Shop) -> None:
    found = shop.tokens
    assert abs(found["access_token_expire_in"] - time.time() - 7 * 86400) < 60
    assert abs(found["refresh_token_expire_in"] - time.time() - 365 * 86400) < 60
    assert found["user_type"] == 0 and found["seller_base_region"] == "US"


def test_a_code_is_good_once_and_for_half_an_hour(shop: Shop) -> None:
    code = consent(shop.sandbox, [shop.id])["code"]
    assert tokens(shop.sandbox, code)["access_token"]
    again = exchange(shop.sandbox, auth_code=code, grant_type="authorized_code")
    assert again.status_code == 400 and again.json()["code"] == 36004004
    late = consent(shop.sandbox, [shop.id])["code"]
    shop.sandbox.post("clock", advance=1801)
    assert exchange(shop.sandbox, auth_code=late, grant_type="authorized_code").json()["code"] == 36004004


@pytest.mark.parametrize("wrong", [{"app_key": "x"}, {"app_secret": "x"}, {"grant_type": "authorization_code"}])
def test_only_our_app_exchanges_codes(shop: Shop, wrong: dict[str, str]) -> None:
    code = consent(shop.sandbox, [shop.id])["code"]
    told = {"auth_code": code, "grant_type": "authorized_code", **wrong}
    assert exchange(shop.sandbox, **told).json()["code"] == 36009004
    assert tokens(shop.sandbox, code)


def test_a_refresh_kills_what_was_before(shop: Shop) -> None:
    old = shop.tokens
    fresh = exchange(shop.sandbox, "refresh", refresh_token=old["refresh_token"], grant_type="refresh_token").json()[
        "data"
    ]
    assert fresh["open_id"] == old["open_id"] and fresh["refresh_token"] != old["refresh_token"]
    assert shop.refused("GET", WAREHOUSES)[1:] == (
        36009004,
        "Invalid credentials. The `x-tts-access-token` header is invalid.",
    )
    shop.tokens = fresh
    assert shop.ask("GET", WAREHOUSES)["warehouses"]
    again = exchange(shop.sandbox, "refresh", refresh_token=old["refresh_token"], grant_type="refresh_token")
    assert again.json()["code"] == 36004005


def test_a_token_is_over_after_seven_days(shop: Shop) -> None:
    shop.sandbox.post("clock", advance=7 * 86400 + 1)
    assert shop.refused("GET", WAREHOUSES)[:2] == (401, 105002)
    refreshed = exchange(
        shop.sandbox, "refresh", refresh_token=shop.tokens["refresh_token"], grant_type="refresh_token"
    )
    shop.tokens = refreshed.json()["data"]
    assert shop.ask("GET", WAREHOUSES)["warehouses"]


def test_access_that_is_taken_back_opens_nothing(shop: Shop) -> None:
    shop.sandbox.post(f"market/shops/tiktok/{shop.id}/end-access")
    assert shop.refused("GET", WAREHOUSES)[1] == 36009004
    refused = exchange(shop.sandbox, "refresh", refresh_token=shop.tokens["refresh_token"], grant_type="refresh_token")
    assert refused.json()["code"] == 36004005


def test_one_grant_covers_several_shops(shop: Shop) -> None:
    other = opened(shop.sandbox, "GB", "GBP")
    shop.tokens = tokens(shop.sandbox, consent(shop.sandbox, [shop.id, other.id])["code"])
    found = shop.ask("GET", SHOPS, shop_cipher=None)["shops"]
    assert [(one["id"], one["region"]) for one in found] == [(shop.id, "US"), (other.id, "GB")]
    assert shop.ask("GET", WAREHOUSES, shop_cipher=found[1]["cipher"])["warehouses"]
    shop.sandbox.post(f"market/shops/tiktok/{other.id}/end-access")
    assert [one["id"] for one in shop.ask("GET", SHOPS, shop_cipher=None)["shops"]] == [shop.id]
    assert "is invalid" in shop.refused("GET", WAREHOUSES, shop_cipher=found[1]["cipher"])[2]


# --- who speaks
@pytest.mark.parametrize(
    ("wrong", "status", "code", "words"),
    [
        ({"app_key": "x"}, 400, 36009004, "Invalid `app_key`"),
        ({"app_key": "x", "sign": None}, 400, 36009004, "Invalid `app_key`"),
        ({"sign": None}, 400, 36009004, "required signature"),
        ({"sign": "0" * 64}, 401, 106001, "`sign` query parameter is invalid"),
        ({"sign": "ü"}, 401, 106001, "`sign` query parameter is invalid"),
        ({"token": "x"}, 400, 36009004, "`x-tts-access-token` header is invalid"),
        ({"shop_cipher": None}, 400, 106013, "`shop_cipher` query parameter is required"),
        ({"shop_cipher": "ROW_other"}, 400, 36009004, "is invalid"),
        ({"timestamp": 0}, 400, 36009004, "must not be earlier than 5 minutes"),
    ],
)  # fmt: skip
def test_credentials_are_checked_in_tiktoks_order(
    shop: Shop, wrong: dict[str, Any], status: int, code: int, words: str
) -> None:
    if wrong.get("timestamp") == 0:
        wrong = {"timestamp": int(time.time()) - 301}
    found = shop.refused("GET", WAREHOUSES, **wrong)
    assert found[:2] == (status, code) and words in found[2]


def test_the_time_window_is_five_minutes_back_and_half_a_minute_ahead(shop: Shop) -> None:
    now = int(time.time())
    assert shop.ask("GET", WAREHOUSES, timestamp=now - 280)
    assert shop.ask("GET", WAREHOUSES, timestamp=now + 20)
    assert "more than 30 seconds" in shop.refused("GET", WAREHOUSES, timestamp=now + 40)[2]
    shop.sandbox.post("clock", advance=3600)  # callers' clocks do not run ahead with the sandbox's
    assert shop.ask("GET", WAREHOUSES)


def test_the_body_is_part_of_the_signature(shop: Shop) -> None:
    good = shop.send("POST", ORDERS, {"create_time_ge": 1}).request
    assert requests.Session().send(good, timeout=20).json()["code"] == 0
    good.prepare_body(b'{"create_time_ge": 2}', None)
    assert requests.Session().send(good, timeout=20).json()["code"] == 106001


def test_ciphers_are_refused_where_no_shop_is_meant(shop: Shop) -> None:
    status, code, words = shop.refused("GET", SHOPS)
    assert (status, code) == (400, 36009004) and words.startswith("Unexpected identifier")


def test_a_scope_that_was_not_allowed_is_missing(sandbox: Sandbox) -> None:
    shop = opened(sandbox, some="1", scope=["seller.order.info", "seller.authorization.info"])
    assert shop.ask("POST", ORDERS, {})["orders"] == []
    for method, path in (("GET", WAREHOUSES), ("POST", "/product/202502/products/search")):
        assert shop.refused(method, path, None if method == "GET" else {})[:2] == (401, 105005)
    assert shop.tokens["granted_scopes"] == ["seller.order.info", "seller.authorization.info"]


def test_paths_and_formats(shop: Shop) -> None:
    assert shop.refused("GET", "/order/209912/orders")[:2] == (404, 36009009)
    assert shop.refused("PUT", ORDERS, {})[:2] == (405, 36009010)
    assert shop.refused("POST", ORDERS, {}, content_type="text/plain")[:2] == (400, 36009022)
    assert shop.refused("GET", "/order/202507/orders", ids=",".join(str(n) for n in range(51)))[1] == 36009004


def test_a_limit_is_kept_per_app_and_shop(shop: Shop) -> None:
    other = opened(shop.sandbox)
    shop.sandbox.post("market/limits", platform="tiktok", per_second=2)
    answers = [shop.send("GET", WAREHOUSES) for _ in range(12)]
    over = [one for one in answers if one.status_code == 429]
    assert over and all(one.json()["code"] == 36009002 and int(one.headers["Retry-After"]) >= 1 for one in over)
    assert other.ask("GET", WAREHOUSES)
    shop.sandbox.post("market/limits", platform="tiktok")
    assert all(shop.send("GET", WAREHOUSES).status_code == 200 for _ in range(12))


@pytest.mark.parametrize(("fault", "status", "code"), [("500", 500, 36009003), ("429", 429, 36009002)])
def test_planted_trouble_has_tiktoks_shape(shop: Shop, fault: str, status: int, code: int) -> None:
    shop.sandbox.post("faults", kind=fault, path="/tiktok/logistics/*")
    assert shop.refused("GET", WAREHOUSES)[:2] == (status, code)
    assert shop.ask("GET", WAREHOUSES)


def test_no_secret_is_told(shop: Shop) -> None:
    told = shop.send("GET", WAREHOUSES).text + shop.send("GET", SHOPS, shop_cipher=None).text
    assert shop.tokens["access_token"] not in told and KEY not in told
