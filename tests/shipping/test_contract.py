"""One suite for every carrier there is, over HTTP against the sandbox: accounts, addresses, prices, and what is not offered
(TRAPS.md A5, C25)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.errors import ProviderError
from app.core.port import Forged, NotOffered
from app.shipping.carrier import FORMATS, Shipment
from app.shipping.carriers import own_sheet
from app.shipping.carriers.own import OwnLabel
from tests.shipping.parcels import BEACH, NOWHERE, TORONTO, abroad, connection, parcel
from tests.shipping.stage import Stage, every, remote


# --- the account
@remote
def test_a_good_key_names_its_account(stage: Stage) -> None:
    found = stage.carrier().account()
    assert found.mode == "test" and found.name and found.carriers


@remote
def test_a_bad_key_is_refused_in_words(stage: Stage) -> None:
    with pytest.raises(ProviderError, match="refused the API") as caught:
        stage.carrier(key=stage.kind.bad_key).account()
    assert caught.value.permanent and not caught.value.unknown
    assert stage.kind.bad_key not in str(caught.value)


def test_our_own_labels_need_no_account() -> None:
    assert OwnLabel(connection("", "")).account().name == "Own label" and OwnLabel.profile.fields == ()


@every
def test_the_profile_says_what_there_is(stage: Stage) -> None:
    profile = stage.kind.adapter.profile
    assert profile.name == stage.kind.name and set(profile.formats) <= set(FORMATS)
    assert all(box.label and box.name for box in profile.fields)


# --- addresses and prices
@remote
def test_an_address_is_checked_and_corrected(stage: Stage) -> None:
    good = stage.carrier().check_address(BEACH)
    assert good.deliverable and good.corrected is not None
    assert good.corrected.postcode == "90277-2506" and good.corrected.name == BEACH.name
    bad = stage.carrier().check_address(NOWHERE)
    assert not bad.deliverable and bad.corrected is None and bad.messages


@every
def test_an_estimate_costs_nothing(stage: Stage) -> None:
    rates = stage.carrier().estimate(parcel())
    assert [one.total_minor for one in rates] == sorted(one.total_minor for one in rates)
    assert stage.sold() == [] and (bool(rates) or stage.kind.name == "Own label")


@remote
def test_prices_follow_weight_and_distance(stage: Stage) -> None:
    def cheapest(wanted: Shipment) -> int:
        return stage.quoted(wanted)[1].total_minor

    near, box = parcel(), parcel().box
    far = replace(BEACH, line1="1 E 161st St", city="Bronx", region="NY", postcode="10451")
    assert cheapest(parcel(box=replace(box, weight_g=box.weight_g * 4))) > cheapest(near)
    assert cheapest(parcel(recipient=far)) > cheapest(near)


@remote
def test_insurance_and_signature_are_parts_of_the_price(stage: Stage) -> None:
    plain = stage.quoted(parcel())[1]
    insured = stage.quoted(parcel(insured_minor=30_000))[1]
    assert insured.parts["insurance"] == 300 and insured.total_minor == plain.total_minor + 300
    signed = stage.quoted(parcel(signature="adult"))[1]
    assert signed.total_minor == plain.total_minor + 690
    for rate in (plain, insured, signed):
        assert sum(rate.parts.values()) == rate.total_minor and rate.currency == "USD" and rate.days


@remote
def test_what_was_quoted_is_what_is_paid(stage: Stage) -> None:
    wanted = parcel(insured_minor=30_000, signature="standard")
    quote, rate = stage.quoted(wanted)
    bought = stage.carrier().buy(wanted, quote.shipment_id, rate.id)
    assert bought.total_minor == rate.total_minor
    assert [one["amount"] for one in stage.sold()] == [rate.total_minor]


@remote
def test_a_parcel_abroad_needs_its_customs(stage: Stage) -> None:
    quote = stage.carrier().quote(abroad())
    assert {one.carrier for one in quote.rates} >= {"USPS", "UPS"}
    without = stage.carrier().quote(parcel(recipient=TORONTO))
    assert not without.rates and any("ustoms" in note for note in without.notes)


# --- what is not offered
def test_what_our_own_labels_do_not_offer_is_said_by_the_profile() -> None:
    own, profile = OwnLabel(connection("", "")), OwnLabel.profile
    calls: list[Callable[[], Any]] = [
        lambda: own.check_address(BEACH),
        lambda: own.track("Post", "1"),
        lambda: own.subscribe("http://x.test", "s"),
        lambda: own.find_manifest(["own_1"]),
        lambda: own.manifest_state("own_1"),
    ]
    for call in calls:
        with pytest.raises(NotOffered):
            call()
    assert not (profile.checks_addresses or profile.tracks or profile.webhooks or profile.manifests)
    with pytest.raises(Forged):
        OwnLabel.read_news(connection("", ""), CaseInsensitiveDict(), json.dumps({}).encode())
    assert own_sheet.WIDTH * 72 == 288 * own_sheet.DPI and own_sheet.HEIGHT * 72 == 432 * own_sheet.DPI
