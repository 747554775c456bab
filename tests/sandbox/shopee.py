"""Shopee in the sandbox as a caller meets it: requests signed here by hand, the seller's consent, and where pushes arrive."""

import hashlib
import hmac
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.letters import postbox
from tests.sandbox.conftest import Sandbox
from tests.sandbox.pushes import Pushes
from tests.sandbox.stall import Doc, Stall

PARTNER, KEY = "2000001", "sandbox-shopee-partner-key"
BACK = "http://app.test/channels/shopee/return"


def sign(text: str, key: str = KEY) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Caller:
    """An application, and where a shop gave it tokens, that shop."""

    sandbox: Sandbox
    shop: str = ""
    token: str = ""

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """A signed call; any common parameter may be given to be wrong, and None leaves one out."""
        url, told = f"{self.sandbox.url}/shopee{path}", {"partner_id": PARTNER, "timestamp": str(int(time.time()))}
        if self.shop:
            told |= {"access_token": self.token, "shop_id": self.shop}
        common = {
            name: query.pop(name, told.get(name)) for name in ("partner_id", "timestamp", "access_token", "shop_id")
        }
        base = (
            f"{common['partner_id']}{path}{common['timestamp']}{common['access_token'] or ''}{common['shop_id'] or ''}"
        )
        told = {**common, "sign": query.pop("sign", sign(base)), **query}
        return requests.request(
            method,
            url,
            params={name: value for name, value in told.items() if value is not None},
            json=body,
            timeout=20,
        )

    def get(self, path: str, **query: Any) -> Any:
        return _good(self.send("GET", path, **query))

    def post(self, path: str, **body: Any) -> Any:
        return _good(self.send("POST", path, body))

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[str, str]:
        """(error, message) of a refusal."""
        answer = self.send(method, path, body, **query).json()
        assert answer["error"] and answer["request_id"], answer
        return answer["error"], answer["message"]


def _good(answer: requests.Response) -> Any:
    found = answer.json()
    assert found["error"] == "" and found["request_id"], found
    return found.get("response", found)


@dataclass
class Shop(Caller, Stall):
    """A shop with goods, seen by the application that its seller allowed to speak for it."""

    platform = "shopee"
    doc: Doc = field(default_factory=dict)
    products: list[Doc] = field(default_factory=list)
    refresh: str = ""

    def model(self, place: int = 0, product: int = 0) -> int:
        return int(self.sku(product, place)["id"])

    def item(self, product: int = 0) -> int:
        return int(self.products[product]["id"])

    # --- as the market keeps it
    def kept(self, order: Doc) -> Doc:
        return self.look(f"orders/{order['id']}")

    def stock(self, place: int = 0, product: int = 0) -> int:
        return sum(self.look(f"products/{self.item(product)}")["skus"][place]["stock"].values())

    # --- usual steps
    def read(self, order: Doc, *fields: str, **query: Any) -> Doc:
        """The order as the API tells it."""
        wanted = {"response_optional_fields": ",".join(fields)} if fields else {}
        (found,) = self.get("/api/v2/order/get_order_detail", order_sn_list=order["id"], **wanted, **query)[
            "order_list"
        ]
        return found

    def slot(self, order: Doc) -> Doc:
        """The first way to have it collected."""
        found = self.get("/api/v2/logistics/get_shipping_parameter", order_sn=order["id"])
        address = found["pickup"]["address_list"][0]
        return {"address_id": address["address_id"], "pickup_time_id": address["time_slot_list"][0]["pickup_time_id"]}

    def ship(self, order: Doc) -> None:
        self.post("/api/v2/logistics/ship_order", order_sn=order["id"], pickup=self.slot(order))


PRODUCTS: list[Doc] = [
    {
        "title": "Ten thousand galaxies",
        "skus": [
            {"sku": "TEN-A4", "title": "A4", "price": 4250, "stock": 10, "options": {"Size": "A4"}},
            {"sku": " TEN-A3 ", "title": "A3", "price": 6000, "stock": 5, "options": {"Size": "A3"}},
        ],
    },
    {"title": "Mug", "skus": [{"sku": "MUG", "price": 1200, "stock": 4}]},
]


def link(sandbox: Sandbox, redirect: str = BACK, age: int = 0, **wrong: str) -> str:
    path, stamp = "/api/v2/shop/auth_partner", str(int(time.time()) - age)
    told = {
        "partner_id": PARTNER,
        "timestamp": stamp,
        "sign": sign(f"{PARTNER}{path}{stamp}"),
        "redirect": redirect,
        **wrong,
    }
    return str(requests.Request("GET", f"{sandbox.url}/shopee{path}", params=told).prepare().url)


def consent(sandbox: Sandbox, pick: str, decision: str = "allow") -> dict[str, str]:
    """What the seller's browser brings back."""
    sandbox.post("market/apps", platform="shopee", redirect=BACK)
    answer = requests.post(
        link(sandbox, f"{BACK}?state=s"), data={"pick": pick, "decision": decision}, allow_redirects=False, timeout=20
    )
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchanged(sandbox: Sandbox, answer: dict[str, str]) -> Doc:
    """Tokens for what came back."""
    whose = "main_account_id" if "main_account_id" in answer else "shop_id"
    body = {"code": answer["code"], "partner_id": int(PARTNER), whose: int(answer[whose])}
    return Caller(sandbox).post("/api/v2/auth/token/get", **body)


def opened(sandbox: Sandbox, currency: str = "SGD", warehouses: int = 1, products: list[Doc] | None = None) -> Shop:
    """A shop with goods, whose seller said yes."""
    doc = sandbox.post(
        "market/shops", platform="shopee", name="Deep Field Prints", currency=currency, warehouses=warehouses
    )
    goods = sandbox.post(f"market/shopee/{doc['id']}/products", products=products or PRODUCTS)
    tokens = exchanged(sandbox, consent(sandbox, doc["id"]))
    return Shop(sandbox, doc["id"], tokens["access_token"], doc, goods, tokens["refresh_token"])


def pushes() -> AbstractContextManager[Pushes]:
    """The application's push address."""
    return postbox(Pushes(numbered="code"), "/webhooks/shopee")
