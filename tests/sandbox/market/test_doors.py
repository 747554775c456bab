"""The doors and pages of the marketplace, over HTTP as seeds, tests and people use them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.sandbox.config import SandboxConfig
from app.sandbox.market import pushes, shops
from app.sandbox.server import create_sandbox
from app.sandbox.stripe import webhooks
from app.sandbox.stripe.scope import Scope

PLATFORMS = ("tiktok", "shopee", "woocommerce")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = create_sandbox(SandboxConfig(data=tmp_path_factory.mktemp("market")))
    yield app
    app.extensions["sandbox.state"].close()


@pytest.fixture
def client(place: Flask) -> Iterator[FlaskClient]:
    """A browser at an empty marketplace."""
    place.extensions["sandbox.state"].reset()
    with place.test_client() as one:
        yield one


@pytest.fixture
def demo(client: FlaskClient) -> dict[str, Any]:
    """The demo shop at Shopee."""
    return door(client, "demo", platform="shopee")[0]


def door(client: FlaskClient, path: str, /, **body: Any) -> Any:
    answer = client.post(f"/_sandbox/market/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def look(client: FlaskClient, path: str) -> Any:
    return client.get(f"/_sandbox/market/{path}").json


def base(shop: dict[str, Any]) -> str:
    return f"{shop['platform']}/{shop['id']}"


def test_the_demo_fills_one_living_shop_per_platform_once(client: FlaskClient) -> None:
    first, again = door(client, "demo"), door(client, "demo")
    assert [one["platform"] for one in first] == list(PLATFORMS)
    assert [one["id"] for one in first] == [one["id"] for one in again]
    for shop in first:
        counts = look(client, f"{base(shop)}/counts")
        assert counts["products"] == 10
        wishes = set() if shop["platform"] == "woocommerce" else {"cancel_requested"}
        assert {"unpaid", "to_ship", "delivered", "on_hold"} | wishes <= set(counts["orders"])
        assert wishes or "cancel_requested" not in counts["orders"], "buyers of a site have no way to ask"
        assert sum(counts["orders"].values()) == 6


def test_the_demo_takes_the_catalogue_it_is_given(client: FlaskClient) -> None:
    mine = [{"title": "Mug", "skus": [{"sku": "MUG-1", "title": "", "price": 1200, "stock": 0}]}]
    [shop] = door(client, "demo", platform="tiktok", products=mine)
    [product] = look(client, f"{base(shop)}/products")
    assert product["skus"][0]["sku"] == "MUG-1"
    assert look(client, f"{base(shop)}/counts")["orders"] == {}


def test_ten_thousand_skus_are_listed_in_one_request(client: FlaskClient, demo: dict[str, Any]) -> None:
    assert door(client, f"{base(demo)}/products", count=5000, skus_each=2, stock=7) == {"added": 5000}
    assert look(client, f"{base(demo)}/counts")["products"] == 5010
    [order] = door(client, f"{base(demo)}/orders", sku="BULK-04321-2", quantity=3)
    product = look(client, f"{base(demo)}/products/{order['lines'][0]['product']}")
    assert sum(product["skus"][1]["stock"].values()) == 4


def test_many_orders_are_placed_at_once_or_none_of_them(client: FlaskClient, demo: dict[str, Any]) -> None:
    before = sum(look(client, f"{base(demo)}/counts")["orders"].values())
    assert len(door(client, f"{base(demo)}/orders", sku="THE-RED-GIANTS-A2", times=20)) == 20
    refused = client.post(
        f"/_sandbox/market/{base(demo)}/orders",
        json={"orders": [{"sku": "THE-RED-GIANTS-A2", "times": 4}, {"sku": "THE-RED-GIANTS-A2"}]},
    )
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "not_enough")
    assert sum(look(client, f"{base(demo)}/counts")["orders"].values()) == before + 20


def test_an_order_goes_its_whole_way_through_the_doors(client: FlaskClient, demo: dict[str, Any]) -> None:
    [order] = door(client, f"{base(demo)}/orders", sku="SPIRAL-BLUE-A3", quantity=2, state="unpaid")
    way = f"{base(demo)}/orders/{order['id']}"
    states = []
    for act in ("pay", "arrange", "fail_pickup", "arrange", "collect", "deliver", "ask_return", "answer_return"):
        states.append(door(client, f"{way}/{act}", accept=True)["state"])
    assert states[:6] == ["to_ship", "awaiting_collection", "to_ship", "awaiting_collection", "in_transit", "delivered"]
    case = look(client, way)["returns"][0]
    assert case["state"] == "accepted"
    door(client, f"{way}/send_back")
    assert door(client, f"{way}/receive", restock=True)["refunded"] == order["total"]
    assert client.post(f"/_sandbox/market/{way}/receive", json={}).status_code == 409
    kinds = [row["kind"] for row in client.get("/_sandbox/effects").json if row.get("order") == order["id"]]
    assert kinds == ["ship", "ship", "refund"]


def test_nonsense_is_refused_in_words_and_changes_nothing(client: FlaskClient, demo: dict[str, Any]) -> None:
    whole = look(client, f"{base(demo)}/counts")
    cases = [
        ("shops", {"platform": "ebay", "name": "x"}, 400),
        ("shops", {"platform": "tiktok", "name": " "}, 400),
        (f"{base(demo)}/orders", {"sku": "NOTHING"}, 404),
        (f"{base(demo)}/orders", {"sku": "SPIRAL-BLUE-A3", "quantity": "many"}, 400),
        (f"{base(demo)}/orders/1/pay", {}, 404),
        (f"{base(demo)}/products", {"products": [{"title": "x"}]}, 400),
        ("shopee/nobody/products", {"count": 1}, 404),
        ("limits", {"platform": "shopee", "per_day": -1}, 400),
        ("apps", {"platform": "shopee", "secret": "x"}, 400),
    ]
    for path, body, status in cases:
        answer = client.post(f"/_sandbox/market/{path}", json=body)
        assert (answer.status_code, bool(answer.json["error"]["message"])) == (status, True), path
    assert look(client, f"{base(demo)}/counts") == whole


def test_a_person_finds_every_page_and_every_button_brings_them_back(client: FlaskClient, demo: dict[str, Any]) -> None:
    orders = look(client, f"{base(demo)}/orders")
    product = look(client, f"{base(demo)}/products")[0]
    pages = [
        "",
        f"/{base(demo)}",
        f"/{base(demo)}?state=unpaid",
        f"/{base(demo)}/products?q=spiral",
        f"/{base(demo)}/pushes",
    ]
    pages += [f"/{base(demo)}/orders/{one['id']}" for one in orders]
    pages += [f"/{base(demo)}/buy/{product['id']}/{product['skus'][0]['id']}"]
    for page in pages:
        answer = client.get(f"/market{page}")
        assert answer.status_code == 200, page
        assert "<script" not in answer.text and "style=" not in answer.text
    assert "/market" in client.get("/").text
    form = {"sku_id": product["skus"][0]["id"], "quantity": "1", "back": f"/market/{base(demo)}"}
    bought = client.post(f"/_sandbox/market/{base(demo)}/orders", data=form)
    assert (bought.status_code, bought.location) == (303, f"/market/{base(demo)}")
    away = client.post(f"/_sandbox/market/{base(demo)}/orders", data={**form, "back": "/market/../..//evil.example"})
    assert away.location == "/market"


def test_a_buyer_types_amounts_and_a_name_as_people_do(client: FlaskClient, demo: dict[str, Any]) -> None:
    form = {
        "sku": "SPIRAL-BLUE-A4",
        "quantity": "2",
        "delivery": "6,50",
        "seller_discount": "1",
        "name": "Ines",
        "masked": "0",
    }
    assert client.post(f"/_sandbox/market/{base(demo)}/orders", data=form).status_code == 303
    order = look(client, f"{base(demo)}/orders")[0]
    assert (order["delivery"], order["total"], order["recipient"]["name"], order["masked"]) == (
        650,
        6150,
        "Ines",
        False,
    )
    for wrong in ("six", "-1", "1.005", "1e3"):
        answer = client.post(f"/_sandbox/market/{base(demo)}/orders", data={**form, "delivery": wrong})
        assert (answer.status_code, wrong in answer.text) == (400, True)
    assert look(client, f"{base(demo)}/orders")[0]["id"] == order["id"]


def test_a_refused_button_says_why_and_leads_back(client: FlaskClient, demo: dict[str, Any]) -> None:
    back = f"/market/{base(demo)}/products"
    form = {"sku": "LIFT-OFF-IN-RUST-A2", "quantity": "4", "back": back}
    answer = client.post(f"/_sandbox/market/{base(demo)}/orders", data=form)
    assert answer.status_code == 409
    assert "3 left, 4 wanted" in answer.text and back in answer.text


def test_a_person_limits_requests_and_makes_trouble_for_pushes(client: FlaskClient, demo: dict[str, Any]) -> None:
    form = {"platform": "shopee", "per_second": "3", "per_day": "", "back": "/market"}
    assert client.post("/_sandbox/market/limits", data=form).location == "/market"
    assert "3 a second" in client.get("/market").text
    back = f"/market/{base(demo)}/pushes"
    form = {"platform": "shopee", "kind": "duplicate_event", "times": "2", "back": back}
    assert client.post("/_sandbox/market/trouble", data=form).location == back
    assert "duplicate event × 2" in client.get(back).text
    assert client.post("/_sandbox/market/trouble", json={"platform": "shopee", "kind": "500"}).status_code == 400
    assert [one["event"] for one in client.get("/_sandbox/faults").json] == ["shopee.*"]


def test_addresses_of_our_app_are_usual_until_they_are_registered(client: FlaskClient) -> None:
    assert door(client, "apps", platform="shopee")["push"] == "http://localhost:8000/webhooks/shopee"
    changed = door(client, "apps", platform="shopee", push="http://there.test/x")
    assert changed == {"redirect": "http://localhost:8000/channels/shopee/return", "push": "http://there.test/x"}


def test_pushes_are_kept_listed_and_sent_again(
    client: FlaskClient, demo: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "WRITERS", dict(webhooks.WRITERS))
    monkeypatch.setattr(webhooks, "PAUSES_OF", dict(webhooks.PAUSES_OF))
    state = client.application.extensions["sandbox.state"]
    here = Scope(state, client.application.config["SANDBOX"])
    pushes.register("shopee", lambda *_: webhooks.Letter("", b"", {}), (300,))
    inside = shops.scope_of(here, demo)
    hook = pushes.hook(inside, "shopee", "http://app.test/webhooks/shopee", secret="s")
    client.post("/_sandbox/faults", json={"kind": "drop_event", "event": "shopee.order", "times": 1})
    one = pushes.send(inside, "shopee", "order", {"ordersn": "1"}, [hook], about="1")
    two = pushes.send(inside, "shopee", "order", {"ordersn": "2"}, [hook], about="2")
    shown = look(client, f"pushes?platform=shopee&shop={demo['id']}")
    assert [(push["id"], push["tries"][0]["state"]) for push in shown] == [(two, "waiting"), (one, "dropped")]
    assert [push["id"] for push in pushes.lost(inside, "shopee")] == [one]
    assert door(client, f"pushes/{one}/again") == {"queued": 1}
    assert "ordersn" in json.dumps(look(client, "pushes?platform=shopee"))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_shops_change_and_say_when_access_ends(client: FlaskClient, platform: str) -> None:
    shop = door(client, "shops", platform=platform, name="Another", warehouses=2, currency="VND")
    assert (len(shop["warehouses"]), shop["region"]) == (2, "VN")
    assert door(client, f"shops/{base(shop)}", holiday=True)["holiday"] is True
    assert door(client, f"shops/{base(shop)}/end-access")["access"] == "ended"
    assert [one["id"] for one in look(client, f"shops?platform={platform}")] == [shop["id"]]
