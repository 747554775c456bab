"""What sellers decide about one purchase, seen by both sides; reasons are held apart."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.access import actions as access
from app.access.models import Grant
from app.core import audit, db
from app.core.mail import Mail
from app.orders import actions as orders
from app.orders.models import Order
from tests.downloads.test_limits import bought, download, mails, panel, token  # noqa: F401  (bought is a fixture)
from tests.world import World

Sale = dict[str, Any]


def press(world: World, app: Any, sale: Sale, what: str, person: Any = None, **fields: str) -> int:
    seller = world.sign_in(app.test_client(), person or world.bob)
    path = f"/w/{world.north.slug}/grants/{sale['grant'].id}/{what}"
    return int(seller.post(path, data={"csrf_token": token(seller), **fields}).status_code)


def page(sale: Sale) -> str:
    return str(sale["fay"].get(f"/library/{sale['grant'].id}").get_data(as_text=True))


def line(world: World) -> UUID:
    with db.workspace(world.north.id) as session:
        return session.scalars(select(Grant.source_id)).one()


def test_a_closed_purchase_says_who_closed_it_and_opens_again(world: World, app: Any, bought: Sale) -> None:  # noqa: F811
    assert press(world, app, bought, "closings", reason="Sold on a forum") == 303
    assert "The seller has closed this" in page(bought) and "Sold on a forum" in page(bought)
    assert "downloads left" not in page(bought), "a closed purchase has no limits"
    assert download(bought).status_code == 403 and mails("access_closed") == 1
    assert press(world, app, bought, "closings") == 409 and mails("access_closed") == 1
    assert "You closed this: «Sold on a forum»" in panel(world, app, bought)
    assert press(world, app, bought, "openings") == 303 and mails("access_returned") == 1
    assert download(bought).status_code == 200
    with db.workspace(world.north.id) as session:
        done = session.scalars(select(audit.AuditEntry.action).where(audit.AuditEntry.action.like("downloads.%")))
        assert sorted(done) == ["downloads.close", "downloads.reopen"]


def test_a_refund_that_is_undone_does_not_open_what_the_seller_closed(
    world: World,
    app: Any,
    bought: Sale,  # noqa: F811
) -> None:
    source = line(world)
    press(world, app, bought, "closings")
    with db.workspace(world.north.id):
        assert access.revoke([source], "refund") == 0, "it was closed already"
    assert "This was refunded" in page(bought)
    assert press(world, app, bought, "openings") == 303 and mails("access_returned") == 0
    assert download(bought).status_code == 403, "refunded still"
    with db.workspace(world.north.id):
        assert access.restore([source], "refund") == 1
    assert download(bought).status_code == 200


@pytest.mark.parametrize("person", ["vera", "charlie"])
def test_others_decide_nothing(world: World, app: Any, bought: Sale, person: str) -> None:  # noqa: F811
    refused = 403 if person == "vera" else 404
    for what in ("closings", "openings", "limits", "limit-resets", "unlocks"):
        assert press(world, app, bought, what, getattr(world, person), limit="none") == refused
    assert "Close access" not in panel(world, app, bought), "a viewer is shown no button"
    assert download(bought).status_code == 200


def test_one_buyer_has_a_limit_of_their_own(world: World, app: Any, bought: Sale) -> None:  # noqa: F811
    assert download(bought).status_code == 200 and download(bought).status_code == 403
    assert press(world, app, bought, "limits", limit="own", downloads="3") == 303
    assert "2 of 3 downloads left" in page(bought) and mails("downloads_allowed") == 1
    assert press(world, app, bought, "limits", limit="own", downloads="many") == 422
    assert press(world, app, bought, "limits", limit="none") == 303 and "no limit" in page(bought)
    assert press(world, app, bought, "limits", limit="files") == 303
    assert "0 of 1 downloads left" in page(bought)


def test_delivering_again_makes_a_new_link_and_ends_the_old_ones(
    world: World,
    app: Any,
    bought: Sale,  # noqa: F811
    run_jobs: Any,
) -> None:
    with db.system("test world") as session:
        old = session.scalars(select(Mail.context["token"].astext).where(Mail.template == "receipt")).one()
    assert orders.opened(old) is not None
    download(bought)
    order_id = bought["grant"].order_id
    seller = world.sign_in(app.test_client(), world.bob)
    path = f"/w/{world.north.slug}/orders/{order_id}/deliveries"
    assert seller.post(path, data={"csrf_token": token(seller), "reset": "y"}).status_code == 303
    assert orders.opened(old) is None, "old links die"
    with db.system("test world") as session:
        new = session.scalars(select(Mail.context["token"].astext).where(Mail.template == "downloads_again")).one()
    assert orders.opened(new) is not None
    assert download(bought).status_code == 200, "counted from the start, and an account stays signed in"
    with db.workspace(world.north.id):
        number = db.get(Order, order_id).number
    assert "counts began anew" in seller.get(f"/w/{world.north.slug}/orders/{number}").get_data(as_text=True)
