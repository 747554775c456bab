"""Invitations by link: one person, once, within seven days, into that workspace only."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from app.core import db
from app.core.mail import Mail
from app.workspaces.models import Invitation

from .conftest import members, trail

CAST = {"Alice": "owner", "Ada": "admin", "Bob": "member", "Vera": "viewer"}


def invite(browser: Any, world: Any, role: str = "member", email: str = "") -> str:
    """Make an invitation; the path of its link, which is shown once."""
    team = f"/w/{world.north.slug}/members"
    assert browser.post(f"{team}/invitations", role=role, email=email).status_code == 303
    found = re.search(r"http://localhost(/invitations/gi_[\w-]+)", browser.get(team).text)
    assert found is not None
    assert found[1] not in browser.get(team).text, "shown once"
    return found[1]


def rows() -> list[Invitation]:
    with db.system("read in a test") as session:
        session.expire_all()
        return list(session.scalars(select(Invitation)))


def test_a_link_makes_one_reader_a_member(as_: Any, app: Any, world: Any) -> None:
    path = invite(as_(world.ada), world, "viewer")
    page = app.test_client().get(path)
    assert page.status_code == 200 and "Northlight" in page.text and "Viewer" in page.text and "Sign in" in page.text
    fay, charlie = as_(world.fay), as_(world.charlie)
    assert "Join as Fay" in fay.get(path).text and members(world.north) == CAST, "looking is not joining"
    answer = fay.post(path)
    assert (answer.status_code, answer.location) == (303, f"/w/{world.north.slug}")
    assert members(world.north)["Fay"] == "viewer" and fay.get(f"/w/{world.north.slug}").status_code == 200
    assert charlie.post(path).status_code == 410 and charlie.get(path).status_code == 410
    assert "Charlie" not in members(world.north)
    assert trail(world.north) == ["workspaces.invite", "workspaces.accept_invitation"]
    assert path.rsplit("/", 1)[1] not in rows()[0].token_hash


def test_who_is_not_signed_in_signs_in_first(as_: Any, app: Any, world: Any) -> None:
    path = invite(as_(world.ada), world)
    client = app.test_client()
    token = re.search(r'csrf-token" content="([^"]+)"', client.get(path).text)
    assert client.post(path, data={"csrf_token": token[1]}).location.startswith("/sign-in")
    assert members(world.north) == CAST


def test_with_an_address_it_is_mailed_and_works_for_that_address_only(as_: Any, app: Any, world: Any) -> None:
    path = invite(as_(world.alice), world, "admin", world.fay.email)
    with db.system("read in a test") as session:
        (mail,) = session.scalars(select(Mail).where(Mail.to == world.fay.email))
    assert mail.template == "invitation" and mail.context["token"] in path
    from app.notifications.actions import render

    with app.app_context():
        subject, text, html = render(mail.template, mail.context)
    assert subject == "Alice invites you to Northlight on Guildhall" and path in text and path in html
    refused = as_(world.charlie).post(path)
    assert refused.status_code == 403 and world.fay.email in refused.text and members(world.north) == CAST
    assert as_(world.fay).post(path).status_code == 303 and members(world.north)["Fay"] == "admin"


def test_it_ends_after_seven_days(as_: Any, world: Any) -> None:
    path = invite(as_(world.alice), world)
    fay = as_(world.fay)
    with time_machine.travel(db.now() + timedelta(days=7, minutes=1), tick=True):
        assert fay.get(path).status_code == 410 and fay.post(path).status_code == 410
    assert members(world.north) == CAST


def test_it_can_be_taken_back(as_: Any, world: Any) -> None:
    alice = as_(world.alice)
    path = invite(alice, world)
    answer = alice.post(f"/w/{world.north.slug}/members/invitations/{rows()[0].id}/revoke")
    assert answer.status_code == 303 and as_(world.fay).post(path).status_code == 410
    assert members(world.north) == CAST and trail(world.north)[-1] == "workspaces.revoke_invitation"


def test_another_workspace_cannot_take_it_back_nor_see_it(as_: Any, world: Any) -> None:
    invite(as_(world.alice), world, email="kim@example.com")
    charlie = as_(world.charlie)
    assert "kim@example.com" not in charlie.get(f"/w/{world.other.slug}/members").text
    answer = charlie.post(f"/w/{world.other.slug}/members/invitations/{rows()[0].id}/revoke")
    assert answer.status_code == 404 and rows()[0].revoked_at is None
    answer = charlie.post(f"/w/{world.north.slug}/members/invitations", role="admin")
    assert answer.status_code == 404 and len(rows()) == 1


def test_who_belongs_already_does_not_use_it_up(as_: Any, world: Any) -> None:
    path = invite(as_(world.alice), world, "owner")
    assert as_(world.bob).post(path).status_code == 409
    assert members(world.north) == CAST and rows()[0].accepted_at is None
    assert as_(world.fay).post(path).status_code == 303


def test_an_admin_cannot_invite_an_owner(as_: Any, world: Any) -> None:
    answer = as_(world.ada).post(f"/w/{world.north.slug}/members/invitations", role="owner")
    assert answer.status_code == 403 and rows() == [] and trail(world.north) == []


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_members_and_viewers_invite_nobody(as_: Any, world: Any, who: str) -> None:
    answer = as_(getattr(world, who)).post(f"/w/{world.north.slug}/members/invitations", role="viewer")
    assert answer.status_code == 403 and rows() == []


@pytest.mark.parametrize(("role", "email"), [("boss", ""), ("member", "not an address"), ("", "")])
def test_a_bad_form_is_shown_again(as_: Any, world: Any, role: str, email: str) -> None:
    answer = as_(world.alice).post(f"/w/{world.north.slug}/members/invitations", role=role, email=email)
    assert answer.status_code == 422 and rows() == []


def test_coming_back_after_removal_needs_a_new_invitation(as_: Any, world: Any) -> None:
    alice, bob = as_(world.alice), as_(world.bob)
    bob.post(f"/w/{world.north.slug}/leave")
    assert bob.post(invite(alice, world, "viewer")).status_code == 303
    assert members(world.north)["Bob"] == "viewer"
