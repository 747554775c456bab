"""Two tabs, or two people, in one form: the second save is told what the first changed, and what it typed stays."""

from typing import Any

from sqlalchemy import select

from app.catalogue.models import DeliveryZone, Discount, Media, Shop, Variant
from app.core import db
from tests.catalogue.editing import Editor, fields


def shown(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def test_a_conflict_says_what_changed_and_who_did_it(editor: Editor) -> None:
    tab = editor.form(editor.here)
    assert editor.post(editor.here, **tab | {"title": "First tab"}).status_code == 303
    answer = editor.post(editor.here, **tab | {"title": "Second tab", "description": "A long text"})
    page = shown(answer)
    assert answer.status_code == 409
    assert "Alice changed this" in page
    assert "Nebula print" in page and "First tab" in page
    assert "See the newest" in page
    kept = fields(page, editor.here)
    assert (kept["title"], kept["description"]) == ("Second tab", "A long text")
    assert editor.fresh(editor.product).title == "First tab"


def test_a_refused_tab_stays_stale_until_it_means_to_save_over(editor: Editor) -> None:
    tab = editor.form(editor.here)
    editor.post(editor.here, **tab | {"title": "First tab"})
    page = shown(editor.post(editor.here, **tab | {"title": "Second tab"}))
    again = fields(page, editor.here)
    assert editor.post(editor.here, **again).status_code == 409
    newest = page.split('name="over" value="')[1].split('"')[0]
    assert editor.post(editor.here, **again, over="made up").status_code == 409
    assert editor.post(editor.here, **again, over=newest).status_code == 303
    assert editor.fresh(editor.product).title == "Second tab"


def test_saving_over_is_refused_when_it_changed_once_more(editor: Editor) -> None:
    """«Save mine over it» is about what was shown, not about whatever is there by now."""
    tab = editor.form(editor.here)
    editor.post(editor.here, **tab | {"title": "First tab"})
    page = shown(editor.post(editor.here, **tab | {"title": "Second tab"}))
    newest = page.split('name="over" value="')[1].split('"')[0]
    editor.post(editor.here, **editor.form(editor.here) | {"title": "Third tab"})
    assert editor.post(editor.here, **fields(page, editor.here), over=newest).status_code == 409
    assert editor.fresh(editor.product).title == "Third tab"


def test_another_section_or_a_sale_never_stops_a_save(editor: Editor) -> None:
    tab = editor.form(editor.here)
    editor.post(f"{editor.here}/options", **{"option-1": "Size", "values-1": "A4, A3"})
    with db.workspace(editor.world.north.id):
        db.lock(editor.product).sold_count += 1
    assert editor.post(editor.here, **tab | {"title": "New words"}).status_code == 303


def test_variants_changed_in_another_tab(editor: Editor) -> None:
    variant = editor.world.variant(editor.product)
    action = f"{editor.here}/variants"
    tab = editor.form(action)
    assert editor.post(action, **tab | {f"price-{variant.id}": "25"}).status_code == 303
    answer = editor.post(action, **tab | {f"price-{variant.id}": "30"})
    page = shown(answer)
    assert answer.status_code == 409
    assert "Nebula print: price" in page and "$25.00" in page
    assert fields(page, action)[f"price-{variant.id}"] == "30"
    assert fields(page, editor.here)["title"] == "Nebula print"
    assert editor.fresh(variant).price_minor == 2500


def test_options_changed_in_another_tab(editor: Editor) -> None:
    action = f"{editor.here}/options"
    tab = editor.form(action)
    assert editor.post(action, **tab | {"option-1": "Size", "values-1": "A4, A3"}).status_code == 303
    answer = editor.post(action, **tab | {"option-1": "Paper", "values-1": "Matt"})
    assert answer.status_code == 409
    assert fields(shown(answer), action)["values-1"] == "Matt"
    with db.workspace(editor.world.north.id) as session:
        live = select(Variant.title).where(Variant.product_id == editor.product.id, Variant.archived_at.is_(None))
        assert set(session.scalars(live)) == {"A4", "A3"}


def pictures(editor: Editor, count: int) -> list[Media]:
    with db.workspace(editor.world.north.id):
        return [
            db.add(
                Media(
                    product_id=editor.product.id, original_key=f"none/{n}", state="ready", alt=f"View {n}", position=n
                )
            )
            for n in range(count)
        ]


def order(editor: Editor) -> list[str]:
    with db.workspace(editor.world.north.id) as session:
        rows = select(Media.alt).where(Media.product_id == editor.product.id).order_by(Media.position, Media.id)
        return list(session.scalars(rows))


def test_pictures_are_put_in_order_once(editor: Editor) -> None:
    a, b, c = pictures(editor, 3)
    action = f"{editor.here}/pictures/order"
    tab = editor.form(action)
    assert editor.post(action, **tab | {"ids": f"{c.id} {a.id} {b.id}"}).status_code == 303
    assert order(editor) == ["View 2", "View 0", "View 1"]
    assert editor.post(action, **tab | {"ids": f"{b.id} {a.id} {c.id}"}).status_code == 409
    assert order(editor) == ["View 2", "View 0", "View 1"]


def test_an_order_of_other_pictures_is_refused(editor: Editor) -> None:
    a, b = pictures(editor, 2)
    foreign = pictures(Editor(editor.world, editor.client), 1)[0]
    action = f"{editor.here}/pictures/order"
    for ids in (f"{a.id}", f"{a.id} {b.id} {foreign.id}", f"{a.id} {a.id}", "nonsense"):
        assert editor.post(action, ids=ids).status_code in (409, 422), ids
    assert order(editor) == ["View 0", "View 1"]


def test_a_picture_described_in_another_tab(editor: Editor) -> None:
    shot = pictures(editor, 1)[0]
    action = f"{editor.here}/pictures/{shot.id}"
    tab = editor.form(action)
    editor.post(action, **tab | {"alt": "A nebula"})
    answer = editor.post(action, **tab | {"alt": "Another nebula"})
    assert answer.status_code == 409
    assert fields(shown(answer), action)["alt"] == "Another nebula"
    assert editor.fresh(shot).alt == "A nebula"


def test_a_file_renamed_in_another_tab(editor: Editor) -> None:
    with db.workspace(editor.world.north.id):
        db.lock(editor.product).downloads = True
    file = editor.world.file(editor.product, b"bytes", "pack.zip")
    action = f"{editor.here}/files/{file.id}"
    page = editor.page()
    tab = next(
        f for f in [fields(page[page.index(f'id="file-{file.id}"') :].replace('class="file-tools"', ""), action)]
    )
    assert editor.post(action, **tab | {"name": "textures.zip"}).status_code == 303
    answer = editor.post(action, **tab | {"name": "other.zip"})
    assert answer.status_code == 409
    assert "other.zip" in shown(answer)
    assert editor.fresh(file).name == "textures.zip"


def test_a_shops_settings_in_two_tabs(editor: Editor) -> None:
    action = f"{editor.base}/shops/{editor.shop.id}"
    tab = editor.form(action, editor.page(action))
    assert editor.post(action, **tab | {"tagline": "First tab"}).status_code == 303
    answer = editor.post(action, **tab | {"tagline": "Second tab", "about": "A story"})
    page = shown(answer)
    assert answer.status_code == 409
    assert "One line about it" in page and "First tab" in page
    assert fields(page, action)["about"] == "A story"
    assert editor.fresh(editor.shop).tagline == "First tab"
    newest = page.split('name="over" value="')[1].split('"')[0]
    assert editor.post(action, **fields(page, action), over=newest).status_code == 303
    assert editor.fresh(editor.shop).tagline == "Second tab"


def test_a_zone_in_two_tabs(editor: Editor) -> None:
    with db.workspace(editor.world.north.id) as session:
        zone = session.scalars(select(DeliveryZone).where(DeliveryZone.shop_id == editor.shop.id)).one()
    page, action = (
        f"{editor.base}/shops/{editor.shop.id}/delivery",
        f"{editor.base}/shops/{editor.shop.id}/zones/{zone.id}",
    )
    tab = editor.form(action, editor.page(page))
    assert editor.post(action, **tab | {"zone": "World"}).status_code == 303
    assert editor.post(action, **tab | {"zone": "Planet"}).status_code == 409
    assert editor.fresh(zone).name == "World"


def test_a_code_in_two_tabs(editor: Editor) -> None:
    editor.post(f"{editor.base}/discounts", shop=str(editor.shop.id), code="AUTUMN", kind="percent", value="10")
    with db.workspace(editor.world.north.id) as session:
        code = session.scalars(select(Discount)).one()
    action = f"{editor.base}/discounts/{code.id}"
    tab = editor.form(action, editor.page(action))
    assert editor.post(action, **tab | {"kind": "percent", "value": "15"}).status_code == 303
    assert editor.post(action, **tab | {"kind": "percent", "value": "20"}).status_code == 409
    assert editor.fresh(code).value == 1500


def test_a_shop_of_two_people(editor: Editor, world: Any, app: Any) -> None:
    """The second person reads the first one's name."""
    action = f"{editor.base}/shops/{editor.shop.id}"
    tab = editor.form(action, editor.page(action))
    other = Editor(world, app.test_client(), world.ada)
    other.post(action, **tab | {"tagline": "Ada was here"})
    answer = editor.post(action, **tab | {"tagline": "Mine"})
    assert "Ada changed this" in shown(answer)
    assert editor.fresh(editor.shop).tagline == "Ada was here"
    assert isinstance(editor.shop, Shop)
