"""Who may look after the platform, and that for everybody else nothing is there and nothing happens."""

from datetime import timedelta
from typing import Any

import pytest

from app.accounts.models import UserSession
from app.core import db
from app.core.permissions import Role
from tests.admin.conftest import appoint, asked_for, inbound, job, receipt, trail, work
from tests.security.stage import Browser
from tests.world import World

PAGES = (
    "",
    "/money",
    "/webhooks",
    "/webhooks/replays",
    "/jobs",
    "/jobs/retries",
    "/schedule",
    "/fees",
    "/fees/new",
    "/audit",
)


def strangers(world: World) -> dict[str, Any]:
    """A seller, a buyer, and people of the platform's workspace who may not run it."""
    appoint(world.bob, Role.MEMBER)
    appoint(world.vera, Role.VIEWER)
    return {"seller": world.alice, "buyer": world.fay, "member": world.bob, "viewer": world.vera}


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_there_for_operators_only(world: World, browser: Any, operator: Browser, page: str) -> None:
    assert operator.get(f"/admin{page}").status_code in (200, 302)
    seen = {who: browser(person).get(f"/admin{page}").status_code for who, person in strangers(world).items()}
    assert set(seen.values()) == {404}
    assert browser().get(f"/admin{page}").status_code == 303


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owners_and_admins_operate(world: World, browser: Any, role: Role) -> None:
    appoint(world.charlie, role)
    assert browser(world.charlie).get("/admin").status_code == 200


def test_an_operator_whose_role_ended_is_out_at_once(operator: Browser, olga: Any) -> None:
    appoint(olga, Role.VIEWER)
    assert operator.get("/admin").status_code == 404


def test_a_sign_in_of_yesterday_does_not_operate(operator: Browser, olga: Any, browser: Any, world: World) -> None:
    """Twelve hours, then once more the sign-in; the person's own pages stay open (SECURITY.md §3, sessions)."""
    parked = job(dead_at=db.now(), attempts=8, error="ValueError: no")
    with db.system("test world") as session:
        yesterday = db.now() - timedelta(hours=12, minutes=1)
        session.query(UserSession).filter_by(user_id=olga.id).update({"created_at": yesterday})
    refused = operator.get("/admin")
    assert refused.status_code == 403 and "signed in more than 12 hours ago" in refused.get_data(as_text=True)
    assert operator.post(f"/admin/jobs/{parked}/retries", {"attempts": "8"}).status_code == 403
    assert work(parked).dead_at is not None and operator.get("/me").status_code == 200
    assert browser(olga).get("/admin").status_code == 200


def test_nobody_else_can_press_anything(world: World, browser: Any) -> None:
    message, parked = receipt(), job(dead_at=db.now(), attempts=8, error="ValueError: no")
    before, asked = trail() + ["workspaces.appoint"] * 2, asked_for()
    presses = {
        f"/webhooks/{message}/replays": {"asked": "2100-01-01T00:00:00+00:00"},
        f"/webhooks/{message}/readings": {},
        "/webhooks/replays": {"until": "2100-01-01T00:00:00+00:00"},
        f"/jobs/{parked}/retries": {"attempts": "8"},
        f"/jobs/{parked}/discard": {"reason": "because"},
        "/jobs/retries": {"until": "2100-01-01T00:00:00+00:00"},
        "/schedule/inventory.expire/runs": {},
        "/fees": {"target": "default", "percent": "99"},
        "/fees/ends": {"kind": "shop", "target": str(message)},
        f"/fees/{message}/withdrawal": {},
    }
    for person in strangers(world).values():
        one = browser(person)
        assert {path: one.post(f"/admin{path}", data).status_code for path, data in presses.items()} == dict.fromkeys(
            presses, 404
        )
    nobody = browser()
    assert {nobody.post(f"/admin{path}", data).status_code for path, data in presses.items()} == {303}
    assert trail() == before and asked_for() == asked and asked_for("inventory.expire") == 1
    assert work(parked).dead_at is not None and work(parked).done_at is None and inbound(message).attempts == 0


def test_the_platform_workspace_leads_operators_to_their_pages(operator: Browser, world: World, browser: Any) -> None:
    assert operator.get("/w/guildhall").headers["Location"] == "/admin"
    page = operator.get("/admin").get_data(as_text=True)
    assert 'href="/admin/webhooks"' in page and 'href="/w/guildhall/audit"' in page and "/products" not in page
    assert "/admin" not in browser(world.alice).get(f"/w/{world.north.slug}").get_data(as_text=True)
    assert operator.get("/admin/audit").headers["Location"] == "/w/guildhall/audit"
    assert operator.get("/w/guildhall/audit").status_code == 200
