"""Roles and removal: at least one owner remains, and who is removed is out at once."""

import threading
from typing import Any

import pytest
from sqlalchemy import select

from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.outbox import OutboxEvent
from app.core.permissions import Role
from app.workspaces import actions
from app.workspaces.models import Member

from .conftest import member_id, members, trail

CAST = {"Alice": "owner", "Ada": "admin", "Bob": "member", "Vera": "viewer"}


def path(world: Any, person: Any, verb: str) -> str:
    return f"/w/{world.north.slug}/members/{member_id(world.north, person)}/{verb}"


def test_the_page_explains_every_role(as_: Any, world: Any) -> None:
    page = as_(world.vera).get(f"/w/{world.north.slug}/members").text
    for words in ("Alice", "Ada", "Bob", "Vera", "Refund and cancel orders", "ask an owner or admin"):
        assert words in page
    assert "/members/invitations" not in page and "Remove Bob" not in page


def test_an_admin_changes_a_role(as_: Any, world: Any) -> None:
    assert as_(world.ada).post(path(world, world.bob, "role"), role="viewer").status_code == 303
    assert members(world.north)["Bob"] == "viewer" and trail(world.north) == ["workspaces.change_role"]
    assert "made Bob Viewer (was Member)" in as_(world.alice).get(f"/w/{world.north.slug}/audit").text
    assert as_(world.bob).get(f"/w/{world.north.slug}/audit").status_code == 403


@pytest.mark.parametrize("role", ["root", "", "OWNER"])
def test_an_invented_role_is_refused(as_: Any, world: Any, role: str) -> None:
    assert as_(world.alice).post(path(world, world.bob, "role"), role=role).status_code == 422
    assert members(world.north) == CAST


@pytest.mark.parametrize("who", ["bob", "vera"])
@pytest.mark.parametrize("verb", ["role", "remove"])
def test_members_and_viewers_change_nobody(as_: Any, world: Any, who: str, verb: str) -> None:
    answer = as_(getattr(world, who)).post(path(world, world.ada, verb), role="viewer")
    assert answer.status_code == 403 and members(world.north) == CAST and trail(world.north) == []


def test_an_admin_neither_makes_nor_touches_owners(as_: Any, world: Any) -> None:
    ada = as_(world.ada)
    for target, role in ((world.ada, "owner"), (world.bob, "owner"), (world.alice, "viewer")):
        assert ada.post(path(world, target, "role"), role=role).status_code == 403
    assert ada.post(path(world, world.alice, "remove")).status_code == 403
    assert members(world.north) == CAST and trail(world.north) == []


def test_the_last_owner_stays(as_: Any, world: Any) -> None:
    alice = as_(world.alice)
    answers = [
        alice.post(path(world, world.alice, "role"), role="admin"),
        alice.post(path(world, world.alice, "remove")),
        alice.post(f"/w/{world.north.slug}/leave"),
    ]
    assert [answer.status_code for answer in answers] == [409] * 3
    assert all("at least one owner" in answer.text for answer in answers)
    assert members(world.north) == CAST and trail(world.north) == []
    alice.post(path(world, world.ada, "role"), role="owner")
    assert alice.post(f"/w/{world.north.slug}/leave").location == "/w?all=1"
    assert members(world.north) == {"Ada": "owner", "Bob": "member", "Vera": "viewer"}


def test_who_is_removed_is_out_at_once_and_streams_hear_of_it(as_: Any, world: Any) -> None:
    bob = as_(world.bob)
    assert bob.get(f"/w/{world.north.slug}").status_code == 200
    assert as_(world.alice).post(path(world, world.bob, "remove")).status_code == 303
    assert bob.get(f"/w/{world.north.slug}").status_code == 404
    assert bob.get("/me").status_code == 200, "the person stays signed in"
    with db.system("read in a test") as session:
        (event,) = session.scalars(select(OutboxEvent).where(OutboxEvent.name == "workspaces.MemberRemoved"))
    assert event.topics == [f"revoked:{world.bob.id}"] and event.workspace_id == world.north.id
    assert trail(world.north) == ["workspaces.remove_member"]


def test_leaving_is_everybody_s_right(as_: Any, world: Any) -> None:
    vera = as_(world.vera)
    assert vera.post(f"/w/{world.north.slug}/leave").status_code == 303
    assert "Vera" not in members(world.north) and vera.get(f"/w/{world.north.slug}").status_code == 404


def test_a_membership_of_another_workspace_looks_missing(as_: Any, world: Any) -> None:
    foreign = member_id(world.other, world.charlie)
    alice = as_(world.alice)
    for verb in ("role", "remove"):
        answer = alice.post(f"/w/{world.north.slug}/members/{foreign}/{verb}", role="viewer")
        assert answer.status_code == 404
    assert members(world.other) == {"Charlie": "owner"} and trail(world.other) == []


def test_a_removed_member_cannot_be_changed(as_: Any, world: Any) -> None:
    role, remove = path(world, world.bob, "role"), path(world, world.bob, "remove")
    alice = as_(world.alice)
    alice.post(remove)
    assert alice.post(role, role="admin").status_code == 404 and alice.post(remove).status_code == 404
    assert "Bob" not in members(world.north)


def test_two_owners_who_demote_each_other_leave_one(committed: None, app: Any) -> None:
    from tests.world import World

    world = World()
    with db.workspace(world.north.id) as session:
        session.scalars(select(Member).where(Member.user_id == world.ada.id)).one().role = "owner"
    ids = {person.id: member_id(world.north, person) for person in (world.alice, world.ada)}
    start, refused = threading.Barrier(2), []

    def demote(actor: Any, target: Any) -> None:
        start.wait()
        try:
            with db.workspace(world.north.id, actor.id):
                actions.change_role(Actor("person", actor.name, actor.id), db.get(Member, ids[target.id]), Role.MEMBER)
        except Refused as refusal:
            refused.append(type(refusal).__name__)

    pairs = ((world.alice, world.ada), (world.ada, world.alice))
    threads = [threading.Thread(target=demote, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(members(world.north).values()).count("owner") == 1 and len(refused) == 1
