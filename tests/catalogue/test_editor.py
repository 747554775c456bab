"""What sellers put in: refused kindly when it cannot be used, and nothing typed is lost."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy import select

from app.catalogue import pictures, theme
from app.catalogue.actions.files import clean_name
from app.catalogue.models import File, Media, Product
from app.core import db, storage
from app.inventory.models import StockLevel
from tests.catalogue.editing import Editor
from tests.world import World


def png(width: int = 400, height: int = 300, exif: bytes = b"") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 80, 40)).save(
        buffer, "JPEG" if exif else "PNG", **({"exif": exif} if exif else {})
    )
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 80_000_000)
    return buffer.getvalue()


def test_a_picture_is_made_into_sizes_without_its_metadata(editor: Editor, run_jobs: Any) -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    answer = editor.post(
        f"{editor.here}/pictures", picture=(io.BytesIO(png(2000, 1500, exif.tobytes())), "a.jpg"), alt="Stars"
    )
    assert answer.status_code == 303
    run_jobs(only="catalogue.")
    with db.workspace(editor.world.north.id) as session:
        media = session.scalars(select(Media)).one()
        assert (media.state, sorted(map(int, media.renditions))) == ("ready", [320, 640, 1024, 1600])
        data = storage.read(media.renditions["640"])
    assert b"secret place" not in data
    assert Image.open(io.BytesIO(data)).size == (640, 480)
    page = editor.client.get(f"/w/{editor.world.north.slug}/media/{media.id}/640.webp")
    assert (page.status_code, page.data) == (200, data)
    assert editor.client.get(f"/media/{media.workspace_id}/{media.id}/640.webp").status_code == 404


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html></html>", zipped()[:2000]],
    ids=["empty", "text", "svg", "html", "zip"],
)
def test_what_is_no_picture_is_refused_at_once(editor: Editor, data: bytes) -> None:
    """Whatever its name says; and nothing of it is kept."""
    answer = editor.post(f"{editor.here}/pictures", picture=(io.BytesIO(data), "holiday.png"))
    assert answer.status_code == 422
    assert "othing was stored" in answer.get_data(as_text=True)
    assert editor.count(Media) == 0


@pytest.mark.parametrize(
    "data",
    [png()[:200], png()[:-40] + b"x" * 20, b"GIF89a<script>alert(1)</script>"],
    ids=["cut off", "damaged", "polyglot"],
)
def test_a_broken_picture_is_refused_in_words_by_the_job(editor: Editor, run_jobs: Any, data: bytes) -> None:
    editor.post(f"{editor.here}/pictures", picture=(io.BytesIO(data), "holiday.png"))
    run_jobs(only="catalogue.")
    with db.workspace(editor.world.north.id) as session:
        media = session.scalars(select(Media)).one()
        assert (media.state, media.renditions) == ("refused", {})
        assert "damaged" in (media.error or "")
        assert not storage.exists(media.original_key)


def test_a_picture_bomb_is_refused_before_it_unpacks() -> None:
    buffer = io.BytesIO()
    Image.new("1", (50_000, 20_000)).save(buffer, "PNG")
    with pytest.raises(pictures.BadPicture):
        pictures.render(buffer.getvalue())


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.zip", "x.zip"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("CON<>:.pdf", "CON.pdf"),
        ("", "file"),
        ("x" * 4000 + ".zip", "x" * 100 + ".zip"),
        ("\r\nSet-Cookie: a.txt", "Set-Cookie a.txt"),
    ],
)
def test_names_of_files_are_cleaned(sent: str, kept: str) -> None:
    assert clean_name(sent) == kept


def test_a_zip_bomb_a_cut_upload_and_an_empty_file_leave_nothing(editor: Editor) -> None:
    for data, size in ((zipped(), ""), (b"half of it", "4000"), (b"", "")):
        answer = editor.post(f"{editor.here}/files", file=(io.BytesIO(data), "pack.zip"), size=size)
        assert answer.status_code == 422, data[:20]
    assert editor.count(File) == 0


def test_a_file_is_kept_byte_for_byte(editor: Editor) -> None:
    data = bytes(range(256)) * 5000
    assert (
        editor.post(f"{editor.here}/files", file=(io.BytesIO(data), "pack.bin"), size=str(len(data))).status_code == 303
    )
    with db.workspace(editor.world.north.id) as session:
        file = session.scalars(select(File)).one()
        assert (storage.read(file.storage_key), file.size) == (data, len(data))


def test_two_tabs_editing_one_product(editor: Editor) -> None:
    """The second save is told, and what it typed is still there."""
    fields = editor.form(editor.here)
    assert editor.post(editor.here, **fields | {"title": "First tab"}).status_code == 303
    answer = editor.post(editor.here, **fields | {"title": "Second tab"})
    assert answer.status_code == 409
    assert "Second tab" in answer.get_data(as_text=True)
    with db.workspace(editor.world.north.id):
        assert db.get(Product, editor.product.id).title == "First tab"


@pytest.mark.parametrize("price", ["-5", "12.345", "lots", "", "1e99"])
def test_prices_that_are_none_keep_the_old_one(editor: Editor, price: str) -> None:
    variant = editor.world.variant(editor.product)
    answer = editor.post(f"{editor.here}/variants", **{f"price-{variant.id}": price, f"sku-{variant.id}": variant.sku})
    assert answer.status_code == 422
    assert editor.world.variant(editor.product).price_minor == 2000


def test_listing_is_refused_with_every_reason(editor: Editor) -> None:
    answer = editor.post(f"{editor.here}/state", do="list")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Add a picture" in text
    with db.workspace(editor.world.north.id):
        assert db.get(Product, editor.product.id).state == "draft"


def test_variants_keep_their_ids_when_options_grow(editor: Editor) -> None:
    before = editor.world.variant(editor.product).id
    editor.post(f"{editor.here}/options", **{"option-1": "Size", "values-1": "A4, A3"})
    editor.post(f"{editor.here}/options", **{"option-1": "Size", "values-1": "A4, A3, A2"})
    with db.workspace(editor.world.north.id) as session:
        product = db.get(Product, editor.product.id)
        session.refresh(product)
        kept = {one.title: one.id for one in product.variants if one.archived_at is None}
    assert (kept["A4"], len(kept)) == (before, 3)


def test_a_viewer_changes_nothing(world: World, client: Any) -> None:
    viewer = Editor(world, client, world.vera)
    assert viewer.client.get(viewer.here).status_code == 200
    assert "Save basics" not in viewer.client.get(viewer.here).get_data(as_text=True)
    assert viewer.post(viewer.here, title="Mine now", kind="physical", version="1").status_code == 403
    with db.workspace(world.north.id):
        assert db.get(Product, viewer.product.id).title == "Nebula print"


def test_stock_is_received_and_counted_with_a_reason(editor: Editor) -> None:
    variant = editor.world.variant(editor.product)
    path = f"/w/{editor.world.north.slug}/inventory/{variant.id}/movements"
    assert editor.post(path, do="receive", quantity="5", note="From the printer").status_code == 303
    assert editor.post(path, do="damaged", quantity="12").status_code == 303
    assert editor.post(path, do="count", quantity="-1").status_code == 422
    with db.workspace(editor.world.north.id) as session:
        assert session.scalars(select(StockLevel.on_hand).where(StockLevel.variant_id == variant.id)).one() == 12
    page = editor.client.get(f"/w/{editor.world.north.slug}/inventory/{variant.id}").get_data(as_text=True)
    assert "From the printer" in page


@given(st.integers(0, 359), st.integers(-5, 40))
def test_white_text_reads_on_every_shop_colour(hue: int, chroma: int) -> None:
    kept_hue, kept_chroma, lightness = theme.safe(hue, chroma)
    assert 0 <= kept_chroma <= theme.MOST_CHROMA
    assert theme.contrast_with_white(lightness, kept_chroma / 100, kept_hue) >= theme.READABLE


def test_a_new_product_is_thought_to_be_as_the_shop_s_newest(editor: Editor) -> None:
    """Ships where nothing else is known; files in a shop that made files last. What was chosen stays when it is refused."""
    path = f"{editor.base}/products/new"
    assert 'value="physical" checked' in editor.page(path)
    made = editor.world.product(editor.shop, "Texture pack", ships=False)
    with db.workspace(editor.world.north.id):
        db.lock(made).downloads = True
    assert 'value="digital" checked' in editor.page(path)
    answer = editor.post(f"{editor.base}/products", title="", kind="both", price="1")
    assert (answer.status_code, 'value="both" checked' in answer.text) == (422, True)
