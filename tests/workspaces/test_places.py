"""Creating, finding and changing workspaces."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.core import db
from app.workspaces.models import Workspace

from .conftest import members, trail


def named(slug: str) -> Workspace | None:
    with db.system("read in a test") as session:
        session.expire_all()
        return session.scalars(select(Workspace).where(Workspace.slug == slug)).one_or_none()


def test_who_creates_a_workspace_owns_it(as_: Any, world: Any) -> None:
    browser = as_(world.fay)
    answer = browser.post("/w/new", name="  Fay's   Corner ", slug="Fays-Corner", hue="240")
    assert (answer.status_code, answer.location) == (303, "/w/fays-corner")
    row = named("fays-corner")
    assert (row.name, row.hue) == ("Fay's Corner", 240)
    assert members(row) == {"Fay": "owner"} and trail(row) == ["workspaces.create"]
    page = browser.get("/w/fays-corner")
    assert page.status_code == 200 and "Fay&#39;s Corner" in page.text and "Getting started" in page.text


@pytest.mark.parametrize(
    "slug", ["new", "guildhall", "ab", "-abc", "abc-", "a b c", "../etc", "ünder", "x" * 41, "a/b/c", ""]
)
def test_an_address_that_cannot_be_is_refused_in_its_field(as_: Any, world: Any, slug: str) -> None:
    with db.system("read in a test") as session:
        before = session.scalar(select(func.count()).select_from(Workspace))
    answer = as_(world.fay).post("/w/new", name="Corner", slug=slug, hue="0")
    assert answer.status_code == 422 and 'id="slug-error"' in answer.text and 'value="Corner"' in answer.text
    with db.system("read in a test") as session:
        assert session.scalar(select(func.count()).select_from(Workspace)) == before


def test_a_taken_address_stays_with_its_owner(as_: Any, world: Any) -> None:
    answer = as_(world.fay).post("/w/new", name="Mine now", slug=world.north.slug, hue="0")
    assert answer.status_code == 422 and "taken" in answer.text
    assert named(world.north.slug).name == "Northlight" and "Fay" not in members(world.north)


def test_after_sign_in_the_only_workspace_opens_and_several_are_a_choice(as_: Any, world: Any) -> None:
    alice, fay = as_(world.alice), as_(world.fay)
    assert alice.get("/w").location == f"/w/{world.north.slug}"
    assert "Create a workspace" in fay.get("/w").text
    alice.post("/w/new", name="Second", slug="second-place", hue="0")
    page = alice.get("/w").text
    assert "Northlight" in page and "Second" in page and "Otherside" not in page


def test_the_switcher_lists_only_one_s_own(as_: Any, world: Any) -> None:
    page = as_(world.alice).get(f"/w/{world.north.slug}").text
    assert f"/w/{world.north.slug}" in page and world.other.slug not in page


def test_settings_change_name_and_colour_and_say_so(as_: Any, world: Any) -> None:
    path = f"/w/{world.north.slug}/settings"
    assert as_(world.ada).post(path, name="Northern Light", hue="90").status_code == 303
    row = named(world.north.slug)
    assert (row.name, row.hue) == ("Northern Light", 90) and trail(world.north) == ["workspaces.update"]
    assert as_(world.ada).post(path, name="Northern Light", hue="90").status_code == 303
    assert trail(world.north) == ["workspaces.update"], "saving the same is no change"


@pytest.mark.parametrize(("name", "hue"), [("", "90"), ("x" * 61, "90"), ("North", "400"), ("North", "red")])
def test_settings_refuse_what_cannot_be(as_: Any, world: Any, name: str, hue: str) -> None:
    assert as_(world.alice).post(f"/w/{world.north.slug}/settings", name=name, hue=hue).status_code == 422
    assert named(world.north.slug).name == "Northlight"


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_roles_without_the_right_are_told_and_change_nothing(as_: Any, world: Any, who: str) -> None:
    browser = as_(getattr(world, who))
    assert browser.get(f"/w/{world.north.slug}/settings").status_code == 403
    answer = browser.post(f"/w/{world.north.slug}/settings", name="Mine", hue="0")
    assert answer.status_code == 403 and "owner or admin" in answer.text
    assert named(world.north.slug).name == "Northlight" and trail(world.north) == []


def test_a_stranger_s_workspace_looks_missing(as_: Any, world: Any) -> None:
    browser = as_(world.charlie)
    foreign, nowhere = browser.get(f"/w/{world.north.slug}"), browser.get("/w/does-not-exist")
    assert foreign.status_code == nowhere.status_code == 404
    assert browser.post(f"/w/{world.north.slug}/settings", name="Mine", hue="0").status_code == 404
    assert named(world.north.slug).name == "Northlight"


def test_the_side_bar_shows_what_the_role_may_see(as_: Any, world: Any) -> None:
    owner = as_(world.alice).get(f"/w/{world.north.slug}").text
    viewer = as_(world.vera).get(f"/w/{world.north.slug}").text
    for path in ("members", "audit", "settings"):
        assert f'href="/w/{world.north.slug}/{path}"' in owner
    assert f'href="/w/{world.north.slug}/members"' in viewer
    assert f'href="/w/{world.north.slug}/audit"' not in viewer
    assert f'href="/w/{world.north.slug}/settings"' not in viewer
