"""What can be done with a post: fetched for those who may, and a page for those without scripts; and what its author reads while it waits."""

from typing import Any

from app.core import db
from app.forum.models import Post, Thread
from tests.forum.conftest import Town

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


def test_each_sees_what_they_can_do_with_a_post(client: Any, town: Town) -> None:
    world = town.world
    thread = town.start(world.fay)
    post = town.reply(world.bob, thread)
    path = f"/posts/{post.id}/menu"
    assert f'href="{path}"' not in client.get(f"/threads/{thread.id}").text

    asker = town.browser(client, world.fay)
    assert f'href="{path}"' in asker.get(f"/threads/{thread.id}").text
    part = client.get(path, headers=PART).text
    assert "This is the answer" in part and "Flag" in part and "Quote" in part
    assert "Edit" not in part and "<html" not in part
    whole = asker.get(path).text
    assert "<html" in whole and "This is the answer" in whole and f"/posts/{post.id}" in whole

    author = town.browser(client, world.bob).get(path).text
    assert "Edit" in author and "Delete" in author and "/flags" not in author
    team = town.browser(client, world.alice).get(path).text
    assert "Hide…" in team and "Edit" in team


def test_the_menu_of_what_one_may_not_read_is_not_there(client: Any, town: Town) -> None:
    hidden = town.reply(town.world.alice, town.start(town.world.alice, category=town.team))
    assert town.browser(client, town.world.charlie).get(f"/posts/{hidden.id}/menu").status_code == 404


def test_who_waits_for_approval_reads_why_where_the_post_stands(client: Any, town: Town) -> None:
    """Its author and nobody else; a thread says the same of itself."""
    world = town.world
    thread = town.start(world.alice)
    post = town.reply(world.fay, thread, "Look at https://example.com")
    with db.workspace(world.north.id):
        row = db.get(Post, post.id)
        row.state, row.held_for = "waiting", "first_link"
    page = town.browser(client, world.fay).get(f"/threads/{thread.id}").text
    assert (
        "Only you and the team see this post for now." in page
        and "It is your first post here and it has a link." in page
    )
    assert f"Somebody of the team of <bdi>{town.community.name}</bdi> decides" in page
    assert "Only you and the team see" not in town.browser(client, world.bob).get(f"/threads/{thread.id}").text
    begun = town.start(world.fay, "Mine")
    with db.workspace(world.north.id) as session:
        first = session.query(Post).filter(Post.thread_id == begun.id).one()
        first.state, first.held_for = "waiting", "spam"
        db.get(Thread, begun.id).state = "waiting"
    page = town.browser(client, world.fay).get(f"/threads/{begun.id}").text
    assert "Only you and the team see this thread for now." in page and "That check is not always right" in page
