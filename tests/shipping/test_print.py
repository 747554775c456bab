"""Papers are looked at as a printer prints them: drawn at 203 dpi, and every barcode on them is read back by a decoder
(TRAPS.md C28, D32)."""

import io
import re
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.catalogue.models import Product, Variant
from app.core import db, fonts, storage
from app.core.ids import short_code
from app.inventory import actions as inventory
from app.orders.models import Order, OrderLine
from app.shipping import batches, sheets
from app.shipping.actions import batching, documents, files
from app.shipping.carriers import own_bars
from app.shipping.models import Label, LabelBatch, Parcel
from app.shipping.sheets import Pick, Slip, SlipLine
from tests.shipping.parceling import ALICE, BEACH, Shipping

PEOPLE = {
    "Nguyễn Văn Ánh": "12 Phố Hàng Bạc",
    "Łukasz Żółć": "ul. Święta Gęś 3",
    "Ελένη Παπαδοπούλου": "Οδός Ερμού 5",
}
INCH = 203


def pictures(pdf: bytes) -> list[Image.Image]:
    """Every page in the dots of a 203 dpi printer, black or white as a thermal head prints."""
    pages = [page.render(scale=INCH / 72).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]
    return [page.point(lambda grey: 255 if grey > 127 else 0) for page in pages]


def words(pdf: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]


