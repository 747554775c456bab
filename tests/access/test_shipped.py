"""What is shipped is granted as a download is, and nowhere looks like something to download."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.orders.models import Order
from tests.forum.conftest import Browser
from tests.orders.selling import pay, place
from tests.world import World


@dataclass
class Bought:
    """One purchase of Fay's: two mugs, a pack to download, and a print that comes with its file. `grants` by title."""

    world: World
    mug: Product
    group_id: UUID
    order: Order
    grants: dict[str, Grant]

    def browser(self, app: Any, person: Any) -> Browser:
        return Browser(self.world.sign_in(app.test_client(), person))


def granted(world: World) -> dict[str, Grant]:
    with db.workspace(world.north.id) as session:
        return {grant.product.title: grant for grant in session.scalars(select(Grant))}


@pytest.fixture
def bought(world: World, run_jobs: Any) -> Bought:
    shop = world.shop(world.north, "Kiln")
    mug, both = world.product(shop, "Mug"), world.product(shop, "Print and file", downloads=True)
    pack = world.product(shop, "Sea glass", ships=False, downloads=True)
    group_id = place(world, world.fay.id, (mug, 2), (pack, 1), (both, 1))
    assert granted(world) == {}, "nothing is paid yet"
    for _ in range(2):
        pay(group_id, run_jobs)
    with db.workspace(world.north.id) as session:
        order = session.scalars(select(Order)).one()
    return Bought(world, mug, group_id, order, granted(world))


def test_each_paid_line_is_one_grant_and_knows_whether_files_belong_to_it(bought: Bought) -> None:
    assert {title: grant.downloads for title, grant in bought.grants.items()} == {
        "Mug": False,
        "Sea glass": True,
        "Print and file": True,
    }
    assert {grant.buyer_id for grant in bought.grants.values()} == {bought.world.fay.id}
    with db.workspace(bought.world.north.id) as session:
        lines = {line.id for line in session.scalars(select(Order)).one().lines}
        assert {grant.source_id for grant in session.scalars(select(Grant))} == lines


def shelves(page: Any) -> set[str]:
    """The grants that a page leads to."""
    assert page.status_code == 200
    return set(re.findall(r"/library/([0-9a-f-]{36})", page.text))


def test_pages_about_files_leave_a_mug_out(bought: Bought, app: Any) -> None:
    fay, files = bought.browser(app, bought.world.fay), {"Sea glass", "Print and file"}
    links = {str(bought.grants[title].id) for title in files}
    library = fay.get("/library")
    assert shelves(library) == links and "Mug" not in library.text
    for path in (f"/checkout/{bought.group_id}/done", f"/purchases/{bought.group_id}"):
        page = fay.get(path)
        assert shelves(page) == links and "Mug" in page.text, path
    desk = f"/w/{bought.world.north.slug}/orders/{bought.order.id}/downloads"
    seller = bought.browser(app, bought.world.bob).get(desk)
    assert "Mug" not in seller.text and all(title in seller.text for title in files)


def test_a_mug_has_no_page_of_files_not_even_when_its_product_gets_some(bought: Bought, app: Any) -> None:
    fay, grant = bought.browser(app, bought.world.fay), bought.grants["Mug"]
    file = bought.world.file(bought.mug, b"for those who buy it from now on")
    with db.workspace(bought.world.north.id):
        db.get(Product, bought.mug.id).downloads = True
    assert fay.get(f"/library/{grant.id}").status_code == 404
    assert fay.post(f"/library/{grant.id}/files/{file.id}/links").status_code == 404
    assert fay.post(f"/library/{grant.id}/requests").status_code == 404
    bob = bought.browser(app, bought.world.bob)
    assert bob.post(f"/w/{bought.world.north.slug}/grants/{grant.id}/limit-resets").status_code == 404
    assert "Mug" not in fay.get("/library").text
