"""What is typed and not posted: kept for its author alone, gone when it is posted; and how a text will look."""

import re
from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.forum.models import Draft, Post, Thread
from tests.forum.conftest import Town


def kept(town: Town) -> list[tuple[str, str]]:
    with db.workspace(town.world.north.id) as session:
        return [(row.place, row.body) for row in session.scalars(select(Draft).order_by(Draft.saved_at))]


def test_a_reply_is_kept_comes_back_and_is_gone_when_it_is_posted(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    place = f"thread:{thread.id}"
    assert fay.post(f"{town.path}/drafts", place=place, body="Half a tho").status_code == 204
    assert fay.post(f"{town.path}/drafts", place=place, body="Half a thought").status_code == 204
    assert kept(town) == [(place, "Half a thought")]
    page = fay.get(f"/threads/{thread.id}").text
    assert "Half a thought</textarea>" in page
    assert "Your draft from" in page and "Discard it" in page
    assert "Half a thought" in fay.get(f"{town.path}/drafts").text
    assert fay.post(f"/threads/{thread.id}/posts", body="A whole thought").status_code == 303
    assert kept(town) == []


def test_a_new_thread_is_kept_with_all_its_fields(client: Any, town: Town) -> None:
    fay = town.browser(client, town.world.fay)
    said = {"title": "Which paper", "body": "I print", "tags": "paper, ink", "category": "general"}
    assert fay.post(f"{town.path}/drafts", place="new", **said).status_code == 204
    page = fay.get(f"{town.path}/new").text
    assert 'value="Which paper"' in page and 'value="paper, ink"' in page
    assert re.search(r'<option value="general" selected', page) and "I print</textarea>" in page
    assert fay.post(f"{town.path}/new", **said).status_code == 303
    assert kept(town) == []


def test_nothing_typed_is_no_draft_and_a_late_save_brings_none_back(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    place = f"thread:{thread.id}"
    fay.post(f"{town.path}/drafts", place=place, body="Something")
    fay.post(f"{town.path}/drafts", place=place, body="   ")
    assert kept(town) == []
    fay.post(f"/threads/{thread.id}/posts", body="Sent", key="k-1")
    assert fay.post(f"{town.path}/drafts", place=place, body="Sent", key="k-1").status_code == 204
    assert kept(town) == []


def test_discarding_without_scripts_leads_back_to_an_empty_box(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    fay.post(f"{town.path}/drafts", place=f"thread:{thread.id}", body="Not this")
    sent = fay.post(f"{town.path}/drafts/discard", place=f"thread:{thread.id}", back="thread")
    assert sent.status_code == 303 and sent.headers["Location"].endswith(f"/threads/{thread.id}#reply")
    assert kept(town) == [] and "Not this" not in fay.get(f"/threads/{thread.id}").text


def test_a_draft_is_its_authors_alone(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    town.browser(client, town.world.fay).post(f"{town.path}/drafts", place=f"thread:{thread.id}", body="My secret")
    charlie = town.browser(client, town.world.charlie)
    assert "My secret" not in charlie.get(f"{town.path}/drafts").text + charlie.get(f"/threads/{thread.id}").text
    with town.inside(town.world.charlie):
        assert db.session().scalar(select(func.count()).select_from(Draft)) == 0
    charlie.post(f"{town.path}/drafts/discard", place=f"thread:{thread.id}")
    assert kept(town) == [(f"thread:{thread.id}", "My secret")]


def test_no_draft_where_one_may_not_read_and_none_without_end(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice, "For owners", category=town.buyers)
    fay = town.browser(client, town.world.fay)
    assert fay.post(f"{town.path}/drafts", place=f"thread:{thread.id}", body="x").status_code == 404
    assert fay.post(f"{town.path}/drafts", place="post:1", body="x").status_code == 404
    assert fay.post(f"{town.path}/drafts", place="new", body="x" * 60_001).status_code == 422
    assert kept(town) == []


def test_what_one_typed_stays_readable_when_the_thread_does_not(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    thread = town.start(town.world.alice, "For owners", category=town.buyers)
    fay = town.browser(client, town.world.fay)
    fay.post(f"{town.path}/drafts", place=f"thread:{thread.id}", body="About my brushes")
    town.take(town.world.fay)
    page = fay.get(f"{town.path}/drafts").text
    assert "About my brushes" in page and "For owners" not in page and "cannot open any more" in page


def test_a_preview_is_what_posting_shows(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    fay, typed = town.browser(client, town.world.fay), "**Bold** @alice <script>alert(1)</script>\n\n> quoted"
    page = fay.post(f"{town.path}/previews", place=f"thread:{thread.id}", body=typed)
    shown = re.search(r'<div class="post-text">(.*?)</div>', page.text.split('id="preview"')[1], re.S)
    assert page.status_code == 200 and shown and "<script>alert" not in page.text
    assert "**Bold**" in page.text and town.row(Thread, thread.id).posts == 1
    fay.post(f"/threads/{thread.id}/posts", body=typed)
    with db.workspace(town.world.north.id) as session:
        made = session.scalars(select(Post).where(Post.thread_id == thread.id, Post.number == 2)).one()
    assert made.html.strip() == shown[1].strip()


def test_a_quote_without_scripts_stands_in_the_box(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread, "Mine is **blue**.\n\nAnd big.")
    page = town.browser(client, town.world.bob).get(f"/threads/{thread.id}?at=2&parent={post.id}&quote={post.id}").text
    assert "@fay\n\n&gt; Mine is **blue**.\n&gt; \n&gt; And big." in page.replace("\r", "")
    secret = town.reply(town.world.alice, town.start(town.world.alice, category=town.buyers), "Among owners")
    other = town.browser(client, town.world.charlie).get(f"/threads/{thread.id}?quote={secret.id}")
    assert other.status_code == 404 and "Among owners" not in other.text


def test_a_preview_of_a_new_thread_keeps_what_was_typed_and_blames_nobody(client: Any, town: Town) -> None:
    fay = town.browser(client, town.world.fay)
    page = fay.post(f"{town.path}/previews", place="new", title="Pap", body="_soft_", tags="ink", category="general")
    assert page.status_code == 200 and "<em>soft</em>" in page.text
    assert 'value="Pap"' in page.text and 'value="ink"' in page.text and "_soft_</textarea>" in page.text
    assert "field-error" not in page.text
    empty = fay.post(f"{town.path}/previews", place="new", body=" ")
    assert "Write something first" in empty.text


def test_a_preview_of_an_edit_is_for_those_who_may_edit(client: Any, town: Town) -> None:
    thread = town.start(town.world.alice)
    post = town.reply(town.world.fay, thread, "mine")
    data = {"place": f"post:{post.id}", "body": "_changed_", "version": post.version}
    assert "<em>changed</em>" in town.browser(client, town.world.fay).post(f"{town.path}/previews", **data).text
    assert town.browser(client, town.world.charlie).post(f"{town.path}/previews", **data).status_code == 403
    assert town.row(Post, post.id).body == "mine"