def codes(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


def batch_of(shipping: Shipping, orders: list[Order]) -> LabelBatch:
    """Bought and drawn."""
    with db.workspace(shipping.workspace.id):
        batch = batching.prepare(ALICE, [order.id for order in orders])
    shipping.run()
    with db.workspace(shipping.workspace.id):
        total = sum(row.item.quoted_minor for row in batches.rows(batch))
        batching.start(ALICE, db.get(LabelBatch, batch.id), total)
    shipping.run()
    return batch


def paper(shipping: Shipping, batch: LabelBatch, name: str) -> bytes:
    with db.workspace(shipping.workspace.id):
        return storage.read(documents.of_batch(db.get(LabelBatch, batch.id), name))


def rows(shipping: Shipping, batch: LabelBatch) -> list[batches.Row]:
    with db.workspace(shipping.workspace.id):
        return batches.rows(db.get(LabelBatch, batch.id))


# --- a batch
@pytest.mark.parametrize("kind, key", [("easypost", "EZTK_print"), ("own", "")])
def test_labels_and_slips_lie_in_the_picked_order_and_can_be_scanned(shipping: Shipping, kind: str, key: str) -> None:
    shipping.connect(kind, key)
    orders = [shipping.paid(units) for units in (3, 1, 2, 1)]
    batch = batch_of(shipping, [orders[2], orders[0], orders[3], orders[1]])
    found = rows(shipping, batch)
    assert [row.order.id for row in found] == [orders[2].id, orders[0].id, orders[3].id, orders[1].id]
    labels, slips = pictures(paper(shipping, batch, "labels")), pictures(paper(shipping, batch, "slips"))
    numbers = [row.label.tracking_number for row in found if row.label]
    assert {page.size for page in (*labels, *slips)} == {(4 * INCH, 6 * INCH)}
    assert len(numbers) == 4 and all(
        number in "".join(codes(page)) for number, page in zip(numbers, labels, strict=True)
    )
    assert [codes(page) for page in slips] == [[f"P{row.parcel.tracking_code}"] for row in found if row.parcel]
    for row, text in zip(found, words(paper(shipping, batch, "slips")), strict=True):
        assert f"#{row.order.number}" in text


def test_a_slip_has_no_price_and_says_what_the_giver_wrote(shipping: Shipping) -> None:
    shipping.connect("own", "")
    order = shipping.paid(3)
    with db.workspace(shipping.workspace.id):
        row = db.lock(db.get(Order, order.id))
        row.gift_note = "Happy birthday, dear Fay! Do not look at the price."
        total, fee = row.total_minor, row.delivery_minor
    batch = batch_of(shipping, [order])
    (text,) = words(paper(shipping, batch, "slips"))
    assert "Happy birthday, dear Fay!" in " ".join(text.split()) and "3 ×" in text
    for minor in (total, fee, 2000, 6000):
        assert f"{minor / 100:.2f}" not in text and str(minor) not in text
    assert not re.search(r"[$€£]|USD|\d+[.,]\d\d\b", text)


def test_names_of_three_scripts_print_and_a_missing_glyph_refuses_its_own_label(shipping: Shipping) -> None:
    shipping.connect("own", "")
    orders = [shipping.paid(to={**BEACH, "name": name, "line1": street}) for name, street in PEOPLE.items()]
    refused = shipping.paid(to={**BEACH, "name": "山田太郎"})
    batch = batch_of(shipping, [*orders[:2], refused, orders[2]])
    found = rows(shipping, batch)
    assert [row.item.state for row in found] == ["bought", "bought", "failed", "bought"]
    assert "Latin letters" in found[2].item.reason and found[2].label and found[2].label.tracking_number == ""
    for document in ("labels", "slips"):
        texts = words(paper(shipping, batch, document))
        assert len(texts) == 3
        for (name, street), text in zip(PEOPLE.items(), texts, strict=True):
            assert name in text and street in text


def test_a_pick_list_groups_by_location_and_its_bars_are_the_skus(shipping: Shipping) -> None:
    shipping.connect("own", "")
    other: Product = shipping.world.product(shipping.shop, title="Σελήνη print", price=1500, stock=0)
    with db.workspace(shipping.workspace.id):
        shelf = inventory.create_location(ALICE, "Shelf Ω")
        inventory.receive(ALICE, db.get(Variant, shipping.world.variant(other).id), shelf, 20)
    orders = [shipping.paid(2), shipping.paid(1), shipping.paid(4, product=other)]
    batch = batch_of(shipping, orders)
    pdf = paper(shipping, batch, "picks")
    (text,), (picture,) = words(pdf), pictures(pdf)
    with db.workspace(shipping.workspace.id) as session:
        skus = {line.sku for line in session.query(OrderLine)}
    assert len(skus) == 2 and set(codes(picture)) == skus
    assert "Shelf Ω" in text and "3 ×" in text and "4 ×" in text and "7 units of 2 items" in text
    assert all(f"#{order.number}" in text for order in orders)


# --- our own label in every format
def test_our_own_label_is_read_back_from_pdf_png_and_zpl(shipping: Shipping) -> None:
    shipping.connect("own", "")
    parcel = shipping.labelled(shipping.paid(to={**BEACH, "name": next(iter(PEOPLE))}))
    label = shipping.label(parcel)
    page = f"/t/{shipping.fresh(parcel).tracking_code}"
    for format in ("pdf", "png", "zpl"):
        picture = drawn(shipping, label, format)
        assert picture.size == (4 * INCH, 6 * INCH)
        found = codes(picture)
        assert len(found) == 2 and label.tracking_number in found, format
        assert any(one.endswith(page) for one in found), format


def drawn(shipping: Shipping, label: Label, format: str) -> Image.Image:
    files.fetch(shipping.workspace.id, label.id, format)
    with db.workspace(shipping.workspace.id):
        data = files.content(db.get(Label, label.id), format)
    if format == "pdf":
        return pictures(data)[0]
    return Image.open(io.BytesIO(data)).convert("L") if format == "png" else plotted(data.decode())


def plotted(zpl: str) -> Image.Image:
    """What a printer puts on paper for the commands that have bars: places, boxes, Code 128, QR and graphics."""
    canvas = Image.new("L", (4 * INCH, 6 * INCH), 255)
    for x, y, field in re.findall(r"\^FO(\d+),(\d+)(.*?)\^FS", zpl):
        said = re.sub(r"_([0-9A-F]{2})", lambda hit: chr(int(hit[1], 16)), field.partition("^FD")[2])
        if bars := re.search(r"\^BY(\d+)\^BCN,(\d+)", field):
            stripes(canvas, int(x), int(y), int(bars[1]), int(bars[2]), said)
        elif squares := re.search(r"\^BQN,2,(\d+)", field):
            raster(canvas, int(x), int(y), int(squares[1]), own_bars.qr(said.partition(",")[2]))
        elif graphic := re.search(r"\^GFA,(\d+),\d+,(\d+),([0-9A-F]+)", field):
            rows = re.findall(f".{{{2 * int(graphic[2])}}}", graphic[3])
            dots = [[bit == "1" for bit in f"{int(row, 16):0{4 * len(row)}b}"] for row in rows]
            raster(canvas, int(x), int(y), 1, dots)
    return canvas


def stripes(canvas: Image.Image, x: int, y: int, dots: int, height: int, value: str) -> None:
    for place, modules in enumerate(own_bars.code128(value)):
        if place % 2 == 0:
            canvas.paste(0, (x, y, x + modules * dots, y + height))
        x += modules * dots


def raster(canvas: Image.Image, x: int, y: int, dots: int, rows: Any) -> None:
    for down, row in enumerate(rows):
        for across, black in enumerate(row):
            if black:
                canvas.paste(0, (x + across * dots, y + down * dots, x + (across + 1) * dots, y + (down + 1) * dots))


# --- the sheets themselves
def slip(*lines: SlipLine, **more: Any) -> Slip:
    given = {
        "number": 1042,
        "code": "P7YK2M4QXB9CD",
        "shop": "Deep Field",
        "recipient": ["Fay"],
        "parcel": 1,
        "parcels": 1,
    }
    return Slip(**{**given, "lines": lines, **more})


def test_a_long_order_goes_on_over_pages_that_each_open_it() -> None:
    pdf = sheets.slips(
        [slip(*(SlipLine(f"Item number {one} {'long ' * (one % 20)}", f"SKU-{one}", one) for one in range(1, 31)))]
    )
    texts = words(pdf)
    assert len(texts) > 2 and all(codes(page) == ["P7YK2M4QXB9CD"] for page in pictures(pdf))
    assert "continued" not in texts[0] and all("continued" in text for text in texts[1:])
    whole = " ".join(" ".join(texts).split())
    assert all(f"Item number {one} " in whole and f"SKU-{one} " in f"{whole} " for one in range(1, 31))


def test_nothing_is_printed_over_the_code_of_a_slip() -> None:
    """The most that a page can hold, in three heights of lines and with a message: the code stays clean."""
    for title in ("Short", "A title that goes over two lines because it says so much " * 2):
        for count in range(5, 14):
            lines = (SlipLine(title, "SKU", 1) for _ in range(count))
            for page in pictures(sheets.slips([slip(*lines, message="With love. " * 20)])):
                assert codes(page) == ["P7YK2M4QXB9CD"]


def test_every_code_of_a_parcel_can_be_read_from_its_slip() -> None:
    """Bars of two dots with edges between dots were read in nine of ten slips only."""
    found = [f"P{short_code(12)}" for _ in range(60)]
    pdf = sheets.slips([slip(SlipLine("Cup", "C-1", 1), code=code) for code in found])
    assert [codes(page) for page in pictures(pdf)] == [[code] for code in found]


def test_what_the_typeface_lacks_is_left_out_of_slips_or_marked() -> None:
    (text,) = words(sheets.slips([slip(SlipLine("Moon 🌙 print", "M-1", 1), SlipLine("月 print", "M-2", 1))]))
    assert "Moon print" in text and "□ print" in text
    assert fonts.missing(sheets.drawable("🌙月 é")) == ""


def test_a_thousand_orders_of_one_sku_stay_on_the_paper() -> None:
    picks = [Pick("Shelf", f"SKU-{one}", "Print", 1000, range(1000, 2000)) for one in range(4)]
    pdf = sheets.picks(picks)
    assert " ".join(words(pdf)).count("and 900 more") == 4
    assert sorted(code for page in pictures(pdf) for code in codes(page)) == [f"SKU-{one}" for one in range(4)]


def test_a_file_that_is_no_label_stops_the_batch_before_paper() -> None:
    with pytest.raises(ValueError, match="neither PDF nor PNG"):
        sheets.joined([b"<html>"])
    with pytest.raises(ValueError, match="damaged"):
        sheets.joined([b"%PDF-1.7 torn"])


def test_a_parcel_alone_gets_the_same_slip(shipping: Shipping) -> None:
    parcel: Parcel = shipping.packed(shipping.paid(2))
    with db.workspace(shipping.workspace.id):
        pdf = documents.slip_of(db.get(Parcel, parcel.id))
    assert [codes(page) for page in pictures(pdf)] == [[f"P{parcel.tracking_code}"]]
