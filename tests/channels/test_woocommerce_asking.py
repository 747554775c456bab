"""What a WooCommerce shop is asked, and what its answers and refusals become (TRAPS.md A7, A8, D30, E35, F41, F44)."""

import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from app.channels.channel import AccessEnded
from app.channels.channel_facts import Connection, PriceChange, Ref, ShopFacts, StockChange, Tokens
from app.channels.order_facts import CancelLine, Sent
from app.channels.platforms import woocommerce_signing as signing
from app.channels.platforms import woocommerce_site as site
from app.channels.platforms.woocommerce import WooCommerce
from app.core import http
from app.core.errors import ProviderError
from app.core.port import NotOffered
from tests.certificates import certificate
from tests.channels.woocommerce import APP, KEY, PUSH, SECRET, connection, query, recorded, sandbox_at, speaker
from tests.shipping.replay import Asked, Replay, replaying

SINCE, UNTIL = datetime(2026, 3, 1, 10, 0, 0, 500000, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)


def told(value: Any) -> Any:
    """A recorded answer as it can be said again."""
    return json.loads(json.dumps(value, default=float))


ORDER = told(recorded("order_created"))
SIMPLE = told(recorded("product_simple"))


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with replaying() as found:
        yield found


@pytest.fixture
def replay(server: Replay, monkeypatch: pytest.MonkeyPatch) -> Iterator[Replay]:
    server.answers.clear()
    server.asked.clear()
    server.spent = False
    sandbox_at(monkeypatch, server.url)
    site.forget_hosts()
    yield server
    for name in [name for name in http._breakers if name.startswith("WooCommerce")]:
        http._breakers.pop(name)


def last(replay: Replay) -> Asked:
    return replay.asked[-1]


def where(asked: Asked) -> str:
    return f"{asked.method} {urlsplit(asked.path).path.removeprefix('/north/wp-json/wc/v3')}"


def refusal(replay: Replay, body: Any, status: int, **headers: str) -> ProviderError:
    replay.say(body, status, **headers)
    with pytest.raises(ProviderError) as caught:
        speaker(replay).read_orders(["1"])
    return caught.value


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


# --- refusals
@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, "woocommerce_rest_authentication_error", "Consumer key is invalid."),
        (401, "woocommerce_rest_authentication_error", "The API key provided does not have write permissions."),
        (401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
        (403, "woocommerce_rest_cannot_edit", "Sorry, you are not allowed to edit this resource."),
    ],
)
def test_revoked_keys_end_the_access(replay: Replay, status: int, code: str, message: str) -> None:
    error = refusal(replay, {"code": code, "message": message, "data": {"status": status}}, status)
    assert isinstance(error, AccessEnded) and error.permanent and error.remote_code == code


@pytest.mark.parametrize("said", ["Invalid timestamp.", "Invalid nonce - nonce has already been used."])
def test_a_wrong_clock_is_no_end_of_access(replay: Replay, said: str) -> None:
    error = refusal(replay, {"code": "woocommerce_rest_authentication_error", "message": said}, 401)
    assert not isinstance(error, AccessEnded) and not error.permanent


def test_a_wrong_signature_is_our_mistake_and_no_end_of_access(replay: Replay) -> None:
    said = "Invalid signature - provided signature does not match."
    error = refusal(replay, {"code": "woocommerce_rest_authentication_error", "message": said}, 401)
    assert not isinstance(error, AccessEnded) and error.permanent


@pytest.mark.parametrize("status", [401, 403, 429, 502, 503])
def test_pages_of_hosts_and_firewalls_pass(replay: Replay, status: int) -> None:
    error = refusal(replay, b"<!DOCTYPE html><title>Briefly unavailable</title>", status, Retry_After="17")
    assert not error.permanent and not isinstance(error, AccessEnded) and error.retry_after == 17
    assert "<" not in str(error)


def test_a_shop_without_its_api_says_so(replay: Replay) -> None:
    assert refusal(replay, b"<html>Not found</html>", 404).permanent
    for recorded_error in recorded("errors"):
        assert recorded_error["body"]["message"].rstrip(".") in str(
            refusal(replay, recorded_error["body"], recorded_error["http_status"])
        )


@pytest.mark.parametrize(
    "body", [b"<br />\n<b>Warning</b>: x in <b>/var/www</b>[]", b"", b"[{", b"\xff\xfe", b'{"a":1}']
)
def test_what_is_no_list_is_not_taken_for_an_empty_one(replay: Replay, body: bytes) -> None:
    error = refusal(replay, body, 200)
    assert not error.permanent and error.remote_code == "unreadable"


