"""A shop as the sandbox's market keeps it, whatever its platform: its goods, and what buyers and carriers do there."""

from typing import Any, ClassVar

import requests

from tests.sandbox.conftest import Sandbox

Doc = dict[str, Any]


class Stall:
    """The market's doors of one shop; `doc` and `products` are what it was opened with."""

    platform: ClassVar[str]
    sandbox: Sandbox
    doc: Doc
    products: list[Doc]

    def sku(self, product: int = 0, place: int = 0) -> Doc:
        return self.products[product]["skus"][place]

    def door(self, path: str, /, **body: Any) -> Any:
        return self.sandbox.post(f"market/{self.platform}/{self.doc['id']}/{path}", **body)

    def look(self, path: str) -> Doc:
        """An order or a product as the market keeps it."""
        url = f"{self.sandbox.url}/_sandbox/market/{self.platform}/{self.doc['id']}/{path}"
        return requests.get(url, timeout=20).json()

    def change(self, **body: Any) -> Any:
        return self.sandbox.post(f"market/shops/{self.platform}/{self.doc['id']}", **body)

    def place(self, quantity: int = 1, place: int = 0, **more: Any) -> Doc:
        (order,) = self.door("orders", sku_id=self.sku(0, place)["id"], quantity=quantity, **more)
        return order

    def act(self, order: Doc, act: str, **body: Any) -> Doc:
        return self.door(f"orders/{order['id']}/{act}", **body)
