"""The team finds the thread that takes another one's posts by words, sees what will happen, and is told when a fellow was quicker."""

from typing import Any

from sqlalchemy import func, select

from app.core import db
from app.forum import actions
from app.forum.actions import moderating
from app.forum.models import Moderation, Thread
from tests.forum.conftest import Town, actor
from tests.forum.desk import desk


def logged(town: Town) -> int:
    with db.workspace(town.world.north.id) as session:
        return session.scalar(select(func.count()).select_from(Moderation)) or 0


def test_a_thread_to_merge_into_is_found_by_words_and_chosen(client: Any, town: Town) -> None:
    world = town.world
    here = town.start(world.fay, "Which lamp for a north window?")
    alike = town.start(world.fay, "A lamp for the north window")
    said = town.start(world.fay, "Something else", "My varnish cracked in winter.")
    gone = town.start(world.fay, "Varnish that was hidden")
    bob, where = town.browser(client, world.bob), f"{desk(town)}/threads/{here.id}/merge"
    with db.workspace(world.north.id, world.ada.id):
        moderating.decide_thread(actor(world.ada), db.get(Thread, gone.id), "hide_thread", "rules")
    assert f"into={alike.id}" in bob.get(where).text, "called alike, before anything is typed"
    found = bob.get(f"{where}?into=varnish").text
    assert f"into={said.id}" in found and f"into={gone.id}" not in found and "What will happen" not in found
    assert f"into={here.id}" not in bob.get(f"{where}?into=lamp").text, "never itself"
    part = bob.client.get(
        f"{where}?into=varnish",
        headers={"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#merge-found"},
    )
    assert part.text.strip().startswith("<div"), "while typing only the list goes out"
    assert "no thread" in bob.get(f"{where}?into=zzzz+qqqq").text.lower()
    plan = bob.get(f"{where}?into={said.id}").text
    assert "What will happen" in plan and "Something else" in plan and logged(town) == 1


def test_who_comes_second_is_told_and_changes_nothing(client: Any, town: Town) -> None:
    world = town.world
    thread, target = town.start(world.fay, "Lamps"), town.start(world.fay, "Bulbs")
    base = f"{desk(town)}/threads/{thread.id}"
    bob = town.browser(client, world.bob)
    look = bob.get(f"{base}/move?category={town.buyers.id}").text
    assert "What will happen" in look and "Only buyers of certain products" in look
    moved = {"category": town.buyers.id, "from": town.general.id}
    assert bob.post(f"{base}/move", **moved).status_code == 303
    second = town.browser(client, world.ada).post(f"{base}/move", **(moved | {"category": town.team.id}))
    assert second.status_code == 409 and "moved this thread to «Brush owners» meanwhile" in second.text
    assert town.row(Thread, thread.id).category_id == town.buyers.id and logged(town) == 1
    with db.workspace(world.north.id, world.bob.id):
        actions.merge_threads(actor(world.bob), db.get(Thread, thread.id), db.get(Thread, target.id))
    for path, data in (("merge", {"into": target.id}), ("move", moved), ("split", {"title": "Apart"})):
        late = town.browser(client, world.ada).post(f"{base}/{path}", **data)
        assert late.status_code == 409 and "merged this thread into «Bulbs»" in late.text, path
    assert logged(town) == 2


def test_a_thread_is_locked_once_and_a_deleted_one_is_not_hidden(client: Any, town: Town) -> None:
    thread = town.start(town.world.fay, "Lamps")
    where = f"{desk(town)}/threads/{thread.id}/decisions"
    for verb, again, words in (
        ("lock", "lock", "locked already"),
        ("pin", "pin", "pinned already"),
        ("delete", "hide", "out of sight already"),
    ):
        assert town.browser(client, town.world.bob).post(where, verb=verb, reason="rules").status_code == 303
        before = logged(town)
        second = town.browser(client, town.world.ada).post(where, verb=again, reason="rules")
        assert second.status_code == 409 and words in second.text and logged(town) == before
    assert town.row(Thread, thread.id).state == "deleted"