def test_a_byte_order_mark_is_no_trouble(replay: Replay) -> None:
    replay.say(b"\xef\xbb\xbf" + json.dumps([ORDER]).encode())
    assert speaker(replay).read_orders(["727"])[0].id == "727"


def test_a_shop_that_moved_is_not_followed(replay: Replay) -> None:
    error = refusal(replay, b"", 301, Location="https://www.shop.example/wp-json/?consumer_secret=cs_x")
    assert error.permanent and "www.shop.example" in str(error) and "cs_x" not in str(error) and len(replay.asked) == 1


def test_a_lost_answer_to_a_change_is_unknown(replay: Replay) -> None:
    replay.say(ORDER).say("", 0)
    with pytest.raises(ProviderError) as caught:
        speaker(replay).cancel("727", "out_of_stock")
    assert caught.value.unknown and not caught.value.permanent


def test_words_of_a_shop_come_without_markup(replay: Replay) -> None:
    said = "<p>There has been a <strong>critical error</strong> &amp; more</p>"
    error = refusal(replay, {"code": "internal_server_error", "message": said}, 500)
    assert "There has been a critical error & more" in str(error) and not error.permanent


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


# --- listings, stock, prices
def test_products_come_page_by_page_with_their_variations(replay: Replay) -> None:
    variable = {**told(recorded("products_list"))[0], "id": 22}
    replay.say([SIMPLE, variable, {**SIMPLE, "id": 5, "type": "grouped"}], X_WP_Total="41", X_WP_TotalPages="3")
    replay.say(told(recorded("variations_list")), X_WP_Total="2")
    page = speaker(replay).listings()
    assert [(one.ref.product, one.ref.variant) for one in page.items] == [("794", ""), ("22", "733"), ("22", "732")]
    assert (page.cursor, page.left) == ("2", 21)
    assert query(replay.asked[0].path) == {"per_page": "20", "page": "1", "orderby": "id", "order": "asc"}
    assert where(replay.asked[1]) == "GET /products/22/variations"
    end = speaker(replay.say([SIMPLE], X_WP_Total="41", X_WP_TotalPages="3")).listings("3", SINCE)
    assert end.cursor == "" and end.left == 0
    assert (
        query(last(replay).path)["modified_after"] == "2026-03-01T09:59:58"
        and query(last(replay).path)["dates_are_gmt"] == "true"
    )


def test_a_page_goes_on_when_the_headers_got_lost(replay: Replay) -> None:
    many = [{**SIMPLE, "id": number} for number in range(1, 21)]
    assert speaker(replay.say(many)).listings().cursor == "2"
    assert speaker(replay.say(many[:19])).listings().cursor == ""


def test_one_product_is_read_with_all_its_skus(replay: Replay) -> None:
    assert [one.ref for one in speaker(replay.say(SIMPLE)).listing("794")] == [Ref("794")]
    replay.say({**SIMPLE, "id": 732, "type": "variation", "parent_id": 794}).say(SIMPLE)
    assert [one.ref for one in speaker(replay).listing("732")] == [Ref("794")]
    gone = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
    assert speaker(replay.say(gone, 404)).listing("1") == ()
    assert speaker(replay.say({**SIMPLE, "status": "trash"})).listing("794") == []
    before = len(replay.asked)
    assert speaker(replay).listing("../users/1") == () and len(replay.asked) == before


def test_a_missing_api_is_not_a_missing_product(replay: Replay) -> None:
    replay.say(recorded("errors")[0]["body"], 404)
    with pytest.raises(ProviderError):
        speaker(replay).listing("794")


def change(product: str, variant: str, quantity: int) -> StockChange:
    return StockChange(Ref(product, variant), {"": quantity})


def test_stock_is_written_absolutely_and_zero_is_a_number(replay: Replay) -> None:
    replay.say({"update": [{"id": 7, "stock_quantity": 0}, {"id": 8}]}).say({"update": [{"id": 732}]})
    found = speaker(replay).set_stock([change("7", "", 0), change("22", "732", 3), change("8", "", 12)])
    assert [(one.ref, one.ok) for one in found] == [(Ref("7"), True), (Ref("22", "732"), True), (Ref("8"), True)]
    assert [where(one) for one in replay.asked] == ["POST /products/batch", "POST /products/22/variations/batch"]
    assert replay.asked[0].body == {
        "update": [
            {"id": 7, "manage_stock": True, "stock_quantity": 0},
            {"id": 8, "manage_stock": True, "stock_quantity": 12},
        ]
    }


