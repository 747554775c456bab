"""The link in a mail: a page with one button, a button that works alone, and a way back (RFC 8058)."""

import re
from typing import Any

import pytest

from app.core import db, signing
from app.notifications import actions
from app.notifications.choices import Wish, wishes
from app.notifications.kinds import KINDS
from tests.world import World


def mail_of(user_id: Any) -> dict[str, str]:
    """Of the kinds that the link is about."""
    with db.buyer(user_id):
        return {name: wish.mail for (_, name), wish in wishes([user_id], KINDS).items() if name.startswith("forum.")}


@pytest.fixture
def link(world: World) -> str:
    return f"/unsubscribe/{actions.token_for(world.fay.id, ['forum'])}"


def test_looking_changes_nothing(world: World, client: Any, link: str) -> None:
    """Scanners follow links in mails."""
    page = client.get(link)
    assert page.status_code == 200 and "Stop mail about the forum" in page.text
    assert "@" not in re.sub(r"<head>.*</head>", "", page.text, flags=re.S), "whoever holds the link learns no address"
    assert set(mail_of(world.fay.id).values()) == {"bundled"}


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://mail.example"}])
def test_one_post_ends_it_without_cookie_token_or_page(
    world: World, client: Any, link: str, headers: dict[str, str]
) -> None:
    answer = client.post(link, data={"List-Unsubscribe": "One-Click"}, headers=headers)
    assert answer.status_code == 200 and "No more mail about the forum" in answer.text
    assert set(mail_of(world.fay.id).values()) == {"never"}
    assert set(mail_of(world.charlie.id).values()) == {"bundled"}


def test_it_works_for_its_reader_whoever_is_signed_in(world: World, client: Any, link: str) -> None:
    world.sign_in(client, world.charlie)
    assert client.post(link).status_code == 200
    assert set(mail_of(world.fay.id).values()) == {"never"}
    assert set(mail_of(world.charlie.id).values()) == {"bundled"}


def test_the_inbox_stays_as_it_was(world: World, client: Any, link: str) -> None:
    with db.buyer(world.fay.id):
        actions.choose(world.fay.id, {"forum.followed": Wish(False, "bundled")})
    client.post(link)
    with db.buyer(world.fay.id):
        found = wishes([world.fay.id], KINDS)
    assert found[world.fay.id, "forum.followed"] == Wish(False, "never", push=False)
    assert found[world.fay.id, "forum.reply"] == Wish(True, "never", push=True)


def undo(page: Any, client: Any) -> Any:
    action = re.search(r'action="(/resubscribe/[^"]+)"', page.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert action and token
    return client.post(action.group(1), data={"csrf_token": token.group(1)})


def test_undoing_brings_back_what_was_chosen(world: World, client: Any, link: str) -> None:
    with db.buyer(world.fay.id):
        actions.choose(world.fay.id, {"forum.mention": Wish(True, "at_once"), "forum.followed": Wish(True, "never")})
    before = mail_of(world.fay.id)
    page = client.post(link)
    assert undo(page, client).status_code == 200
    assert mail_of(world.fay.id) == before


def test_a_second_click_changes_nothing_and_can_still_be_undone(world: World, client: Any, link: str) -> None:
    client.post(link)
    page = client.post(link)
    assert page.status_code == 200 and set(mail_of(world.fay.id).values()) == {"never"}
    assert "It is off already" in client.get(link).text
    undo(page, client)
    assert set(mail_of(world.fay.id).values()) == {"bundled"}


def test_the_way_back_is_a_form_of_our_own_page_only(world: World, client: Any, link: str, app: Any) -> None:
    page = client.post(link)
    action = re.search(r'action="(/resubscribe/[^"]+)"', page.text)
    assert action
    assert app.test_client().post(action.group(1)).status_code == 403
    assert set(mail_of(world.fay.id).values()) == {"never"}


@pytest.mark.parametrize("spoil", [lambda t: t[:-2] + "xx", lambda t: t[3:], lambda t: "x", lambda t: t + "."])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_spoilt_link_says_so_and_changes_nothing(
    world: World, client: Any, link: str, spoil: Any, method: str
) -> None:
    token = link.removeprefix("/unsubscribe/")
    answer = getattr(client, method)(f"/unsubscribe/{spoil(token)}")
    assert answer.status_code == 410 and "Nothing was changed" in answer.text
    assert set(mail_of(world.fay.id).values()) == {"bundled"}


def test_a_link_for_something_else_is_no_unsubscribe_link(world: World, client: Any) -> None:
    for purpose in ("purchase", "mail-again", "download"):
        token = signing.sign(purpose, [str(world.fay.id), ["forum"]])
        assert client.post(f"/unsubscribe/{token}").status_code == 410
    assert set(mail_of(world.fay.id).values()) == {"bundled"}
