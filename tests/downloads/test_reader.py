"""Reading a stamped PDF in a real browser: the keys turn its pages, and nobody hears the buyer's own code."""

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import update

from app.catalogue.models import File
from app.core import db
from app.downloads import marks
from tests.downloads.stamped import pdf, sell
from tests.forum.test_hostile import served  # noqa: F401  (served is a fixture)
from tests.world import World


def test_keys_turn_pages_and_the_hidden_code_is_not_in_the_words(
    world: World,
    client: Any,
    run_jobs: Any,
    chromium: Any,
    served: str,  # noqa: F811
) -> None:
    sale = sell(world, run_jobs, client, pdf(3), "guide.pdf")
    with db.workspace(world.north.id) as session:
        session.execute(update(File).where(File.id == sale.file.id).values(content_type="application/pdf"))
    sale.press("copies")
    run_jobs()
    mark = marks.written(sale.copy().mark)
    context = chromium.new_context(base_url=served)
    context.add_cookies([{"name": "session", "value": client.get_cookie("session").value, "url": served}])
    page = context.new_page()
    page.goto(f"/library/{sale.grant.id}/files/{sale.file.id}/reader")
    number, words = page.locator("[data-pdf-page]"), page.locator(".pdf-words")
    expect(words.first).to_contain_text("The quick brown fox, page 1")
    for key, shown in (("ArrowRight", "2"), ("PageDown", "3"), ("ArrowLeft", "2"), ("PageUp", "1")):
        page.keyboard.press(key)
        expect(number).to_have_value(shown)
    number.focus()
    page.keyboard.press("ArrowRight")
    expect(number).to_have_value("1")
    said = "".join("".join(words.all_text_contents()).split())
    assert "Thequickbrownfox,page1" in said and mark and mark not in said
    context.close()
