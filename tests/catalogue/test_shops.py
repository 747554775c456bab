"""Shops: their look tried before it is saved, their settings checked; and lists that stay quick."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import theme
from app.core import db
from tests.catalogue.editing import Editor, fields, questions


def test_a_look_is_tried_without_saving(editor: Editor) -> None:
    here = f"{editor.base}/shops/{editor.shop.id}"
    part = editor.page(f"{here}/look?hue=30&chroma=6&radius=4&font=mono")
    assert "look.css?hue=30&amp;chroma=6&amp;radius=4&amp;font=mono" in part
    assert "4.5:1 is the least" in part and "toned down" not in part
    assert "toned down to strength 12" in editor.page(f"{here}/look?hue=30&chroma=20")
    assert editor.fresh(editor.shop).hue != 30


def test_the_previews_sheet_holds_numbers_and_known_fonts_only(editor: Editor) -> None:
    answer = editor.client.get(f"{editor.base}/shops/look.css?hue=400&chroma=99&radius=999&font=%7D*%7Bcolor:red")
    assert answer.mimetype == "text/css"
    assert answer.get_data(as_text=True) == (".shop-look{--shop-hue:40;--shop-chroma:0.12;--shop-radius:1.500rem;}\n")


def test_without_scripts_a_button_shows_the_look_and_keeps_what_is_typed(editor: Editor) -> None:
    here = f"{editor.base}/shops/{editor.shop.id}"
    typed = editor.form(here, editor.page(here)) | {"hue": "31", "tagline": "Typed", "do": "preview"}
    answer = editor.post(here, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "look.css?hue=31" in page
    assert fields(page, here)["tagline"] == "Typed"
    assert editor.fresh(editor.shop).tagline == ""


def test_a_colour_too_lively_is_toned_down_and_said(editor: Editor) -> None:
    here = f"{editor.base}/shops/{editor.shop.id}"
    editor.post(here, **editor.form(here, editor.page(here)) | {"chroma": "20"})
    assert editor.fresh(editor.shop).chroma == 12
    assert "toned down" in editor.page(here)


@given(st.integers(0, 359), st.integers(0, 40))
def test_words_on_buttons_read_on_light_and_dark_pages(hue: int, chroma: int) -> None:
    found = theme.guard(theme.Look(hue, chroma, 10, "sans"))
    assert found.readable
    assert found.toned == (chroma > theme.MOST_CHROMA)


@pytest.mark.parametrize(
    ("typed", "field"), [({"hue": "400"}, "hue"), ({"dispatch_days": "99"}, "dispatch_days"), ({"name": ""}, "name")]
)
def test_settings_that_cannot_be_stay_typed(editor: Editor, typed: Any, field: str) -> None:
    here = f"{editor.base}/shops/{editor.shop.id}"
    answer = editor.post(here, **editor.form(here, editor.page(here)) | {"tagline": "Typed"} | typed)
    page = answer.get_data(as_text=True)
    assert (answer.status_code, "field-error" in page) == (422, True)
    assert fields(page, here)["tagline"] == "Typed"
    assert editor.fresh(editor.shop).tagline == ""


def test_the_checklist_links_to_what_mends_it_and_says_why(editor: Editor) -> None:
    with db.workspace(editor.world.north.id):
        db.lock(editor.world.variant(editor.product)).weight_g = 0
    variant = editor.world.variant(editor.product)
    page = editor.page()
    publish = page[page.index('id="publish"') :]
    assert 'href="#picture"' in publish and 'id="picture"' in page
    assert f'href="#weight_g-{variant.id}"' in publish and f'id="weight_g-{variant.id}"' in page
    assert "Labels are priced by weight." in publish


def test_being_sold_out_is_advice_and_does_not_stop_listing(editor: Editor) -> None:
    editor.product = editor.world.product(editor.shop, "Sea chart", state="draft", stock=0)
    editor.here = f"{editor.base}/products/{editor.product.id}"
    editor.world.picture(editor.product)
    assert "Nothing is in stock yet." in editor.page()
    assert editor.post(f"{editor.here}/state", do="list").status_code == 303
    assert editor.fresh(editor.product).state == "listed"


def test_a_product_is_archived_and_comes_back_as_a_draft(editor: Editor) -> None:
    for do, state in (("archive", "archived"), ("restore", "draft")):
        assert editor.post(f"{editor.here}/state", do=do).status_code == 303
        assert editor.fresh(editor.product).state == state


def test_product_pages_follow_each_other_and_ask_as_much_as_one(editor: Editor) -> None:
    path = f"{editor.base}/products"
    few = questions(editor.client, path)
    for n in range(55):
        editor.world.product(editor.shop, f"Thing {n}", state="draft", stock=None)
    assert questions(editor.client, path) <= few
    first = editor.page(path)
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = editor.page(following)
    assert (first.count("row-link"), second.count("row-link")) == (50, 6)


def test_a_search_box_keeps_its_placeholder_and_the_page_its_empty_states(editor: Editor) -> None:
    path = f"{editor.base}/products"
    assert 'placeholder="Title or SKU"' in editor.page(path)
    assert "No products match" in editor.page(f"{path}?q=zzz")
    assert "Nothing in this view" in editor.page(f"{path}?state=archived")
