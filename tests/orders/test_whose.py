"""Whose a purchase is: claimed from a link, moved to another address, never taken."""

from typing import Any

import pytest
from sqlalchemy import select

from app.access.models import Grant
from app.core import db
from app.core.ids import new_id
from app.core.mail import Mail
from app.downloads.models import Download
from app.orders import actions
from app.orders.models import Order, OrderEvent, OrderGroup
from tests.downloads.test_limits import token
from tests.orders.selling import pay, place
from tests.world import World

OLD, NEW = "old@reader.test", "new@reader.test"


@pytest.fixture
def guest(world: World, run_jobs: Any) -> OrderGroup:
    """Somebody without an account bought a pack."""
    product = world.product(world.shop(world.north), "Pack", ships=False, downloads=True)
    group_id = place(world, new_id(), (product, 1), email=OLD)
    pay(group_id, run_jobs)
    return now(group_id)


def now(group_id: Any) -> OrderGroup:
    with db.system("test world") as session:
        return session.get_one(OrderGroup, group_id, populate_existing=True)


def link(template: str, to: str) -> str:
    with db.system("test world") as session:
        found = select(Mail.context["token"].astext).where(Mail.template == template, Mail.to == to)
        return session.scalars(found.order_by(Mail.id.desc())).first() or ""


def answer(app: Any, template: str, to: str, said: str = "yes") -> Any:
    client, path = app.test_client(), f"/purchases/changes/{link(template, to)}"
    assert client.get(path).status_code == 200
    return client, client.post(path, data={"csrf_token": token(client), "answer": said})


def open_as(app: Any, group: OrderGroup) -> Any:
    client = app.test_client()
    client.get(f"/purchases/open/{actions.purchase_token(group)}")
    return client


def ask_for(client: Any, group: OrderGroup, email: str = NEW) -> int:
    path = f"/purchases/{group.id}/address"
    return int(client.post(path, data={"csrf_token": token(client), "email": email}).status_code)


def timeline(world: World) -> list[str]:
    with db.workspace(world.north.id) as session:
        return list(session.scalars(select(OrderEvent.summary).order_by(OrderEvent.id)))


def test_an_address_changes_when_both_say_yes_and_old_links_die(world: World, app: Any, guest: OrderGroup) -> None:
    before, old_token = open_as(app, guest), actions.purchase_token(guest)
    assert ask_for(before, guest) == 303
    first, said = answer(app, "change_address_old", OLD)
    page = first.get(said.headers["Location"]).get_data(as_text=True)
    assert "You have said yes" in page and "Yes, it is me" not in page
    assert now(guest.id).email == OLD, "one yes is not enough"
    reader, done = answer(app, "change_address_new", NEW)
    assert done.status_code == 303 and now(guest.id).email == NEW
    assert actions.opened(old_token) is None and before.get(f"/purchases/{guest.id}").status_code == 404
    assert reader.get(f"/purchases/{guest.id}").status_code == 200 and "Pack" in reader.get("/library").get_data(True)
    assert "from old@reader.test to new@reader.test" in timeline(world)[-1]
    with db.workspace(world.north.id) as session:
        order = session.scalars(select(Order)).one()
        assert order.buyer_email == NEW and NEW in order.search_text
    assert link("address_of_purchase", OLD) == "", "the old address gets no link"
    assert link("address_of_purchase", NEW)


def test_a_second_yes_from_the_old_mailbox_reads_that_it_is_done(world: World, app: Any, guest: OrderGroup) -> None:
    asker = open_as(app, guest)
    field = asker.get(f"/purchases/{guest.id}/address").get_data(as_text=True)
    assert 'autocomplete="email"' in field and 'type="email"' in field
    ask_for(asker, guest)
    answer(app, "change_address_new", NEW)
    old, done = answer(app, "change_address_old", OLD)
    page = old.get(done.headers["Location"])
    words = page.get_data(as_text=True)
    assert page.status_code == 200 and "a new link to it was mailed there" in words
    assert "Yes, it is me" not in words and NEW not in words, "the new address stays masked"
    assert now(guest.id).email == NEW and old.get(f"/purchases/{guest.id}").status_code == 404


