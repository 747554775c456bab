"""Service rules: the first that fits chooses, says why, and says how a parcel is insured and signed for
(TRAPS.md A5, A7)."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import db
from app.shipping import rules
from app.shipping.actions import presets
from app.shipping.carrier import Rate
from app.shipping.models import Parcel, ServiceRule
from tests.shipping.parceling import ALICE, BEACH, Shipping
from tests.shipping.test_batches import prepare, rows


def offer(price: int, days: int | None, service: str = "ground", carrier: str = "USPS") -> rules.Offer:
    return rules.Offer(uuid4(), Rate(service, carrier, service, service.title(), price, "USD", days))


def rule(**fields: Any) -> ServiceRule:
    plain = {"name": "R", "destination": "any", "countries": [], "sku_prefix": "", "choose": "cheapest", "carrier": ""}
    return ServiceRule(**{**plain, "service": "", "paused": False, **fields})


def facts(**found: Any) -> rules.Facts:
    return rules.Facts(
        **{"home": "US", "country": "US", "weight_g": 400, "value_minor": 2000, "skus": ["A-1"], **found}
    )


@pytest.mark.parametrize(
    ("fields", "found", "fits"),
    [
        ({"upto_g": 500}, {"weight_g": 500}, True),
        ({"upto_g": 500}, {"weight_g": 501}, False),
        ({"over_g": 500}, {"weight_g": 500}, False),
        ({"destination": "domestic"}, {"country": "DE"}, False),
        ({"destination": "international"}, {"country": "DE"}, True),
        ({"destination": "listed", "countries": ["DE", "AT"]}, {"country": "AT"}, True),
        ({"over_minor": 1999}, {}, True),
        ({"sku_prefix": "B"}, {}, False),
    ],
)
def test_a_rule_fits_when_each_condition_holds(fields: dict[str, Any], found: dict[str, Any], fits: bool) -> None:
    assert rules.applies(rule(**fields), facts(**found)) is fits


def test_the_first_rule_that_fits_and_is_not_paused_decides() -> None:
    chosen = [rule(name="Paused", paused=True), rule(name="Heavy", over_g=1000), rule(name="Light"), rule(name="Later")]
    found = rules.first(chosen, facts())
    assert found is not None and found.name == "Light"


def test_a_cap_or_a_missing_service_is_said_in_words() -> None:
    offers = [offer(900, 3), offer(1500, 1, "express")]
    assert "allows up to $5.00" in rules.choose(rule(name="Cheap", cap_minor=500), offers).why.replace("US", "")
    missing = rules.choose(rule(choose="service", service="rocket"), offers)
    assert missing.offer is None and "no carrier offered" in missing.why
    assert rules.choose(None, []).offer is None


@given(st.lists(st.tuples(st.integers(0, 9999), st.none() | st.integers(1, 30)), min_size=1, max_size=12))
def test_the_cheapest_and_the_fastest_are_what_they_say(prices: list[tuple[int, int | None]]) -> None:
    offers = [offer(price, days) for price, days in prices]
    best = rules.choose(None, offers).offer
    priced = [(price, days) for price, days in prices if price] or prices
    assert best is not None and best.rate.total_minor == min(price for price, _ in priced)
    quick = rules.choose(rule(choose="fastest"), offers).offer
    assert quick is not None and (quick.rate.days or 999) == min((days or 999) for _, days in priced)
    marked = rules.marked(offers)
    assert [one.rate.total_minor for one in marked] == sorted(price for price, _ in prices)
    assert sum("cheapest" in one.badges for one in marked) == 1


def test_a_label_without_postage_is_taken_only_when_it_is_meant() -> None:
    own, post = offer(0, None, "own", "Own label"), offer(900, 3)
    assert rules.choose(None, [own, post]).offer == post
    assert rules.choose(rule(account_id=own.account_id), [own, post]).offer == own
    assert rules.choose(None, [own]).offer == own


@pytest.fixture
def shipping(shipping: Shipping) -> Shipping:
    shipping.connect()
    return shipping


def test_a_rule_packs_insures_and_chooses_in_a_batch(shipping: Shipping) -> None:
    with db.workspace(shipping.workspace.id):
        box = presets.save_package(ALICE, "Tube", 400, 100, 100, 120)
        presets.save_rule(
            ALICE, None, "Careful", destination="domestic", choose="fastest", insure=True, signature="adult",
            package_id=box.id,
        )  # fmt: skip
    [row] = rows(shipping, prepare(shipping, [shipping.paid(2, BEACH)]))
    assert row.item.state == "ready" and "Careful" in row.item.reason and row.parcel
    with db.workspace(shipping.workspace.id):
        parcel = db.get(Parcel, row.parcel.id)
        assert (parcel.signature, parcel.insured_minor, parcel.package_id) == ("adult", 4000, box.id)
        assert parcel.weight_g == 2 * 200 + 120
    fastest = min((one.rate.days or 999) for one in shipping.offers(row.parcel))
    chosen = next(one.rate for one in shipping.offers(row.parcel) if one.rate.id == row.item.rate_id)
    assert chosen.days == fastest
