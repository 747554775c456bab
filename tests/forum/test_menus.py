"""What can be done with a post: fetched for those who may, and a page for those without scripts."""

from typing import Any

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
