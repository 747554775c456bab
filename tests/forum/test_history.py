"""What a post said before: shown to whoever sees the post, told apart by words, and removable for good by the team."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.core import audit, db
from app.core.errors import Conflict
from app.forum import actions
from app.forum.models import Post, Revision, Thread
from tests.forum.conftest import Town, actor


def edit(town: Town, person: Any, post: Post, body: str, reason: str = "") -> None:
    with town.inside(person):
        row = db.get(Post, post.id)
        actions.edit(actor(person), row, row.version, body, reason)


def hide(town: Town, post: Post) -> None:
    with db.workspace(town.world.north.id, town.world.alice.id):
        db.get(Post, post.id).state = "hidden"


def revisions(town: Town, post: Post) -> list[Revision]:
    with db.workspace(town.world.north.id) as session:
        return list(session.scalars(select(Revision).where(Revision.post_id == post.id).order_by(Revision.id)))


def words(html: str, tag: str) -> list[str]:
    found = re.findall(rf"<{tag}><span[^>]*>.*?</span>(.*?)<span", html)
    return [one.strip() for one in found]


def test_each_edit_shows_who_when_why_and_what(client: Any, town: Town) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice), "The lamp is red")
    edit(town, town.world.fay, post, "The lamp is blue", "wrong colour")
    edit(town, town.world.alice, post, "The lamp is pale blue")
    page = client.get(f"/posts/{post.id}/history")
    assert page.status_code == 200 and "noindex" in page.text and "wrong colour" in page.text
    assert words(page.text, "del") == ["red"] and set(words(page.text, "ins")) == {"blue", "pale"}
    assert page.text.index("pale") < page.text.index("wrong colour"), "the newest edit comes first"
    assert town.world.fay.name in page.text and "Removed: " in page.text and "Added: " in page.text


def test_an_old_title_stays_in_the_history(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay, "Wich paper?")
    fay = town.browser(client, town.world.fay)
    data = {"title": "Which paper?", "tags": "ink", "reason": "typo", "version": town.row(Thread, thread.id).version}
    assert fay.post(f"/threads/{thread.id}/title", **data).status_code == 303
    kept = town.row(Thread, thread.id)
    assert (kept.title, kept.slug, kept.tags) == ("Which paper?", "which-paper", ["ink"])
    with db.workspace(town.world.north.id) as session:
        first = session.scalars(select(Post).where(Post.thread_id == thread.id)).one()
    page = fay.get(f"/posts/{first.id}/history").text
    assert "Wich paper?" in page and "typo" in page


def test_only_the_author_and_the_team_rename_and_an_old_form_is_refused(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay, "Mine")
    version = town.row(Thread, thread.id).version
    charlie = town.browser(client, town.world.charlie)
    assert charlie.post(f"/threads/{thread.id}/title", title="Hers", version=version).status_code == 403
    assert charlie.get(f"/threads/{thread.id}/title").status_code == 404
    assert town.row(Thread, thread.id).title == "Mine"
    with town.inside(town.world.alice):
        actions.rename(actor(town.world.alice), db.get(Thread, thread.id), version, "By the team", [])
        with pytest.raises(Conflict):
            actions.rename(actor(town.world.alice), db.get(Thread, thread.id), version, "Too late", [])
    assert town.row(Thread, thread.id).title == "By the team"


def test_the_history_of_what_is_out_of_sight_is_too(client: Any, town: Town) -> None:
    town.give(town.world.fay)
    closed = town.reply(town.world.fay, town.start(town.world.alice, category=town.buyers), "among us")
    edit(town, town.world.fay, closed, "among us all")
    assert client.get(f"/posts/{closed.id}/history").status_code == 404
    post = town.reply(town.world.fay, town.start(town.world.alice), "rude words")
    edit(town, town.world.fay, post, "kind words")
    hide(town, post)
    assert town.browser(client, town.world.fay).get(f"/posts/{post.id}/history").status_code == 404
    assert "rude" in town.browser(client, town.world.alice).get(f"/posts/{post.id}/history").text


def test_the_team_removes_old_words_for_good(client: Any, town: Town) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice), "my phone is 555-0199")
    edit(town, town.world.fay, post, "call me")
    row = revisions(town, post)[0]
    where = f"/w/{town.world.north.slug}/forum/revisions/{row.id}/redaction"
    assert town.browser(client, town.world.fay).post(where).status_code == 404
    assert revisions(town, post)[0].body == "my phone is 555-0199"
    alice = town.browser(client, town.world.alice)
    assert "555-0199" in alice.get(f"/posts/{post.id}/history").text
    assert alice.post(where).status_code == 303
    gone = revisions(town, post)[0]
    assert gone.body == "" and gone.redacted_at is not None and town.row(Post, post.id).body == "call me"
    page = alice.get(f"/posts/{post.id}/history").text
    assert "555-0199" not in page and "The team removed words" in page
    with db.workspace(town.world.north.id) as session:
        said = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "forum.redact_revision")).one()
    assert said.subject_id == row.id and "555" not in str(said.data)


def test_a_long_history_comes_in_pages(client: Any, town: Town) -> None:
    post = town.reply(town.world.fay, town.start(town.world.alice), "version 0")
    for number in range(1, 24):
        edit(town, town.world.fay, post, f"version {number}")
    first = client.get(f"/posts/{post.id}/history").text
    assert first.count('class="revision card"') == 20
    older = re.search(r'href="(/posts/[^"]+before=[^"]+)"', first)
    assert older
    second = client.get(older[1]).text
    assert second.count('class="revision card"') == 3 and words(second, "ins") == ["3", "2", "1"]
