"""What sellers set for themselves on the settings page: their own services with prices, and the days until they send."""

import re
from datetime import timedelta
from typing import Any

from app.catalogue.models import Shop
from app.core import db
from app.orders.models import Order
from app.shipping.actions import accounts
from app.shipping.models import CarrierAccount
from tests.shipping.desk import Desk
from tests.shipping.parceling import ALICE, Shipping

TWO = {
    "currency": "USD",
    "service-0": "Royal Mail 48",
    "price-0": "3.95",
    "days-0": "2",
    "service-1": "Bike",
    "price-1": "",
}


def own(shipping: Shipping) -> CarrierAccount:
    with db.workspace(shipping.workspace.id):
        return accounts.connect(ALICE, "own", "Own label", {})


def services(shipping: Shipping, account: CarrierAccount) -> list[dict[str, Any]]:
    with db.workspace(shipping.workspace.id) as session:
        row = db.get(CarrierAccount, account.id)
        session.refresh(row)
        return list(row.settings.get("services", []))


def test_services_bought_elsewhere_are_offered_at_the_price_they_cost(shipping: Shipping, desk: Desk) -> None:
    account = own(shipping)
    desk.post(f"/accounts/{account.id}/services", **TWO)
    parcel = shipping.packed(shipping.paid())
    found = [(one.rate.service_name, one.rate.total_minor, one.rate.days) for one in shipping.offers(parcel)]
    assert sorted(found) == [("Bike", 0, None), ("Royal Mail 48", 395, 2)]
    page = desk.get("/settings")
    assert 'value="Royal Mail 48"' in page and 'value="3.95"' in page and "2 services" in page


def test_a_service_that_is_priced_anew_stays_the_same_service(shipping: Shipping, desk: Desk) -> None:
    account = own(shipping)
    desk.post(f"/accounts/{account.id}/services", **TWO)
    before = services(shipping, account)[0]
    desk.post(f"/accounts/{account.id}/services", **{**TWO, "price-0": "4.10", "service-1": ""})
    (now,) = services(shipping, account)
    assert (now["id"], now["price_minor"]) == (before["id"], 410)


def test_rows_that_cannot_be_read_are_refused_with_what_was_typed(shipping: Shipping, desk: Desk) -> None:
    account = own(shipping)
    path = f"/accounts/{account.id}/services"
    for wrong in ({"price-0": "dear"}, {"days-0": "soon"}, {"service-1": "royal mail 48"}, {"currency": "XXX"}):
        page = desk.post(path, 422, **{**TWO, **wrong}).text
        assert 'value="Royal Mail 48"' in page
    shop = {"currency": "USD", "service-0": "Cheaper", "price-0": "1"}
    desk.post(f"/accounts/{shipping.connect()}/services", 422, **shop)
    assert services(shipping, account) == []


def test_a_shop_says_in_how_many_days_it_sends_and_the_clock_follows(shipping: Shipping, desk: Desk) -> None:
    field = f"days-{shipping.shop.id}"
    assert re.search(f'name="{field}"[^>]*value="2"', desk.get("/settings"))
    before = shipping.paid()
    desk.post("/handling", **{field: "0"})
    today = shipping.paid()
    assert clock(shipping, before) == timedelta(days=2) and clock(shipping, today) == timedelta(0)


def test_days_nobody_can_mean_are_refused(shipping: Shipping, desk: Desk) -> None:
    field = f"days-{shipping.shop.id}"
    for typed in ("61", "-1", "soon", ""):
        assert "0 to 60 days" in desk.post("/handling", 422, **{field: typed}).text
    with db.workspace(shipping.workspace.id):
        assert db.get(Shop, shipping.shop.id).dispatch_days == 2


def clock(shipping: Shipping, order: Order) -> timedelta:
    """From payment to the moment it has to leave, in whole hours."""
    with db.workspace(shipping.workspace.id):
        row = db.get(Order, order.id)
        assert row.ship_by is not None and row.paid_at is not None
        return timedelta(hours=round((row.ship_by - row.paid_at).total_seconds() / 3600))
