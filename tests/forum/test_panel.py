"""The team's panel beside a thread: what it shows, what can be done, and that nobody else ever gets it."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.models import Grant
from app.core import db
from app.core.mail import Mail
from app.core.web.visitor import cookie_name
from app.downloads.models import Download
from app.forum import queries
from app.forum.models import Thread
from app.live import telling
from app.orders import actions as orders
from app.orders.models import Fulfilment, Order
from tests.asked import statements
from tests.forum.conftest import Town, actor
from tests.orders.selling import pay, place

SECRETS = ("RM-4711", "Deliver again", "Only your team sees this", "/panel")


@dataclass
class Case:
    """Fay bought a print, which was sent, and brushes to download; then she asked."""

    town: Town
    thread: Thread
    order: Order
    sent: Fulfilment
    grant: Grant
    path: str

    def panel(self, client: Any, person: Any) -> Any:
        return self.town.browser(client, person).get(self.path)


@pytest.fixture
def case(town: Town, run_jobs: Any) -> Case:
    world = town.world
    shop = world.shop(world.north)
    both = (world.product(shop, "Nebula"), 1), (world.product(shop, "Brush pack", ships=False, downloads=True), 1)
    group = place(world, world.fay.id, *both)
    pay(group, run_jobs)
    thread = town.start(world.fay, "Where is my print?")
    with db.workspace(world.north.id, world.alice.id) as session:
        order = session.scalars(select(Order).where(Order.group_id == group)).one()
        quantities = {line.id: 1 for line in order.lines if line.ships}
        sent = orders.fulfil(actor(world.alice), order, quantities, "Royal Mail", "RM-4711", "https://track.example/1")
        grant = session.scalars(select(Grant).where(Grant.downloads)).one()
    path = f"/w/{world.north.slug}/forum/people/{world.fay.id}/panel"
    return Case(town, thread, order, sent, grant, f"{path}?thread={thread.id}")


def mails(template: str) -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).select_from(Mail).where(Mail.template == template)) or 0


def test_the_team_sees_order_parcel_and_downloads(client: Any, case: Case) -> None:
    shown = case.panel(client, case.town.world.bob)
    assert shown.headers["Cache-Control"] == "no-store, private"
    for words in (f"#{case.order.number}", "Nebula", "RM-4711", "Brush pack", "never downloaded", "Deliver again"):
        assert words in shown.text
    assert "/refunds/new" not in shown.text, "a member may not refund"
    assert "/refunds/new" in case.panel(client, case.town.world.ada).text
    assert "fay@" not in shown.text.lower()


def test_the_thread_offers_it_to_members_alone(client: Any, case: Case) -> None:
    world = case.town.world
    assert f"people/{world.fay.id}/panel" in case.town.browser(client, world.bob).get(f"/threads/{case.thread.id}").text
    case.town.reply(world.bob, case.thread, "It left on Monday.")
    client.delete_cookie(cookie_name("session"), domain="localhost")
    for person in (None, world.fay, world.charlie):
        browser = case.town.browser(client, person)
        for path in (f"/threads/{case.thread.id}", case.town.path, f"{case.town.path}/general"):
            page = browser.get(path).text
            assert not [one for one in SECRETS if one in page], (path, person)


def test_nobody_else_gets_it(client: Any, case: Case) -> None:
    world = case.town.world
    assert case.panel(client, None).status_code == 303
    for person in (world.fay, world.charlie):
        assert case.panel(client, person).status_code == 404
    elsewhere = f"/w/{world.other.slug}/forum/people/{world.fay.id}/panel?thread={case.thread.id}"
    answer = case.town.browser(client, world.charlie).get(elsewhere)
    assert answer.status_code == 404 and "RM-4711" not in answer.text


def test_a_viewer_sees_and_does_nothing(client: Any, case: Case) -> None:
    shown = case.panel(client, case.town.world.vera)
    assert shown.status_code == 200 and "RM-4711" in shown.text
    assert "Deliver again" not in shown.text and "tracking again" not in shown.text
    vera = case.town.browser(client, case.town.world.vera)
    base = case.path.partition("/panel")[0]
    assert vera.post(f"{base}/deliveries", grant=case.grant.id).status_code == 403
    assert vera.post(f"{base}/trackings", fulfilment=case.sent.id).status_code == 403
    assert mails("purchases_link") == 0 and mails("order_shipped") == 1


def test_what_is_pushed_carries_nothing_of_it(app: Any, case: Case) -> None:
    """Pushed HTML is drawn once, for everybody who reads the thread."""
    post = case.town.reply(case.town.world.bob, case.thread, "It left on Monday.")
    with db.workspace(case.town.world.north.id):
        look = queries.pushing.look(case.thread.id, post.id, [case.town.world.bob.id, case.town.world.fay.id])
    with app.app_context():
        told = str(telling.drawn(look))
    assert "It left on Monday." in told and not [one for one in SECRETS if one in told]


def test_delivering_again_gives_downloads_back_or_sends_the_link(client: Any, case: Case) -> None:
    world = case.town.world
    bob, base = case.town.browser(client, world.bob), case.path.partition("/panel")[0]
    sent = bob.post(f"{base}/deliveries", grant=case.grant.id)
    assert sent.status_code == 200 and "on its way to the buyer" in sent.text and mails("purchases_link") == 1
    with db.workspace(world.north.id):
        file = db.get(Grant, case.grant.id).product.files[0]
        db.add(
            Download(
                grant_id=case.grant.id,
                file_id=file.id,
                buyer_id=world.fay.id,
                first_byte=0,
                last_byte=3,
                bytes_sent=4,
                counted=True,
                ip="203.0.113.7",
                user_agent="",
            )
        )
    assert "1 ×" in case.panel(client, world.bob).text.replace("</span>", "").replace('<span class="num">', "")
    given = case.town.browser(client, world.bob).post(f"{base}/deliveries", grant=case.grant.id)
    assert "given back" in given.text and mails("downloads_reset") == 1 and mails("purchases_link") == 1


def test_the_tracking_goes_out_again_once_in_ten_minutes(client: Any, case: Case) -> None:
    bob, base = case.town.browser(client, case.town.world.bob), case.path.partition("/panel")[0]
    with db.at(db.now().replace(minute=5)):
        for _ in range(2):
            assert bob.post(f"{base}/trackings", fulfilment=case.sent.id).status_code == 200
    assert mails("order_shipped") == 2


def test_what_belongs_to_somebody_else_is_not_touched(client: Any, case: Case) -> None:
    """The panel of one person takes no ids of another's order."""
    world = case.town.world
    case.town.start(world.charlie, "I am new")
    base = f"/w/{world.north.slug}/forum/people/{world.charlie.id}"
    bob = case.town.browser(client, world.bob)
    assert bob.post(f"{base}/deliveries", grant=case.grant.id).status_code == 404
    assert bob.post(f"{base}/trackings", fulfilment=case.sent.id).status_code == 404
    assert mails("purchases_link") == 0 and mails("order_shipped") == 1
    assert "No order here yet" in bob.get(f"{base}/panel").text


def test_the_panel_costs_the_same_for_many_orders(client: Any, case: Case, run_jobs: Any) -> None:
    world = case.town.world
    browser = case.town.browser(client, world.bob)
    browser.get(case.path)
    with statements() as few:
        browser.get(case.path)
    pack = world.product(world.shop(world.north), "More brushes", ships=False, downloads=True)
    for _ in range(4):
        pay(place(world, world.fay.id, (pack, 1)), run_jobs)
    with statements() as many:
        assert browser.get(case.path).status_code == 200
    assert len(many) <= len(few), "\n".join(many)