def test_failures_inside_an_answer_of_200_are_told_per_item(replay: Replay) -> None:
    errors = [
        {
            "id": 8,
            "error": {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID.", "data": {"status": 400}},
        },
        {"id": 9, "error": {"code": "db_error", "message": "<b>Busy</b>", "data": {"status": 500}}},
        {"id": 7},
    ]
    found = speaker(replay.say({"update": errors})).set_stock([change(str(one), "", 1) for one in (7, 8, 9, 10)])
    assert [(one.ok, one.permanent, one.gone) for one in found] == [
        (True, False, False), (False, True, True), (False, False, False), (False, False, False),
    ]  # fmt: skip
    assert found[2].error == "Busy" and found[3].code == "missing"


def test_a_group_that_fails_does_not_hide_what_went_through(replay: Replay) -> None:
    replay.say({"update": [{"id": 7}]}).say(b"<html>", 503)
    found = speaker(replay).set_stock(
        [change("7", "", 1), change("22", "732", 1), change("23", "800", 1), change("x", "", 1)]
    )
    assert [(one.ok, one.permanent, one.gone) for one in found] == [
        (True, False, False), (False, False, False), (False, False, False), (False, True, True),
    ]  # fmt: skip
    assert len(replay.asked) == 2
    replay.say(b"<html>", 503)
    with pytest.raises(ProviderError):
        speaker(replay).set_stock([change("7", "", 1), change("22", "732", 1)])
    assert len(replay.asked) == 3


def test_a_product_that_is_gone_does_not_stop_the_others(replay: Replay) -> None:
    gone = {"code": "woocommerce_rest_product_invalid_id", "message": "Invalid ID."}
    replay.say(gone, 404).say({"update": [{"id": 800}]})
    found = speaker(replay).set_stock([change("22", "732", 1), change("23", "800", 1)])
    assert [(one.ok, one.gone) for one in found] == [(False, True), (True, False)]
    replay.say(gone, 404)
    assert speaker(replay).set_stock([change("22", "732", 1)])[0].gone


def test_batches_are_cut_at_a_hundred(replay: Replay) -> None:
    for start in (1, 101):
        replay.say({"update": [{"id": number} for number in range(start, min(start + 100, 151))]})
    assert all(one.ok for one in speaker(replay).set_stock([change(str(number), "", 1) for number in range(1, 151)]))
    assert [len(one.body["update"]) for one in replay.asked] == [100, 50]


def test_prices_are_written_with_the_decimals_of_their_currency(replay: Replay) -> None:
    replay.say({"update": [{"id": 7}, {"id": 8}]})
    speaker(replay).set_price([PriceChange(Ref("7"), 1999, "USD"), PriceChange(Ref("8"), 250000, "VND")])
    assert last(replay).body == {"update": [{"id": 7, "regular_price": "19.99"}, {"id": 8, "regular_price": "250000"}]}


# --- orders
def at(second: int, number: int = 1) -> dict[str, Any]:
    return {
        "id": number,
        "status": "processing",
        "date_modified_gmt": f"2026-03-01T10:{second // 60:02}:{second % 60:02}",
    }


def test_changed_orders_are_asked_in_utc_with_an_overlap(replay: Replay) -> None:
    late = {**at(0, 2), "date_modified_gmt": "2026-03-01T11:00:00"}
    found = speaker(replay.say([at(1), late])).orders(SINCE, UNTIL)
    assert [one.id for one in found.items] == ["1"]
    assert query(last(replay).path) == {
        "modified_after": "2026-03-01T09:59:59", "modified_before": "2026-03-01T11:00:01", "dates_are_gmt": "true",
        "orderby": "modified", "order": "asc", "per_page": "100", "offset": "0",
    }  # fmt: skip
    assert found.items[0].updated_at == datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)


def test_the_next_page_goes_on_from_the_last_change(replay: Replay) -> None:
    full = [at(place, place) for place in range(100)]
    page = speaker(replay.say(full, X_WP_Total="140")).orders(SINCE, UNTIL)
    assert speaker(replay.say([at(99, 99)], X_WP_Total="41")).orders(SINCE, UNTIL, page.cursor).cursor == ""
    asked = query(last(replay).path)
    assert asked["modified_after"] == "2026-03-01T10:01:38" and asked["offset"] == "0"


