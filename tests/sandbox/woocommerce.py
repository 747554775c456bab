"""One WooCommerce site of a running sandbox, asked over HTTP as an application does; and where its pushes arrive."""

from dataclasses import dataclass, field
from typing import Any

import requests

from app.channels.platforms import woocommerce_signing as signing
from tests.letters import Letters
from tests.sandbox.conftest import wait_until

Doc = dict[str, Any]


@dataclass
class Box(Letters):
    """Where a site's pushes arrive, read by topic."""

    def bodies(self, topic: str) -> list[Doc]:
        return [one.body for one in self.found if one.headers.get("X-WC-Webhook-Topic") == topic]


@dataclass
class Site:
    """A site, and keys to it."""

    sandbox: str
    box: Box
    doc: Doc
    key: str = ""
    secret: str = ""
    http: requests.Session = field(default_factory=requests.Session)

    @property
    def home(self) -> str:
        return f"{self.sandbox}/woocommerce/{self.doc['id']}"

    def url(self, path: str) -> str:
        return f"{self.home}/wp-json/wc/v3{path}"

    # --- the API
    def raw(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        """Signed as over plain HTTP."""
        words = {name: str(value) for name, value in query.items()}
        params = signing.oauth_params(method, self.url(path), words, self.key, self.secret)
        asked = f"{self.url(path)}?{signing.query_string(params)}"
        return self.http.request(method, asked, json=body, timeout=20, allow_redirects=False)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.raw("GET", path, **query)
        assert answer.ok, answer.text
        return answer.json()

    def send(self, method: str, path: str, body: Any, **query: Any) -> Any:
        answer = self.raw(method, path, body, **query)
        assert answer.ok, answer.text
        return answer.json()

    def no(self, status: int, method: str, path: str, body: Any = None, /, **query: Any) -> Doc:
        """A refusal in the API's form."""
        answer = self.raw(method, path, body, **query)
        assert answer.status_code == status, answer.text
        found = answer.json()
        assert found["data"]["status"] == status and found["message"]
        return found

    def basic(self, path: str = "/products", key: str = "", secret: str = "", **headers: str) -> requests.Response:
        """As over HTTPS."""
        auth = (key or self.key, secret or self.secret)
        return self.http.get(self.url(path), auth=auth, headers={"X-Forwarded-Proto": "https", **headers}, timeout=20)

    # --- the sandbox's doors
    def door(self, path: str, /, **body: Any) -> Any:
        answer = self.http.post(f"{self.sandbox}/_sandbox/{path}", json=body, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def look(self, path: str, **query: Any) -> Any:
        return self.http.get(f"{self.sandbox}/_sandbox/{path}", params=query, timeout=20).json()

    @property
    def base(self) -> str:
        return f"market/woocommerce/{self.doc['id']}"

    def keys(self, permissions: str = "read_write") -> "Site":
        made = self.door(f"woocommerce/{self.doc['id']}/keys", permissions=permissions)
        self.key, self.secret = made["consumer_key"], made["consumer_secret"]
        return self

    def private(self, **members: Any) -> None:
        self.door(f"market/shops/woocommerce/{self.doc['id']}", private=members)

    def product(self, *skus: Doc, title: str = "Ten thousand galaxies") -> Doc:
        usual = [
            {"sku": "TEN-A4", "title": "A4", "price": 4200, "stock": 10, "options": {"Size": "A4"}},
            {"sku": "TEN-A3", "title": "A3", "price": 5600, "stock": 10, "options": {"Size": "A3"}},
        ]
        wanted = {"title": title, "skus": list(skus) or usual}
        return self.door(f"{self.base}/products", products=[wanted], loud=True)[0]

    def simple(self, stock: int | None = 5, price: int = 1200) -> Doc:
        return self.product({"sku": "MUG", "title": "", "price": price, "stock": stock}, title="Mug")

    def place(self, sku: str = "TEN-A4", quantity: int = 1, **more: Any) -> Doc:
        return self.door(f"{self.base}/orders", sku=sku, quantity=quantity, **more)[0]

    def act(self, order: Doc, act: str, **body: Any) -> Doc:
        return self.door(f"{self.base}/orders/{order['id']}/{act}", **body)

    def status(self, order: Doc, status: str, **more: Any) -> Doc:
        """The owner writes a status by hand."""
        return self.door(f"woocommerce/{self.doc['id']}/orders/{order['id']}/status", status=status, **more)

    def stock(self, product: Doc, place: int = 0) -> int:
        sku = self.look(f"{self.base}/products/{product['id']}")["skus"][place]
        return sum(sku["stock"].values())

    def effects(self, kind: str) -> list[Doc]:
        return self.look("effects", kind=kind)

    # --- pushes
    def hook(self, topic: str, secret: str = "s3cret", path: str = "/hook", **more: Any) -> Doc:
        wish = {"name": f"Hook {topic}", "topic": topic, "delivery_url": f"{self.box.url}{path}", "secret": secret}
        return self.send("POST", "/webhooks", {**wish, **more})

    def quiet(self) -> None:
        """Wait until nothing is on its way any more."""
        wait_until(
            lambda: not [one for one in self.look("deliveries") if one["state"] in ("waiting", "sending")], "quiet"
        )
