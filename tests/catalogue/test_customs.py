"""What customs are told about a product: typed once in the editor, checked, empty where the workspace's default will do."""

from typing import Any

import pytest

from app.catalogue.models import Product
from tests.catalogue.editing import Editor


def save(editor: Editor, **typed: str) -> Any:
    here = f"{editor.here}/customs"
    return editor.post(here, **editor.form(here) | typed)


def told(editor: Editor) -> tuple[str, str, str]:
    row: Product = editor.fresh(editor.product)
    return row.hs_code, row.origin_country, row.customs_text


def test_a_product_is_declared_in_its_own_words(editor: Editor) -> None:
    answer = save(editor, hs_code="4911.91 10", origin_country="Portugal", customs_text="  Printed   poster ")
    assert answer.status_code == 303
    assert told(editor) == ("4911.9110", "PT", "Printed poster")
    assert 'value="4911.9110"' in editor.page()


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("hs_code", "paper", "6, 8 or 10 digits"),
        ("hs_code", "49", "6, 8 or 10 digits"),
        ("origin_country", "Atlantis", "Atlantis"),
        ("customs_text", "x" * 61, "60 letters"),
    ],
)
def test_what_customs_would_refuse_is_refused_here(editor: Editor, field: str, typed: str, words: str) -> None:
    answer = save(editor, **{field: typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page and typed in page
    assert told(editor) == ("", "", "")


def test_a_second_tab_is_told_what_the_first_one_saved(editor: Editor) -> None:
    here = f"{editor.here}/customs"
    opened = editor.form(here)
    save(editor, hs_code="4911.91")
    answer = editor.post(here, **opened | {"hs_code": "6912.00"})
    assert answer.status_code == 409
    assert "4911.91" in answer.get_data(as_text=True)
    assert told(editor)[0] == "4911.91"


def test_viewers_read_and_cannot_save(world: Any, client: Any) -> None:
    editor = Editor(world, client, world.vera)
    assert "Save customs" not in editor.page()
    assert editor.post(f"{editor.here}/customs", hs_code="4911.91").status_code == 403
    assert told(editor) == ("", "", "")
