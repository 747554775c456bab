"""A print that ships and a pack that downloads, from two sellers; and browsers that press buttons."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.orders.selling import order_of, pay, place
from tests.world import World


@pytest.fixture
def market(world: World) -> dict[str, Any]:
    """Northlight sells «Nebula» (ships, stock 5, 20.00), Otherside «Sea glass» (download, 13.00)."""
    prints, packs = world.shop(world.north, "Prints"), world.shop(world.other, "Packs")
    return {
        "prints": prints,
        "packs": packs,
        "print": world.product(prints, "Nebula", stock=50),
        "pack": world.product(packs, "Sea glass", ships=False, downloads=True, price=1300),
    }


@pytest.fixture
def paid(world: World, market: dict[str, Any], run_jobs: Any) -> Callable[..., Any]:
    """`paid(count=1)`: a paid order of Northlight's print, as its row stands now."""

    def make(count: int = 1, **fields: Any) -> Any:
        group = place(world, world.fay.id, (market["print"], count), **fields)
        pay(group, run_jobs)
        return order_of(group, market["prints"])

    return make


class Desk:
    """A signed-in seller's browser in one workspace."""

    def __init__(self, client: Any, slug: str) -> None:
        self.client, self.base = client, f"/w/{slug}/orders"

    def get(self, path: str = "") -> Any:
        return self.client.get(self.base + path)

    def text(self, path: str = "") -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.status
        return str(answer.get_data(as_text=True))

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(self.base + path, data={"csrf_token": self.token(), **data})

    def token(self) -> str:
        page = self.client.get("/discover").get_data(as_text=True)
        found = re.search(r'name="csrf-token" content="([^"]+)"', page)
        assert found is not None
        return found.group(1)

    def numbers(self, query: str = "") -> list[int]:
        """The order numbers that the list shows, in its order."""
        return [int(one) for one in re.findall(r'class="row-link" href="[^"]*/orders/(\d+)', self.text(query))]


@pytest.fixture
def desk(world: World, app: Any) -> Callable[..., Desk]:
    """`desk(person)`: that person's browser in Northlight."""

    def make(person: Any = None) -> Desk:
        return Desk(world.sign_in(app.test_client(), person or world.bob), world.north.slug)

    return make