def test_a_second_with_more_orders_than_a_page_holds_is_counted_through(replay: Replay) -> None:
    woo = speaker(replay.say([at(0, place) for place in range(100)], X_WP_Total="230"))
    first = woo.orders(SINCE, UNTIL)
    second = woo.orders(SINCE, UNTIL, first.cursor)
    asked = query(last(replay).path)
    assert asked["modified_after"] == "2026-03-01T09:59:59" and asked["offset"] == "80" and second.cursor


def test_a_shop_that_cannot_sort_by_change_is_read_by_date(replay: Replay) -> None:
    wrong = {"code": "rest_invalid_param", "message": "Invalid parameter(s): orderby", "data": {"status": 400}}
    replay.say(wrong, 400).say([at(1)] * 100, X_WP_Total="101").say([at(2)], X_WP_Total="101")
    page = speaker(replay).orders(SINCE, UNTIL)
    assert query(last(replay).path)["orderby"] == "date" and "modified_before" not in query(last(replay).path)
    assert speaker(replay).orders(SINCE, UNTIL, page.cursor).cursor == ""
    assert query(last(replay).path)["offset"] == "80" and len(replay.asked) == 3


def test_orders_are_read_together_and_refunds_only_where_there_are_any(replay: Replay) -> None:
    first, second = told(recorded("orders_list"))
    lines = [{"id": 1, "quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": "311"}]}]
    refunds = [{**told(recorded("refund_create")), "line_items": lines}]
    replay.say([second, first]).say(refunds)
    found = speaker(replay).read_orders(["727", "723"])
    assert [one.id for one in found] == ["727", "723"] and found[1].items[0].returned == 1
    assert [where(one) for one in replay.asked] == ["GET /orders", "GET /orders/723/refunds"]
    assert query(replay.asked[0].path)["include"] == "727,723"


def test_an_order_in_the_trash_is_found_and_a_missing_one_left_out(replay: Replay) -> None:
    gone = {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID."}
    replay.say([]).say({**ORDER, "status": "trash"}).say(gone, 404)
    assert [(one.id, one.state) for one in speaker(replay).read_orders(["727", "9"])] == [("727", "cancelled")]


# --- parcels
SENT = Sent("727", carrier="USPS", tracking_number="9400100208303110000000", tracking_url="https://track.example/9400")
NOTE = {
    "id": 281,
    "note": "Your parcel is on its way with USPS. Tracking number: 9400100208303110000000.",
    "customer_note": True,
}


def parcel(number: str, lines: list[str] | None = None) -> dict[str, Any]:
    return {"tracking_number": number, **({"guildhall_lines": lines} if lines else {})}


def with_parcels(*parcels: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**ORDER, "meta_data": [{"id": 9, "key": "_wc_shipment_tracking_items", "value": list(parcels)}], **more}


def test_shipping_completes_the_order_and_tells_the_buyer(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER).say([]).say(NOTE, 201)
    assert not speaker(replay).ship(SENT).already
    assert [where(one) for one in replay.asked] == [
        "GET /orders/727", "PUT /orders/727", "GET /orders/727/notes", "POST /orders/727/notes",
    ]  # fmt: skip
    body = replay.asked[1].body
    assert body["status"] == "completed" and body["meta_data"][0]["key"] == "_wc_shipment_tracking_items"
    (entry,) = body["meta_data"][0]["value"]
    assert (entry["tracking_number"], entry["custom_tracking_provider"]) == (SENT.tracking_number, "USPS")
    assert replay.asked[3].body["customer_note"] is True and SENT.tracking_number in replay.asked[3].body["note"]


def test_shipping_twice_changes_nothing(replay: Replay) -> None:
    replay.say(with_parcels(parcel(SENT.tracking_number), status="completed")).say([NOTE])
    assert speaker(replay).ship(SENT).already
    assert [one.method for one in replay.asked] == ["GET", "GET"]


def test_what_got_lost_between_two_steps_is_made_up_for(replay: Replay) -> None:
    replay.say(with_parcels(parcel(SENT.tracking_number), status="completed")).say([]).say(NOTE, 201)
    assert speaker(replay).ship(SENT).already
    assert [where(one) for one in replay.asked if one.method != "GET"] == ["POST /orders/727/notes"]


def test_a_part_of_the_order_does_not_complete_it(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER).say([]).say(NOTE, 201)
    speaker(replay).ship(Sent("727", tracking_number="A1", items=("315",)))
    assert "status" not in replay.asked[1].body and replay.asked[1].body["meta_data"][0]["value"][0][
        "guildhall_lines"
    ] == ["315"]
    replay.say(with_parcels(parcel("A1", ["315"]))).say(ORDER).say([]).say(NOTE, 201)
    speaker(replay).ship(Sent("727", tracking_number="A2", items=("316",)))
    rest = next(one for one in replay.asked[4:] if one.method == "PUT").body
    assert rest["status"] == "completed" and [one["tracking_number"] for one in rest["meta_data"][0]["value"]] == [
        "A1",
        "A2",
    ]


def test_an_order_without_a_number_is_only_completed(replay: Replay) -> None:
    replay.say(ORDER).say(ORDER)
    speaker(replay).ship(Sent("727"))
    assert [where(one) for one in replay.asked] == ["GET /orders/727", "PUT /orders/727"]
    assert replay.asked[1].body == {"status": "completed"}


@pytest.mark.parametrize("status", ["cancelled", "refunded", "trash"])
def test_a_cancelled_order_is_not_sent(replay: Replay, status: str) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say({**ORDER, "status": status})).ship(SENT)
    assert caught.value.permanent and [one.method for one in replay.asked] == ["GET"]


