"""TikTok in the sandbox as a caller meets it: requests signed here by hand, the seller's consent, and where pushes arrive."""

import hashlib
import hmac
import json
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import requests

from tests.letters import postbox
from tests.sandbox.conftest import Sandbox
from tests.sandbox.pushes import Pushes
from tests.sandbox.stall import Stall

KEY, SECRET, SERVICE = "sandbox-tiktok", "sandbox-tiktok-app-secret", "sandbox-service"
SCOPES = ("order.info", "product.basic", "product.write", "fulfillment.basic", "return_refund.basic", "logistics")
OWN = {"state", "platform_ships"}


def sign(method: str, path: str, query: dict[str, str], raw: bytes = b"") -> str:
    told = path + "".join(f"{name}{query[name]}" for name in sorted(query) if name != "sign")
    message = SECRET.encode() + told.encode() + (b"" if method == "GET" else raw) + SECRET.encode()
    return hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()


@dataclass
class Shop(Stall):
    """One shop with its goods, seen by the application that its seller allowed to work for it."""

    platform = "tiktok"
    sandbox: Sandbox
    doc: dict[str, Any]
    products: list[dict[str, Any]]
    tokens: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.doc["id"])

    @property
    def cipher(self) -> str:
        return str(self.doc["private"]["cipher"])

    # --- the API
    def send(
        self, method: str, path: str, body: Any = None, *, timestamp: int | None = None, **query: Any
    ) -> requests.Response:
        """A signed call; `sign`, `access_token`, `shop_cipher` and `content_type` may be given to be wrong, None leaves one out."""
        raw = b"" if body is None else json.dumps(body).encode()
        token, kind = (
            query.pop("token", self.tokens.get("access_token", "")),
            query.pop("content_type", "application/json"),
        )
        spoiled = {name: query.pop(name) for name in ("sign",) if name in query}
        told = {"app_key": KEY, "timestamp": str(timestamp or int(time.time())), "shop_cipher": self.cipher, **query}
        told = {name: str(value) for name, value in told.items() if value is not None}
        told["sign"] = sign(method, path, told, raw)
        told = {name: value for name, value in (told | spoiled).items() if value is not None}
        url = f"{self.sandbox.url}/tiktok{path}?{urlencode(told, quote_via=quote, safe='')}"
        headers = {"x-tts-access-token": token, "content-type": kind}
        return requests.request(method, url, data=raw or None, headers=headers, timeout=20)

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The data of a success."""
        answer = self.send(method, path, body, **query).json()
        assert answer["code"] == 0, answer
        return answer["data"]

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, int, str]:
        """(HTTP status, code, message) of a refusal."""
        answer = self.send(method, path, body, **query)
        said = answer.json()
        assert said["code"] != 0 and said["data"] is None and said["request_id"], said
        return answer.status_code, said["code"], said["message"]

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as the API tells it."""
        (found,) = self.ask("GET", "/order/202507/orders", ids=order["id"])["orders"]
        return found

    def stock(self, place: int = 0) -> tuple[int, int]:
        """(available, committed) as the market keeps them."""
        sku = self.look(f"products/{self.products[0]['id']}")["skus"][place]
        return sum(sku["stock"].values()), sum(sku["committed"].values())


def consent(sandbox: Sandbox, shops: list[str], state: str = "s", **form: Any) -> dict[str, str]:
    """What the seller's browser brings back after Allow (or what `form` presses)."""
    url = f"{sandbox.url}/tiktok/open/authorize?service_id={SERVICE}&state={quote(state)}"
    answer = requests.post(url, data={"shop": shops, **form}, allow_redirects=False, timeout=20)
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))


def exchange(sandbox: Sandbox, what: str = "get", **query: Any) -> requests.Response:
    told = {"app_key": KEY, "app_secret": SECRET, **query}
    return requests.get(f"{sandbox.url}/tiktok/api/v2/token/{what}", params=told, timeout=20)


def tokens(sandbox: Sandbox, code: str) -> dict[str, Any]:
    answer = exchange(sandbox, auth_code=code, grant_type="authorized_code").json()
    assert answer["code"] == 0, answer
    return answer["data"]


PRODUCTS: list[dict[str, Any]] = [
    {
        "title": "Ten thousand galaxies",
        "skus": [
            {"sku": "TEN-A4", "title": "A4", "price": 4200, "stock": 10, "options": {"Size": "A4"}},
            {"sku": " TEN-A3 ", "title": "A3", "price": 6000, "stock": 5, "options": {"Size": "A3"}},
        ],
    },
    {"title": "Wallpaper file", "skus": [{"sku": "FILE", "price": 900, "stock": None}]},
]


def opened(sandbox: Sandbox, region: str = "US", currency: str = "USD", warehouses: int = 1, **form: Any) -> Shop:
    """A shop with goods, whose seller said yes."""
    doc = sandbox.post("market/shops", platform="tiktok", name="Deep Field Prints", region=region, currency=currency, warehouses=warehouses)  # fmt: skip
    products = sandbox.post(f"market/tiktok/{doc['id']}/products", products=PRODUCTS)
    return Shop(sandbox, doc, products, tokens(sandbox, consent(sandbox, [doc["id"]], **form)["code"]))


def pushes() -> AbstractContextManager[Pushes]:
    """The application's push address."""
    return postbox(Pushes(numbered="type"), "/webhooks/tiktok")
