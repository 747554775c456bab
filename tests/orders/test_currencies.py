"""T17: yen have no cents and dinars have a thousand fils: shown, typed, refunded, exported and mailed as they are."""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.mail import Mail
from app.notifications import actions as notifications
from app.orders.models import Order
from app.payments.models import Refund
from tests.orders.selling import order_of, pay, place
from tests.security.forms import Forms
from tests.security.stage import Browser
from tests.world import World

SHOWN = {
    "JPY": {"price": "¥1,500", "plain": "1500", "total": "¥2,000", "back": "500", "too_fine": "500.5"},
    "KWD": {
        "price": "KWD1.500",
        "plain": "1.500",
        "total": "KWD2.000",
        "back": "0.500",
        "too_fine": "0.5005",
    },
}
"""1500 and, with delivery, 2000 smallest units of each."""


@pytest.fixture(params=SHOWN)
def currency(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sold(world: World, currency: str, run_jobs: Callable[..., list[str]]) -> tuple[Any, Any, Order]:
    """(shop, product, paid order)"""
    shop = world.shop(world.north, "Kiln", currency=currency)
    product = world.product(shop, "Cup", price=1500)
    group = place(world, world.fay.id, (product, 1))
    pay(group, run_jobs)
    return shop, product, order_of(group, shop)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_t17_buyers_read_the_right_amount(world: World, client: Any, sold: Any, currency: str) -> None:
    shop, product, order = sold
    page = client.get(f"/s/{shop.slug}/{product.slug}").get_data(as_text=True)
    assert SHOWN[currency]["price"] in page
    data = [
        json.loads(one) for one in re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.S)
    ]
    offers = json.dumps(data)
    assert f'"{SHOWN[currency]["plain"]}"' in offers and "150000" not in offers
    bought = world.sign_in(client, world.fay).get(f"/purchases/{order.group_id}").get_data(as_text=True)
    assert SHOWN[currency]["total"] in bought


def test_t17_sellers_read_and_export_the_right_amount(world: World, client: Any, sold: Any, currency: str) -> None:
    order, base = sold[2], f"/w/{world.north.slug}"
    world.sign_in(client, world.alice)
    for path in (f"{base}/orders?view=all", f"{base}/orders/{order.number}"):
        assert SHOWN[currency]["total"] in client.get(path).get_data(as_text=True), path
    (row,) = rows_of(client.get(f"{base}/orders/export.csv?view=all").get_data(as_text=True))
    assert (row["Currency"], row["Items total"]) == (currency, SHOWN[currency]["plain"])
    booked = rows_of(client.get(f"{base}/payouts/ledger.csv").get_data(as_text=True))
    sales = [one["Amount"] for one in booked if one["Account"] == "Sales"]
    assert sales == [f"-{SHOWN[currency]['plain']}"]


def test_t17_the_receipt_says_the_right_amount(sold: Any, currency: str, app: Any) -> None:
    with db.system("test world") as session:
        receipt = session.scalars(select(Mail).where(Mail.template == "receipt")).one()
    with app.test_request_context("/"):
        _, body, html = notifications.render(receipt.template, receipt.context)
    assert SHOWN[currency]["total"] in body and SHOWN[currency]["total"] in html


def refund_of(seller: Browser, base: str, amount: str) -> Any:
    """Type an amount for the line, look at the preview, and confirm it when there is one."""
    typed = form_of(seller.get(f"{base}/refunds/new"))
    name = next(one for one in typed if one.startswith("amount-"))
    answer = seller.post(f"{base}/refunds/preview", typed | {name: amount})
    return answer if answer.status_code != 200 else seller.post(f"{base}/refunds", form_of(answer))


def form_of(page: Any) -> dict[str, str]:
    """What the page's refund form would send as it stands."""
    return next(one.sends for one in Forms(page.get_data(as_text=True)).found if "note" in one.sends)


def test_t17_a_typed_amount_is_refunded_as_typed(world: World, client: Any, sold: Any, currency: str) -> None:
    seller = Browser(world.sign_in(client, world.alice))
    base = f"/w/{world.north.slug}/orders/{sold[2].number}"
    assert refund_of(seller, base, SHOWN[currency]["too_fine"]).status_code == 422
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Refund)).all() == []
    assert refund_of(seller, base, SHOWN[currency]["back"]).status_code == 303
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [500]


def test_t17_everything_that_is_left_is_filled_in(world: World, client: Any, sold: Any, currency: str) -> None:
    seller, order = Browser(world.sign_in(client, world.alice)), sold[2]
    base = f"/w/{world.north.slug}/orders/{order.number}"
    typed = form_of(seller.get(f"{base}/refunds/new?all=1"))
    confirmed = form_of(seller.post(f"{base}/refunds/preview", typed))
    assert seller.post(f"{base}/refunds", confirmed).status_code == 303
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Refund.amount_minor)).all() == [order.total_minor]
