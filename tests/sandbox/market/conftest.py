"""A marketplace in memory of its own, without the network; and what it says to those who watch."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.sandbox.config import SandboxConfig
from app.sandbox.market import goods, orders, placing, shops, store, watching
from app.sandbox.state import State
from app.sandbox.stripe import effects
from app.sandbox.stripe.scope import Scope


@dataclass
class Market:
    """One shop with one product of two SKUs: ten of the first, not counted the second."""

    scope: Scope
    shop: dict[str, Any]
    product: dict[str, Any]
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def place(self, quantity: int = 2, **more: Any) -> dict[str, Any]:
        sku = self.product["skus"][0]["id"]
        return placing.place(self.scope, self.shop, [(self.product["id"], sku, quantity)], **more)

    def sku(self, place: int = 0) -> dict[str, Any]:
        found = goods.get(self.scope, self.shop, self.product["id"])
        assert found is not None
        return found["skus"][place]

    def stock(self) -> tuple[int, int]:
        """(available, committed) of the first SKU."""
        sku = self.sku()
        return sum(sku["stock"].values()), sum(sku["committed"].values())

    def again(self, order: dict[str, Any]) -> dict[str, Any]:
        """The order as it is kept."""
        found = orders.get(self.scope, self.shop, order["id"])
        assert found is not None
        return found

    def events(self) -> list[str]:
        return [event for event, _ in self.heard]

    def effects(self, kind: str) -> list[dict[str, Any]]:
        return effects.listed(self.scope.state, kind)


@pytest.fixture
def scope(tmp_path: Path) -> Iterator[Scope]:
    state = State(tmp_path / "sandbox.sqlite3")
    state.extend(store.SCHEMA, *store.TABLES)
    yield Scope(state, SandboxConfig(data=tmp_path))
    state.close()


@pytest.fixture
def market(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> Market:
    """A Shopee shop: its lines have quantities."""
    monkeypatch.setattr(watching, "_watchers", {})
    shop = shops.create(scope, "shopee", name="Deep Field Prints", region="SG", currency="SGD", warehouses=2)
    product = goods.add(
        scope,
        shop,
        title="Ten thousand galaxies",
        skus=[
            {"sku": "TEN-A4", "title": "A4", "price": 4200, "stock": 10},
            {"sku": "TEN-FILE", "title": "File", "price": 900, "stock": None},
        ],
    )
    one = Market(scope, shop, product)
    watching.watch("shopee", lambda scope, shop, event, doc, detail: one.heard.append((event, detail)))
    return one
