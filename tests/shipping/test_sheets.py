"""Labels on office paper and on label printers: two or four on A4, one file of ZPL, remembered as it was chosen."""

import io

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from app.core import db
from app.shipping import batches, imposing, sheets
from app.shipping.actions import batching, parcels, presets
from app.shipping.models import LabelBatch
from tests.shipping.desk import Desk, number
from tests.shipping.parceling import ALICE, Shipping


def labels(count: int) -> bytes:
    """Pages of 4×6, each with the bars of its number: slips, drawn as labels are."""
    found = [
        sheets.Slip(one, f"P{one:012d}", "Deep Field", ["Fay"], [sheets.SlipLine("Cup", "C-1", 1)], 1, 1)
        for one in range(1, count + 1)
    ]
    return sheets.slips(found)


def read(pdf: bytes, dpi: int = 300) -> list[list[str]]:
    """The bars of each page, row by row from the upper left, as an office printer puts them on paper."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        codes = zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil().convert("L"))
        placed = sorted(codes, key=lambda code: (code.position.top_left.y // 400, code.position.top_left.x))
        found.append([code.text for code in placed])
    return found


@pytest.mark.parametrize(("count", "size", "pages"), [(2, (842, 595), 3), (4, (595, 842), 2)])
def test_labels_lie_on_a4_in_their_order_and_stay_readable(count: int, size: tuple[int, int], pages: int) -> None:
    whole = imposing.on_a4(labels(5), count)
    with pikepdf.open(io.BytesIO(whole)) as pdf:
        boxes = [[round(float(edge)) for edge in page.mediabox] for page in pdf.pages]
    assert boxes == [[0, 0, *size]] * pages
    assert [code for page in read(whole) for code in page] == [f"P{one:012d}" for one in range(1, 6)]


def test_two_on_a_sheet_keep_their_size() -> None:
    bars = zxingcpp.read_barcodes(pypdfium2.PdfDocument(labels(1))[0].render(scale=4).to_pil())[0].position
    on_a4 = zxingcpp.read_barcodes(pypdfium2.PdfDocument(imposing.on_a4(labels(1), 2))[0].render(scale=4).to_pil())[0]
    wide, now = bars.top_right.x - bars.top_left.x, on_a4.position.top_right.x - on_a4.position.top_left.x
    assert abs(wide - now) <= 2


def bought(shipping: Shipping, count: int) -> tuple[int, list[int]]:
    """A batch with its labels. Returns its number and the orders' numbers."""
    orders = [shipping.paid() for _ in range(count)]
    with db.workspace(shipping.workspace.id):
        batch = batching.prepare(ALICE, [order.id for order in orders])
    shipping.run()
    with db.workspace(shipping.workspace.id):
        row = db.get(LabelBatch, batch.id)
        batching.start(ALICE, row, sum(one.item.quoted_minor for one in batches.rows(row)))
    shipping.run()
    return batch.number, [number(shipping, order) for order in orders]


def test_how_a_batch_goes_on_paper_is_chosen_when_printing_and_remembered(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    found, orders = bought(shipping, 3)
    answer = desk.post(f"/batches/{found}/printing", sheet="2")
    assert answer.location.endswith(f"/batches/{found}/labels.pdf?sheet=2")
    data = desk.client.get(answer.location).data
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 2
    assert '<option value="2" selected' in desk.get(f"/batches/{found}")
    page = desk.get(f"/orders/{orders[0]}")
    assert 'name="sheet" value="2"' in page and "Printed" in page


def test_a_sheet_that_nobody_offers_is_refused_and_nothing_is_remembered(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    found, _ = bought(shipping, 1)
    desk.post(f"/batches/{found}/printing", 422, sheet="3")
    with db.workspace(shipping.workspace.id):
        assert parcels.settings_of().label_sheet == 1
        assert all(row.label and row.label.printed_at is None for row in batches.rows(batches.by_number(found)))


def test_labels_for_a_label_printer_come_as_one_file_in_order(shipping: Shipping, desk: Desk) -> None:
    with db.workspace(shipping.workspace.id):
        presets.change_settings(ALICE, parcels.settings_of().version, label_format="zpl")
    shipping.connect()
    found, _ = bought(shipping, 3)
    answer = desk.client.get(f"{desk.base}/batches/{found}/labels.zpl")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    with db.workspace(shipping.workspace.id):
        rows = batches.rows(batches.by_number(found))
    numbers = [row.label.tracking_number for row in rows if row.label]
    text = answer.get_data(as_text=True)
    places = [text.index(one) for one in numbers]
    assert len(numbers) == 3 and places == sorted(places) and text.count("^XA") == text.count("^XZ") == 3
    assert desk.client.get(f"{desk.base}/batches/{found}/labels.pdf").status_code == 404
    assert f"/batches/{found}/labels.zpl" in desk.get(f"/batches/{found}")


def test_a_slip_leads_the_buyer_to_the_tracking_page_when_the_seller_wants_it(shipping: Shipping, desk: Desk) -> None:
    shipping.connect()
    plain, _ = bought(shipping, 1)
    with db.workspace(shipping.workspace.id):
        presets.change_settings(ALICE, parcels.settings_of().version, slip_code=True)
    coded, _ = bought(shipping, 1)
    assert [len(codes) for codes in slips(desk, plain)] == [1]
    ((bars, page),) = (sorted(codes, key=len) for codes in slips(desk, coded))
    assert bars.startswith("P") and page.endswith(f"/t/{bars[1:]}")
    assert desk.client.get(page[page.index("/t/") :]).status_code == 200


def slips(desk: Desk, batch: int) -> list[list[str]]:
    return read(desk.client.get(f"{desk.base}/batches/{batch}/slips.pdf").data, 203)
