"""How a WooCommerce shop is asked and connected: proof by signature or keys, its address, and the keys it gives (TRAPS.md D30)."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.channels.channel import AccessEnded
from app.channels.channel_facts import Connection, ShopFacts, Tokens
from app.channels.platforms import woocommerce_signing as signing
from app.channels.platforms import woocommerce_site as site
from app.channels.platforms.woocommerce import WooCommerce
from app.core.errors import ProviderError
from tests.certificates import certificate
from tests.channels.woocommerce import APP, KEY, ORDER, SECRET, connection, sandbox_at, speaker
from tests.shipping.replay import Replay


# --- proof
def test_over_plain_http_a_signature_goes_and_never_the_secret(replay: Replay) -> None:
    paced: list[int] = []
    woo = speaker(replay.say([ORDER]), pace=lambda: paced.append(1))
    woo.read_orders(["727", "727", "x"])
    woo.read_orders(["727"])
    first, second = replay.asked
    assert "authorization" not in first.headers and SECRET not in first.path + str(first.headers)
    params = dict(parse_qsl(urlsplit(first.path).query))
    assert params["oauth_consumer_key"] == KEY and params["include"] == "727"
    proof = params.pop("oauth_signature")
    assert signing.oauth_signature("GET", f"{replay.url}{urlsplit(first.path).path}", params, SECRET) == proof
    assert dict(parse_qsl(urlsplit(second.path).query))["oauth_nonce"] != params["oauth_nonce"]
    assert len(paced) == 2


class Secure:
    """A shop over HTTPS that may throw the Authorization header away, as some hosts do."""

    def __init__(self, folder: Path) -> None:
        self.strips = False
        self.asked: list[tuple[str, str]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                proof = "" if shop.strips else self.headers.get("Authorization", "")
                shop.asked.append((urlsplit(self.path).query, proof))
                keys = dict(parse_qsl(urlsplit(self.path).query))
                good = proof == signing.basic(KEY, SECRET) or keys.get("consumer_secret") == SECRET
                refused = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}
                raw = json.dumps([ORDER] if good else refused).encode()
                self.send_response(200 if good else 401)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *args: Any) -> None:
                pass

        self.certificate = certificate(folder, "localhost")
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replay: Replay) -> Iterator[Secure]:
    shop = Secure(tmp_path)
    sandbox_at(monkeypatch, shop.url)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(shop.certificate))
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def test_https_carries_the_keys_in_a_header(secure: Secure) -> None:
    assert [one.id for one in WooCommerce(connection(secure.url)).read_orders(["727"])] == ["727"]
    ((asked, proof),) = secure.asked
    assert proof == signing.basic(KEY, SECRET) and "consumer" not in asked and "oauth" not in asked


def test_a_host_that_throws_the_header_away_gets_the_keys_in_the_query(secure: Secure) -> None:
    secure.strips = True
    for _ in range(2):
        assert [one.id for one in WooCommerce(connection(secure.url)).read_orders(["727"])] == ["727"]
    assert [("consumer_key" in asked) for asked, _ in secure.asked] == [False, True, True]


def test_keys_that_are_wrong_both_ways_have_ended(secure: Secure) -> None:
    tokens = Tokens("shop", "ck_0000000000", "cs_0000000000")
    with pytest.raises(AccessEnded):
        WooCommerce(Connection(APP, ShopFacts("s", "S", url=secure.url), tokens)).read_orders(["1"])
    assert len(secure.asked) == 2 and site._stripped == set()


# --- access
@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("shop.example.com", "https://shop.example.com"), (" https://Shop.Example.com/ ", "https://shop.example.com"),
        ("http://shop.example.com/de/", "http://shop.example.com/de"), ("https://shop.example.com/wp-admin/index.php?x=1#y", "https://shop.example.com"),
        ("https://shop.example.com/blog/wp-json/wc/v3", "https://shop.example.com/blog"),
    ],
)  # fmt: skip
def test_the_seller_is_sent_to_the_shops_own_page(typed: str, address: str) -> None:
    url = WooCommerce.consent_url(APP, "st4te-0123", {"address": typed})
    assert url.startswith(f"{address}/wc-auth/v1/authorize?")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "app_name": "Guildhall", "scope": "read_write", "user_id": "st4te-0123", "return_url": APP.redirect, "callback_url": APP.auth,
    }  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "shop", "localhost", "http://127.0.0.1:5432/", "10.0.0.1", "ftp://shop.example", "https://a:b@shop.example",
     "http://[::1]/", "javascript:alert(1)", "https://shop.example:22/", "http://169.254.169.254/latest"],
)  # fmt: skip
def test_what_is_no_address_of_a_shop_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ProviderError) as caught:
        WooCommerce.consent_url(APP, "state", {"address": typed})
    assert caught.value.permanent


GENERAL = [
    {"id": "woocommerce_default_country", "value": "US:CA"},
    {"id": "woocommerce_currency", "value": "USD", "options": {"USD": "US dollar"}},
]


def keys(replay: Replay, **changes: str) -> dict[str, str]:
    posted = {
        "key_id": "1",
        "user_id": "st4te",
        "consumer_key": KEY,
        "consumer_secret": SECRET,
        "key_permissions": "read_write",
    }
    return {**posted, "address": f"{replay.url}/north", **changes}


def test_keys_are_proven_by_reading_the_shop(replay: Replay) -> None:
    index = {"name": "Northlight", "namespaces": ["wc/v3"]}
    replay.say(index).say(GENERAL).say(index)
    (found,) = WooCommerce.authorise(APP, keys(replay))
    assert found.shop == ShopFacts(f"{replay.url[7:]}/north", "Northlight", "US", "USD", f"{replay.url}/north")
    assert (found.tokens.access, found.tokens.refresh, found.tokens.owner) == (KEY, SECRET, found.shop.id)
    assert SECRET not in repr(found) and found.tokens.until is None
    assert WooCommerce.refresh(APP, found.tokens) == found.tokens
    assert [urlsplit(one.path).path for one in replay.asked] == [
        "/north/wp-json/",
        "/north/wp-json/wc/v3/settings/general",
        "/north/wp-json/",
    ]
    assert urlsplit(replay.asked[0].path).query == "" and "authorization" not in replay.asked[0].headers


def test_an_address_that_leads_to_the_shop_becomes_the_shops_own(replay: Replay) -> None:
    target = f"{replay.url}/north/wp-json/"
    index = {"name": "Northlight"}
    replay.say(b"", 301, Location=target).say(index).say(GENERAL).say(index)
    (found,) = WooCommerce.authorise(APP, keys(replay, address=f"{replay.url}/old"))
    assert found.shop.url == f"{replay.url}/north" and found.shop.id == f"{replay.url[7:]}/north"
    assert KEY not in str([one.path for one in replay.asked[:2]])


@pytest.mark.parametrize(
    "target", ["http://10.0.0.1/wp-json/", "http://localhost:5432/wp-json/", "ftp://x/", "/old/wp-json/"]
)
def test_an_address_that_leads_inside_or_in_a_circle_gets_no_keys(replay: Replay, target: str) -> None:
    replay.say(b"", 302, Location=target)
    with pytest.raises(ProviderError) as caught:
        WooCommerce.authorise(APP, keys(replay, address=f"{replay.url}/old"))
    assert caught.value.permanent and len(replay.asked) == 1 and KEY not in replay.asked[0].path


def test_a_site_that_hides_its_name_is_called_by_its_address(replay: Replay) -> None:
    hidden = {"code": "rest_not_logged_in", "message": "No."}
    replay.say(b"<html>", 404).say(GENERAL).say(hidden, 401)
    assert WooCommerce.authorise(APP, keys(replay))[0].shop.name == f"{replay.url[7:]}/north"


@pytest.mark.parametrize(
    "changes",
    [
        {"consumer_key": ""},
        {"consumer_secret": "x"},
        {"consumer_key": "ck_<script>"},
        {"key_permissions": "read"},
        {"address": ""},
    ],
    ids=str,
)
def test_keys_that_cannot_be_any_are_refused_before_the_shop_is_asked(replay: Replay, changes: dict[str, str]) -> None:
    with pytest.raises(ProviderError) as caught:
        WooCommerce.authorise(APP, keys(replay, **changes))
    assert caught.value.permanent and replay.asked == []


def test_invented_keys_are_refused_by_the_shop(replay: Replay) -> None:
    replay.say({}).say({"code": "woocommerce_rest_authentication_error", "message": "Consumer key is invalid."}, 401)
    with pytest.raises(AccessEnded):
        WooCommerce.authorise(APP, keys(replay))


def test_an_address_inside_is_never_asked(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox_at(monkeypatch, "")
    with pytest.raises(ProviderError):
        WooCommerce.authorise(APP, keys(replay))
    with pytest.raises(ProviderError):
        speaker(replay).read_orders(["1"])
    assert replay.asked == []