def test_numbers_of_parcels_are_read_back(replay: Replay) -> None:
    woo = speaker(replay.say(with_parcels(parcel("A1"), parcel("A2"))))
    assert (woo.tracking_number("727", ""), woo.tracking_number("727", "A1"), woo.tracking_number("727", "x")) == (
        "A2",
        "A1",
        "",
    )


def test_what_there_is_not_is_said(replay: Replay) -> None:
    woo = speaker(replay)
    assert woo.handovers("727", "") == ()
    for refused in (
        lambda: woo.scans("727", ""),
        lambda: woo.document("727", ""),
        lambda: woo.answer_cancellation("727", "1", True),
        lambda: woo.returns(SINCE, UNTIL),
        lambda: woo.answer_return("1", True),
    ):
        with pytest.raises(NotOffered):
            refused()
    profile = WooCommerce.profile
    assert not (
        profile.labels or profile.answers_cancellations or profile.returns or profile.tokens or profile.many_warehouses
    )
    assert profile.part_cancels and profile.fields[0].name == "address" and replay.asked == []
    assert [(one.id, one.default) for one in woo.warehouses()] == [("", True)]


# --- when it does not happen
CARD = {**ORDER, "payment_method": "stripe"}


def test_money_of_a_gateway_goes_back_with_the_goods(replay: Replay) -> None:
    speaker(replay.say(CARD).say({"id": 730}, 201)).cancel("727", "out_of_stock")
    assert where(last(replay)) == "POST /orders/727/refunds"
    assert last(replay).body == {
        "amount": "29.35", "reason": "Out of stock", "api_refund": True, "api_restock": True,
        "line_items": [
            {"id": 315, "quantity": 2, "refund_total": "6.00", "refund_tax": [{"id": 75, "refund_total": "0.45"}]},
            {"id": 316, "quantity": 1, "refund_total": "12.00", "refund_tax": [{"id": 75, "refund_total": "0.90"}]},
        ],
    }  # fmt: skip


def test_an_order_paid_by_hand_is_only_marked(replay: Replay) -> None:
    for paid in (ORDER, {**CARD, "date_paid_gmt": None}):
        speaker(replay.say(paid).say(paid)).cancel("727", "buyer_asked")
        assert where(last(replay)) == "PUT /orders/727" and last(replay).body == {"status": "cancelled"}


@pytest.mark.parametrize("status", ["cancelled", "refunded", "trash"])
def test_cancelling_again_asks_for_nothing(replay: Replay, status: str) -> None:
    speaker(replay.say({**CARD, "status": status})).cancel("727", "out_of_stock")
    assert [one.method for one in replay.asked] == ["GET"]


def test_a_completed_order_is_not_cancelled(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="refund"):
        speaker(replay.say({**CARD, "status": "completed"})).cancel("727", "out_of_stock")
    assert [one.method for one in replay.asked] == ["GET"]


