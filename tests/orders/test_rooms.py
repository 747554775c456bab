"""What a refund closes in the forum is said before anybody agrees to it."""

from typing import Any

from app.catalogue.models import Shop
from app.core import db
from app.orders.models import Order
from tests.forum.conftest import found_town
from tests.orders.selling import order_of, pay, place, settle_refund
from tests.orders.test_currencies import form_of
from tests.security.stage import Browser

CLOSES = "Closes to the buyer in the forum: Brush owners"


def bought(world: Any, person: Any, product: Any, run_jobs: Any) -> Order:
    group = place(world, person.id, (product, 1))
    pay(group, run_jobs)
    with db.workspace(world.north.id):
        return order_of(group, db.get(Shop, product.shop_id))


def test_a_room_that_closes_is_named_once_nothing_else_opens_it(world: Any, client: Any, run_jobs: Any) -> None:
    town, seller = found_town(world), Browser(world.sign_in(client, world.alice))
    orders = [bought(world, world.fay, town.product, run_jobs) for _ in range(2)]
    first, second = (f"/w/{world.north.slug}/orders/{order.number}/refunds" for order in orders)
    preview = seller.post(f"{first}/preview", form_of(seller.get(f"{first}/new?all=1")))
    assert "Downloads end for: Brushes" in preview.text and "in the forum" not in preview.text
    assert seller.post(first, form_of(preview)).status_code == 303
    settle_refund(orders[0], "succeeded", run_jobs)
    left = form_of(seller.get(f"{second}/new?all=1"))
    part = {name: "10.00" if name.startswith("amount-") else typed for name, typed in left.items()}
    half = seller.post(f"{second}/preview", part)
    assert "Downloads end" not in half.text and "in the forum" not in half.text
    assert CLOSES in seller.post(f"{second}/preview", left).text


def test_the_team_loses_no_room(world: Any, client: Any, run_jobs: Any) -> None:
    town, seller = found_town(world), Browser(world.sign_in(client, world.alice))
    here = f"/w/{world.north.slug}/orders/{bought(world, world.vera, town.product, run_jobs).number}/refunds"
    preview = seller.post(f"{here}/preview", form_of(seller.get(f"{here}/new?all=1")))
    assert "Downloads end for: Brushes" in preview.text and "in the forum" not in preview.text
