"""Zones and rates: several per zone, countries that exist, overlaps explained, and the price a buyer somewhere would pay."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.catalogue import places
from app.catalogue.models import DeliveryRate, DeliveryZone
from app.core import db
from app.core.errors import Refused
from tests.catalogue.editing import Editor, questions

RATE = {"rate": "Tracked post", "price": "4.20"}


@pytest.fixture
def shop(editor: Editor) -> Editor:
    """A shop without any zone; `here` is its page of delivery."""
    with db.workspace(editor.world.north.id) as session:
        for zone in session.scalars(select(DeliveryZone).where(DeliveryZone.shop_id == editor.shop.id)):
            session.query(DeliveryRate).filter_by(zone_id=zone.id).delete()
            session.delete(zone)
    editor.here = f"{editor.base}/shops/{editor.shop.id}"
    return editor


def zones(editor: Editor) -> dict[str, DeliveryZone]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(DeliveryZone).where(DeliveryZone.shop_id == editor.shop.id)
        return {row.name: row for row in session.scalars(rows.execution_options(populate_existing=True))}


def rates(editor: Editor) -> dict[str, DeliveryRate]:
    with db.workspace(editor.world.north.id) as session:
        return {
            row.name: row for row in session.scalars(select(DeliveryRate).execution_options(populate_existing=True))
        }


def add(editor: Editor, name: str, countries: str, **rate: str) -> Any:
    return editor.post(f"{editor.here}/zones", part="new-zone", zone=name, countries=countries, **RATE | rate)


def test_countries_are_names_codes_or_groups(shop: Editor) -> None:
    assert add(shop, "Near", "Germany, fr; uk\nNordic countries").status_code == 303
    assert add(shop, "World", "").status_code == 303
    found = zones(shop)
    assert set(found["Near"].countries) == {"DE", "FR", "GB", "DK", "FI", "IS", "NO", "SE"}
    assert found["World"].countries == ["*"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [("Germny, FR", "did you mean Germany?"), ("XX", "«XX» is no country"), ("DE, *", "stands alone"), ("EZ", "«EZ»")],
)
def test_what_is_no_country_is_refused_and_stays_typed(shop: Editor, typed: str, words: str) -> None:
    answer = add(shop, "Near", typed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, words in page, typed in page) == (422, True, True)
    assert zones(shop) == {}


@given(st.sets(st.sampled_from(sorted(places.names())), min_size=1))
def test_what_the_form_shows_reads_back_to_the_same_countries(codes: set[str]) -> None:
    assert set(places.parse(places.written(sorted(codes)))) == codes


def test_every_name_is_understood() -> None:
    assert [code for code, name in places.names().items() if places.parse(name) != [code]] == []


def test_a_zone_has_several_rates_with_all_their_terms(shop: Editor) -> None:
    add(shop, "Home", "GB", per_item="0.60", free_from="80", min_days="1", max_days="3")
    home = zones(shop)["Home"]
    path = f"{shop.here}/zones/{home.id}/rates"
    assert shop.post(path, rate="Next day", price="9.50", min_days="1", max_days="1").status_code == 303
    found = rates(shop)
    tracked = found["Tracked post"]
    assert (tracked.price_minor, tracked.per_item_minor, tracked.free_from_minor) == (420, 60, 8000)
    assert (found["Next day"].free_from_minor, found["Next day"].per_item_minor) == (None, 0)
    changed = {"rate": "Letter", "price": "3", "per_item": "", "free_from": "", "min_days": "2", "max_days": "4"}
    assert shop.post(f"{path}/{tracked.id}", **changed).status_code == 303
    assert (rates(shop)["Letter"].price_minor, rates(shop)["Letter"].free_from_minor) == (300, None)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"price": "-4"}, "price"),
        ({"price": "4.205"}, "price"),
        ({"per_item": "some"}, "per_item"),
        ({"free_from": "lots"}, "free_from"),
        ({"min_days": "9", "max_days": "3"}, "max_days"),
        ({"max_days": "400"}, "max_days"),
        ({"rate": "  "}, "rate"),
    ],
)
def test_terms_that_cannot_be_are_refused_beside_their_field(shop: Editor, typed: Any, field: str) -> None:
    answer = add(shop, "Home", "GB", **typed)
    assert answer.status_code == 422
    assert f'id="{field}-new-error"' in answer.get_data(as_text=True)
    assert (zones(shop), rates(shop)) == ({}, {})


def test_two_rates_of_one_zone_need_two_names(shop: Editor) -> None:
    add(shop, "Home", "GB")
    answer = shop.post(f"{shop.here}/zones/{zones(shop)['Home'].id}/rates", **RATE)
    assert answer.status_code == 422
    assert len(rates(shop)) == 1


def test_overlaps_and_gaps_are_explained(shop: Editor) -> None:
    add(shop, "Near", "DE, FR")
    add(shop, "Union", "European Union", rate="Parcel")
    page = shop.page(f"{shop.here}/delivery")
    assert "France and Germany are in Near and Union: buyers there choose among the rates of all of them." in page
    assert "Buyers outside these countries cannot order what ships." in page
    add(shop, "World", "", rate="Air mail")
    assert "Buyers outside" not in shop.page(f"{shop.here}/delivery")


@pytest.mark.parametrize(
    ("to", "items", "worth", "said"),
    [
        ("DE", "1", "10", ["$5.00"]),
        ("DE", "3", "10", ["$7.00"]),
        ("DE", "2", "60", ["Free"]),
        ("JP", "2", "10", ["cannot order what ships"]),
    ],
)
def test_the_preview_says_what_a_buyer_would_pay(shop: Editor, to: str, items: str, worth: str, said: Any) -> None:
    add(shop, "Near", "DE", price="5", per_item="1", free_from="50")
    page = shop.page(f"{shop.here}/delivery?to={to}&items={items}&worth={worth}")
    preview = page[page.index('id="delivery-preview"') :]
    preview = preview[preview.index("</form>") :]
    assert all(words in preview for words in said)


def test_the_preview_alone_is_what_htmx_gets(shop: Editor) -> None:
    add(shop, "Near", "DE")
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "section#delivery-preview"}
    part = shop.client.get(f"{shop.here}/delivery?to=DE&items=2", headers=headers).get_data(as_text=True)
    assert part.strip().startswith('<section class="card" id="delivery-preview"')
    assert "$4.20" in part


def test_nonsense_in_the_preview_is_read_as_an_ordinary_buyer(shop: Editor) -> None:
    add(shop, "World", "")
    answer = shop.client.get(f"{shop.here}/delivery?to=%00%27&items=-4&worth=1e99")
    assert answer.status_code == 200
    assert "with 2 items" in answer.get_data(as_text=True)


def test_the_last_rate_stays_while_things_that_ship_are_listed(shop: Editor) -> None:
    add(shop, "Home", "GB")
    shop.world.product(shop.shop, "Print", state="listed")
    home, rate = zones(shop)["Home"], rates(shop)["Tracked post"]
    for path, more in (
        (f"{shop.here}/zones/{home.id}/rates/{rate.id}", {"do": "remove"}),
        (f"{shop.here}/zones/{home.id}/removal", {}),
    ):
        answer = shop.post(path, **more)
        assert (answer.status_code, "its only delivery rate" in answer.get_data(as_text=True)) == (422, True)
    assert (set(zones(shop)), set(rates(shop))) == ({"Home"}, {"Tracked post"})
    add(shop, "World", "", rate="Air mail")
    assert shop.post(f"{shop.here}/zones/{home.id}/removal").status_code == 303
    assert set(zones(shop)) == {"World"}


def test_a_rate_of_another_zone_looks_missing(shop: Editor) -> None:
    add(shop, "Home", "GB")
    add(shop, "World", "", rate="Air mail")
    wrong = f"{shop.here}/zones/{zones(shop)['Home'].id}/rates/{rates(shop)['Air mail'].id}"
    assert shop.post(wrong, do="remove").status_code == 404
    assert set(rates(shop)) == {"Tracked post", "Air mail"}


def test_a_viewer_reads_and_changes_nothing(world: Any, client: Any) -> None:
    viewer = Editor(world, client, world.vera)
    here = f"{viewer.base}/shops/{viewer.shop.id}"
    assert "Add a zone" not in viewer.page(f"{here}/delivery")
    assert viewer.post(f"{here}/zones", zone="Home", countries="GB", **RATE).status_code == 403
    assert len(zones(viewer)) == 1


def test_many_zones_ask_as_much_as_one(shop: Editor) -> None:
    add(shop, "Home", "GB")
    few = questions(shop.client, f"{shop.here}/delivery")
    for code in ("DE", "FR", "IT", "ES", "NL"):
        add(shop, f"Zone {code}", code)
    assert questions(shop.client, f"{shop.here}/delivery") <= few


def test_an_unknown_word_never_passes() -> None:
    with pytest.raises(Refused):
        places.parse("Atlantis")
