"""WooCommerce as the sandbox speaks it: who may ask, over HTTPS and without; and the page on which a shop's owner says yes."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from app.channels.platforms import woocommerce_signing as signing
from app.sandbox.woocommerce import proof
from app.sandbox.woocommerce.letters import sign
from tests.letters import postbox
from tests.sandbox.conftest import Sandbox, config_for, halt, serve
from tests.sandbox.woocommerce import Box, Doc, Site

VECTORS = json.loads(
    (Path(__file__).parent.parent / "recorded/channels/woocommerce/vectors.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def letters() -> Iterator[Box]:
    with postbox(Box()) as one:
        yield one


@pytest.fixture
def site(sandbox: Sandbox, letters: Box) -> Site:
    letters.found.clear()
    letters.status = 200
    doc = sandbox.post("market/shops", platform="woocommerce", name="Northlight", identifier="northlight")
    return Site(sandbox.url, letters, doc).keys()


def code(answer: requests.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["code"], answer.json()["message"]


# --- signatures
@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["id"])
def test_the_sandbox_signs_as_the_vectors_say(vector: Doc) -> None:
    if vector["kind"] == "webhook_sign":
        assert sign(vector["secret"], vector["raw_body"].encode()) == vector["x_wc_webhook_signature"]
    else:
        made = proof.sign(vector["method"], vector["url"], vector["params"], vector["consumer_secret"])
        assert made == vector["oauth_signature"]


def test_over_plain_http_only_a_signature_opens(site: Site) -> None:
    assert site.get("/products") == []
    asked = site.http.get(site.url("/products"), auth=(site.key, site.secret), timeout=20)
    assert code(asked) == (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    asked = site.http.get(
        site.url("/products"), params={"consumer_key": site.key, "consumer_secret": site.secret}, timeout=20
    )
    assert asked.status_code == 401


def signed(site: Site, **changes: str) -> requests.Response:
    """A signed request some of whose parameters are changed before it is signed ("" takes one away)."""
    url = site.url("/products")
    params = {**signing.oauth_params("GET", url, {}, site.key, site.secret), **changes}
    params = {name: value for name, value in params.items() if value and name != "oauth_signature"}
    secret = changes.get("secret", site.secret)
    params.pop("secret", None)
    params["oauth_signature"] = changes.get("oauth_signature") or signing.oauth_signature("GET", url, params, secret)
    return site.http.get(f"{url}?{signing.query_string(params)}", timeout=20)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": "cs_wrong"}, "Invalid signature - provided signature does not match."),
        ({"oauth_signature": "AAAA"}, "Invalid signature - provided signature does not match."),
        ({"oauth_signature_method": "PLAINTEXT"}, "Invalid signature - signature method is invalid."),
        ({"oauth_consumer_key": "ck_nobody"}, "Consumer key is invalid."),
        ({"oauth_nonce": ""}, "Missing OAuth parameters oauth_nonce"),
        ({"oauth_timestamp": "1700000000"}, "Invalid timestamp."),
        ({"oauth_timestamp": "soon"}, "Invalid timestamp."),
    ],
    ids=lambda one: str(one)[:40],
)
def test_a_signature_that_does_not_fit_is_refused_in_words(site: Site, changes: dict[str, str], words: str) -> None:
    answer = signed(site, **changes)
    assert answer.status_code == 401 and answer.json()["message"] == words


def test_the_window_is_fifteen_minutes_to_both_sides(site: Site) -> None:
    now = int(time.time())
    assert [signed(site, oauth_timestamp=str(now + by)).status_code for by in (-880, 880, -920, 920)] == [
        200,
        200,
        401,
        401,
    ]


def test_a_nonce_is_good_once(site: Site) -> None:
    assert signed(site, oauth_nonce="abc").status_code == 200
    assert code(signed(site, oauth_nonce="abc"))[2] == "Invalid nonce - nonce has already been used."
    other = Site(site.sandbox, site.box, site.doc).keys()
    assert signed(other, oauth_nonce="abc").status_code == 200


def test_old_clients_may_sign_with_sha_1(site: Site) -> None:
    url = site.url("/products")
    params = signing.oauth_params("GET", url, {}, site.key, site.secret) | {"oauth_signature_method": "HMAC-SHA1"}
    params["oauth_signature"] = proof.sign("GET", url, params, site.secret, "HMAC-SHA1")
    assert site.http.get(f"{url}?{signing.query_string(params)}", timeout=20).status_code == 200


# --- over HTTPS
def test_over_https_keys_open_in_the_header_or_in_the_query(site: Site) -> None:
    assert site.basic().json() == []
    forwarded = {"X-Forwarded-Proto": "https"}
    query = {"consumer_key": site.key, "consumer_secret": site.secret}
    assert site.http.get(site.url("/products"), params=query, headers=forwarded, timeout=20).json() == []
    assert code(site.basic(key="ck_nobody"))[2] == "Consumer key is invalid."
    assert code(site.basic(secret="cs_wrong"))[2] == "Consumer secret is invalid."
    site.private(https=True)
    assert site.http.get(site.url("/products"), auth=(site.key, site.secret), timeout=20).json() == []


def test_a_host_may_throw_the_header_away(site: Site) -> None:
    site.private(strips_authorization=True)
    assert code(site.basic())[1] == "woocommerce_rest_cannot_view"
    query = {"consumer_key": site.key, "consumer_secret": site.secret}
    answer = site.http.get(site.url("/products"), params=query, headers={"X-Forwarded-Proto": "https"}, timeout=20)
    assert answer.json() == []


def test_keys_do_what_they_may(site: Site) -> None:
    product = site.simple()
    reader = Site(site.sandbox, site.box, site.doc).keys("read")
    assert reader.get("/products")[0]["id"] == int(product["id"])
    said = reader.no(401, "PUT", f"/products/{product['id']}", {"stock_quantity": 1})
    assert said["message"] == "The API key provided does not have write permissions."
    assert site.stock(product) == 5
    writer = Site(site.sandbox, site.box, site.doc).keys("write")
    assert writer.no(401, "GET", "/products")["message"] == "The API key provided does not have read permissions."


def test_keys_of_one_site_open_no_other(site: Site) -> None:
    doc = site.door("market/shops", platform="woocommerce", name="Other", identifier="other")
    other = Site(site.sandbox, site.box, doc, site.key, site.secret)
    assert other.no(401, "GET", "/products")["message"] == "Consumer key is invalid."


def test_access_that_the_owner_takes_back_is_over(site: Site) -> None:
    site.door(f"market/shops/woocommerce/{site.doc['id']}/end-access")
    assert site.no(401, "GET", "/products")["message"] == "Consumer key is invalid."


# --- what everybody sees
def test_a_site_tells_everybody_its_name(site: Site) -> None:
    found = site.http.get(f"{site.home}/wp-json/", timeout=20).json()
    assert found["name"] == "Northlight" and found["home"] == site.home and "wc/v3" in found["namespaces"]
    missing = site.http.get(f"{site.sandbox}/woocommerce/nobody/wp-json/", timeout=20)
    assert missing.status_code == 404 and missing.headers["Content-Type"].startswith("text/html")
    assert site.http.get(f"{site.sandbox}/woocommerce/nobody/wp-json/wc/v3/orders", timeout=20).status_code == 404
    assert site.http.get(f"{site.home}/", timeout=20).url.endswith("/market/woocommerce/northlight")


def test_settings_say_the_currency_and_the_decimals(site: Site) -> None:
    found = {one["id"]: one["value"] for one in site.get("/settings/general")}
    assert (found["woocommerce_currency"], found["woocommerce_default_country"]) == ("USD", "US")
    assert site.get("/settings/general/woocommerce_currency")["value"] == "USD"
    assert site.get("/data/currencies/current")["code"] == "USD"
    assert site.no(404, "GET", "/settings/general/nothing")["code"] == "rest_setting_setting_invalid"
    assert site.no(404, "GET", "/nothing/here")["code"] == "rest_no_route"


# --- consent
def page(site: Site, **changes: str) -> requests.Response:
    asked = {
        "app_name": "Guildhall", "scope": "read_write", "user_id": "st4te", "return_url": f"{site.box.url}/return?x=1",
        "callback_url": f"{site.box.url}/keys", **changes,
    }  # fmt: skip
    return site.http.get(f"{site.home}/wc-auth/v1/authorize", params=asked, timeout=20)


def press(site: Site, shown: requests.Response, way: str, **changes: str) -> requests.Response:
    action = re.search(rf'action="({way}[^"]*)"', shown.text)
    nonce = re.search(r'name="wc_auth_nonce" value="([^"]*)"', shown.text)
    assert action and nonce, shown.text
    form = {"wc_auth_nonce": nonce[1], **changes}
    url = f"{site.home}/wc-auth/v1/{action[1].replace('&amp;', '&')}"
    return site.http.post(url, data=form, allow_redirects=False, timeout=20)


@pytest.fixture
def nearby(tmp_path: Path) -> Iterator[Site]:
    """A sandbox whose application is the box."""
    with postbox(Box()) as letters:
        config = config_for(tmp_path, letters)
        app, server = serve(config)
        made = {"platform": "woocommerce", "name": "Northlight", "identifier": "northlight"}
        doc = requests.post(f"{config.base_url}/_sandbox/market/shops", json=made, timeout=20).json()
        yield Site(config.base_url, letters, doc)
        halt(app, server)


def test_an_owner_who_approves_has_keys_posted_to_the_application(nearby: Site) -> None:
    shown = page(nearby)
    assert "Guildhall would like to connect" in shown.text and "read and write" in shown.text
    back = press(nearby, shown, "access_granted")
    assert (
        back.status_code == 303 and back.headers["Location"] == f"{nearby.box.url}/return?x=1&success=1&user_id=st4te"
    )
    ((path, headers, raw),) = nearby.box.found
    posted = json.loads(raw)
    assert path == "/keys" and headers["Content-Type"] == "application/json"
    assert set(posted) == {"key_id", "user_id", "consumer_key", "consumer_secret", "key_permissions"}
    assert (posted["user_id"], posted["key_permissions"]) == ("st4te", "read_write")
    nearby.key, nearby.secret = posted["consumer_key"], posted["consumer_secret"]
    assert nearby.get("/products") == []


def test_an_owner_who_denies_goes_back_with_nothing(nearby: Site) -> None:
    back = press(nearby, page(nearby), "access_denied")
    assert back.headers["Location"] == f"{nearby.box.url}/return?x=1&success=0&user_id=st4te"
    assert nearby.box.found == []


def test_keys_that_nobody_took_are_none(nearby: Site) -> None:
    nearby.box.status = 500
    answer = press(nearby, page(nearby), "access_granted")
    assert answer.status_code == 401 and "unable to send the consumer data" in answer.text
    posted = json.loads(nearby.box.found[0][2])
    nearby.key, nearby.secret = posted["consumer_key"], posted["consumer_secret"]
    assert nearby.no(401, "GET", "/products")["message"] == "Consumer key is invalid."


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"user_id": ""}, "Missing parameter user_id"),
        ({"scope": "everything"}, "Invalid scope everything"),
        ({"return_url": "javascript:alert(1)"}, "The return_url is not a valid URL"),
        ({"callback_url": "http://elsewhere.example/keys"}, "The callback_url needs to be over SSL"),
    ],
    ids=str,
)
def test_a_page_that_is_asked_wrongly_shows_no_button(site: Site, changes: dict[str, str], words: str) -> None:
    shown = page(site, **{"callback_url": "https://guildhall.example/keys", **changes})
    assert shown.status_code == 401 and words in shown.text and "Approve" not in shown.text


def test_a_wrong_address_shows_the_right_ones(site: Site) -> None:
    shown = site.http.get(f"{site.sandbox}/woocommerce/nobody/wc-auth/v1/authorize", timeout=20)
    assert shown.status_code == 404 and site.home in shown.text and "Northlight" in shown.text


def test_a_form_that_the_site_did_not_show_grants_nothing(nearby: Site) -> None:
    answer = press(nearby, page(nearby), "access_granted", wc_auth_nonce="0123456789")
    assert answer.status_code == 401 and nearby.box.found == []
    assert "<script" not in page(nearby, app_name="<script>x</script>").text