def test_whoever_holds_a_link_alone_takes_nothing(world: World, app: Any, guest: OrderGroup) -> None:
    thief = open_as(app, guest)
    ask_for(thief, guest, "thief@elsewhere.test")
    answer(app, "change_address_new", "thief@elsewhere.test")
    assert now(guest.id).email == OLD
    answer(app, "change_address_old", OLD, "no")
    assert now(guest.id).email == OLD and "Refused" in timeline(world)[-1]
    _, late = answer(app, "change_address_new", "thief@elsewhere.test")
    assert late.status_code == 410 and now(guest.id).email == OLD


def test_a_seller_vouches_where_the_old_mailbox_is_gone(world: World, app: Any, guest: OrderGroup) -> None:
    ask_for(open_as(app, guest), guest)
    with db.workspace(world.north.id) as session:
        order = session.scalars(select(Order)).one()
    seller = world.sign_in(app.test_client(), world.bob)
    page = seller.get(f"/w/{world.north.slug}/orders/{order.number}").get_data(as_text=True)
    assert "The buyer wants another e-mail address" in page
    path = f"/w/{world.north.slug}/orders/{order.id}/vouchers"
    viewer = world.sign_in(app.test_client(), world.vera)
    assert viewer.post(path, data={"csrf_token": token(viewer)}).status_code == 403
    assert seller.post(path, data={"csrf_token": token(seller)}).status_code == 303
    assert now(guest.id).email == OLD, "the seller alone moves nothing"
    answer(app, "change_address_new", NEW)
    assert now(guest.id).email == NEW


def test_a_seller_cannot_vouch_for_others_orders(world: World, app: Any, run_jobs: Any) -> None:
    mine = world.product(world.shop(world.north), "Pack", ships=False, downloads=True)
    theirs = world.product(world.shop(world.other), "Song", ships=False, downloads=True)
    group_id = place(world, new_id(), (mine, 1), (theirs, 1), email=OLD)
    pay(group_id, run_jobs)
    actions.ask_email(group_id, NEW)
    with db.workspace(world.north.id) as session:
        order_id = session.scalars(select(Order.id)).one()
    seller = world.sign_in(app.test_client(), world.alice)
    path = f"/w/{world.north.slug}/orders/{order_id}/vouchers"
    assert seller.post(path, data={"csrf_token": token(seller)}).status_code == 409
    answer(app, "change_address_new", NEW)
    assert now(group_id).email == OLD


def test_a_link_is_claimed_into_another_account_when_its_address_agrees(
    world: World, app: Any, guest: OrderGroup
) -> None:
    fay, old_token = world.sign_in(app.test_client(), world.fay), actions.purchase_token(guest)
    page = fay.get(f"/purchases/open/{old_token}").get_data(as_text=True)
    assert "Add to my library" in page
    claimed = fay.post("/purchases/claims", data={"csrf_token": token(fay), "token": old_token})
    assert claimed.status_code == 303 and "Pack" not in fay.get("/library").get_data(as_text=True)
    answer(app, "claim_purchase", OLD)
    assert "Pack" in fay.get("/library").get_data(as_text=True) and now(guest.id).buyer_id == world.fay.id
    assert actions.opened(old_token) is None
    bob = world.sign_in(app.test_client(), world.bob)
    again = actions.purchase_token(now(guest.id))
    assert bob.post("/purchases/claims", data={"csrf_token": token(bob), "token": again}).status_code == 409


def test_a_moved_purchase_keeps_what_was_counted(world: World, app: Any, guest: OrderGroup) -> None:
    """Or a limit would begin anew with every move."""
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
        file_id = session.scalar(select(Grant.product_id)) and _file(session)
        row = {"grant_id": grant.id, "file_id": file_id, "buyer_id": grant.buyer_id, "ip": "", "user_agent": ""}
        db.add(Download(**row, bytes_sent=1, completed_at=db.now(), counted=True))
    actions.claim(world.fay.id, OLD)
    with db.buyer(world.fay.id) as session:
        assert session.scalars(select(Download.counted)).all() == [True]


def _file(session: Any) -> Any:
    from app.catalogue.models import File

    return session.scalars(select(File.id)).one()