def test_a_part_is_cancelled_by_a_refund_of_its_share(replay: Replay) -> None:
    lines = [CancelLine(Ref("93"), 1, ("315",)), CancelLine(Ref("22", "23"), 1)]
    speaker(replay.say(ORDER).say({"id": 730}, 201)).cancel("727", "price_error", lines)
    body = last(replay).body
    assert body["amount"] == "16.12" and body["api_refund"] is False and body["api_restock"] is True
    assert [(one["id"], one["quantity"], one["refund_total"]) for one in body["line_items"]] == [
        (315, 1, "3.00"),
        (316, 1, "12.00"),
    ]


def test_parts_of_a_line_together_are_the_whole(replay: Replay) -> None:
    line = {**ORDER["line_items"][0], "quantity": 3, "total": "10.00", "subtotal": "10.00", "taxes": []}
    gone: list[dict[str, Any]] = []
    sums = []
    for _ in range(3):
        order = {**ORDER, "line_items": [line], "refunds": [{"id": 1, "total": "-1"}] if gone else []}
        replay.say(order)
        if gone:
            replay.say(list(gone))
        replay.say({"id": 730}, 201)
        speaker(replay).cancel("727", "out_of_stock", [CancelLine(Ref("93"), 1, ("315",))])
        sums.append(last(replay).body["amount"])
        gone.append({"line_items": [{"quantity": -1, "meta_data": [{"key": "_refunded_item_id", "value": 315}]}]})
    assert sums == ["3.33", "3.34", "3.33"]


@pytest.mark.parametrize(
    "line", [CancelLine(Ref("93"), 3, ("315",)), CancelLine(Ref("93"), 0, ("315",)), CancelLine(Ref("1"), 1, ("9",))]
)
def test_more_than_is_left_is_not_cancelled(replay: Replay, line: CancelLine) -> None:
    with pytest.raises(ProviderError, match="Nothing was cancelled") as caught:
        speaker(replay.say(ORDER)).cancel("727", "out_of_stock", [line])
    assert caught.value.permanent and [one.method for one in replay.asked] == ["GET"]


def test_a_gateway_that_cannot_refund_has_changed_nothing(replay: Replay) -> None:
    said = "The payment gateway for this order does not support automatic refunds."
    replay.say(CARD).say({"code": "woocommerce_rest_cannot_create_order_refund", "message": said}, 500)
    with pytest.raises(ProviderError, match="automatic refunds") as caught:
        speaker(replay).cancel("727", "out_of_stock")
    assert caught.value.permanent and not caught.value.unknown and len(replay.asked) == 2


# --- webhooks
def hook(number: int, topic: str, **more: Any) -> dict[str, Any]:
    return {
        **told(recorded("webhook_create")),
        "id": number,
        "topic": topic,
        "delivery_url": PUSH,
        "name": f"Guildhall {topic}",
        **more,
    }


TOPICS = [f"{one}.{event}" for one in ("order", "product") for event in ("created", "updated", "deleted", "restored")]


def test_every_wanted_push_is_asked_for(replay: Replay) -> None:
    speaker(
        replay.say([hook(1, "order.updated", delivery_url="https://n8n.example/x", name="Other")]).say({"id": 2}, 201)
    ).subscribe("s3cret")
    made = replay.asked[1:]
    assert [where(one) for one in made] == ["POST /webhooks"] * 8
    assert [one.body["topic"] for one in made] == TOPICS
    assert {(one.body["delivery_url"], one.body["secret"], one.body["status"]) for one in made} == {
        (PUSH, "s3cret", "active")
    }


def test_asked_again_it_mends_what_is_off_or_moved_and_drops_what_is_double(replay: Replay) -> None:
    listed = [hook(place, topic) for place, topic in enumerate(TOPICS[1:], 10)]
    listed[0]["status"] = "disabled"
    listed[1]["delivery_url"] = "http://old.example/webhooks/woocommerce/7"
    listed.append(hook(30, "order.updated"))
    replay.say(listed)
    hooks = speaker(replay).hooks()
    assert hooks.missing == ["order.created"] and not hooks.healthy
    replay.say(listed).say({"id": 2})
    speaker(replay).subscribe("s3cret")
    made = [where(one) for one in replay.asked[2:]]
    assert made.count("POST /webhooks") == 1 and "PUT /webhooks/10" in made and "PUT /webhooks/11" in made
    assert [one for one in made if one.startswith("DELETE")] == ["DELETE /webhooks/30"]
    assert "PUT /webhooks/30" not in made


def test_all_is_well_when_each_is_there_and_on(replay: Replay) -> None:
    hooks = speaker(replay.say([hook(place, topic) for place, topic in enumerate(TOPICS)])).hooks()
    assert hooks.missing == [] and hooks.healthy
