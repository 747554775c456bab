"""When a limit is reached: the buyer asks once, the seller sees who downloaded what and gives it back."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.access.models import Grant
from app.catalogue.models import File
from app.core import audit, db
from app.core.mail import Mail
from app.downloads import queries
from app.downloads.models import Download
from app.notifications.models import InboxItem
from app.orders.models import Order, OrderEvent
from tests.asked import statements
from tests.orders.selling import pay, place
from tests.world import World

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def bought(world: World, run_jobs: Any, app: Any) -> dict[str, Any]:
    """Fay bought a pack whose file may be downloaded once."""
    shop = world.shop(world.north)
    product = world.product(shop, "Pack", ships=False, downloads=True)
    with db.workspace(world.north.id) as session:
        file = product and session.scalars(select(File)).one()
        file.download_limit = 1
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    return {"grant": grant, "file": file, "fay": world.sign_in(app.test_client(), world.fay)}


def token(client: Any) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/discover").get_data(as_text=True))
    assert found is not None
    return found.group(1)


def download(bought: dict[str, Any]) -> Any:
    client, grant = bought["fay"], bought["grant"]
    path = f"/library/{grant.id}/files/{bought['file'].id}/links"
    answer = client.post(path, data={"csrf_token": token(client)})
    if answer.status_code != 303:
        return answer
    sent = client.get(
        answer.headers["Location"], headers={"User-Agent": FIREFOX}, environ_base={"REMOTE_ADDR": "203.0.113.77"}
    )
    assert sent.data
    return sent


def ask(bought: dict[str, Any]) -> Any:
    client = bought["fay"]
    return client.post(f"/library/{bought['grant'].id}/requests", data={"csrf_token": token(client)})


def reset(world: World, app: Any, bought: dict[str, Any], person: Any) -> Any:
    seller = world.sign_in(app.test_client(), person)
    path = f"/w/{world.north.slug}/grants/{bought['grant'].id}/limit-resets"
    return seller.post(path, data={"csrf_token": token(seller)})


def panel(world: World, app: Any, bought: dict[str, Any]) -> str:
    path = f"/w/{world.north.slug}/orders/{bought['grant'].order_id}/downloads"
    return str(world.sign_in(app.test_client(), world.vera).get(path).get_data(as_text=True))


def mails(template: str) -> int:
    with db.system("test world") as session:
        return session.scalar(select(func.count()).where(Mail.template == template)) or 0


def told(world: World) -> list[str]:
    with db.workspace(world.north.id) as session:
        return list(
            session.scalars(select(OrderEvent.summary).where(OrderEvent.kind == "access").order_by(OrderEvent.id))
        )


def test_a_reached_limit_has_words_and_a_way_out(world: World, app: Any, bought: dict[str, Any]) -> None:
    assert download(bought).status_code == 200
    refused = download(bought)
    assert refused.status_code == 403
    page = bought["fay"].get(f"/library/{bought['grant'].id}").get_data(as_text=True)
    assert "The limit of every file is reached" in page and "Ask the seller for more" in page
    assert "Limit reached" in bought["fay"].get("/library").get_data(as_text=True)
    assert ask(bought).status_code == 303
    page = bought["fay"].get(f"/library/{bought['grant'].id}").get_data(as_text=True)
    assert "It waits for the seller" in page and "Ask the seller for more" not in page
    assert mails("downloads_asked") == 2, "to the owner and the admin"
    again = ask(bought)
    assert again.status_code == 409 and "asked the seller already" in again.get_data(as_text=True)
    assert mails("downloads_asked") == 2 and told(world) == ["Asked for more downloads of Pack"]
    assert "The buyer asked for more" in panel(world, app, bought)


def test_the_seller_gives_downloads_back_once_and_the_buyer_hears_of_it(
    world: World, app: Any, bought: dict[str, Any]
) -> None:
    download(bought)
    ask(bought)
    for _ in range(2):
        assert reset(world, app, bought, world.bob).status_code == 303
    assert mails("downloads_reset") == 1
    assert told(world)[-1] == "Gave back the downloads of Pack"
    with db.workspace(world.north.id) as session:
        actions = list(
            session.scalars(select(audit.AuditEntry.action).where(audit.AuditEntry.action.like("downloads.%")))
        )
    assert actions == ["downloads.reset"]
    assert "The buyer asked for more" not in panel(world, app, bought)
    assert download(bought).status_code == 200
    assert ask(bought).status_code == 303, "a new limit may be asked about again"


def waiting(world: World, app: Any, person: Any) -> tuple[str, list[str]]:
    """What Today says, and the addresses that the person's inbox holds unread."""
    today = world.sign_in(app.test_client(), person).get(f"/w/{world.north.slug}").get_data(as_text=True)
    unread = select(InboxItem.path).where(InboxItem.kind == "downloads.asked", InboxItem.read_at.is_(None))
    with db.buyer(person.id) as session:
        return today, list(session.scalars(unread.where(InboxItem.user_id == person.id)))


@pytest.mark.parametrize("given", ["limit-resets", "limits", "closings", "deliveries"])
def test_a_request_waits_on_today_and_in_inboxes_until_it_is_answered(
    world: World, app: Any, bought: dict[str, Any], given: str
) -> None:
    download(bought)
    ask(bought)
    with db.workspace(world.north.id) as session:
        number = session.scalars(select(Order.number)).one()
    place_of_it = f"/w/{world.north.slug}/orders/{number}#order-downloads"
    for person in (world.alice, world.bob):
        today, unread = waiting(world, app, person)
        assert "buyer asks for more downloads" in today and f'href="{place_of_it}"' in today
        assert unread == [place_of_it]
    assert waiting(world, app, world.vera)[1] == [], "who may not answer is not asked"
    seller = world.sign_in(app.test_client(), world.bob)
    about = f"orders/{bought['grant'].order_id}" if given == "deliveries" else f"grants/{bought['grant'].id}"
    form = {"csrf_token": token(seller), "limit": "none", "reset": "y"}
    assert seller.post(f"/w/{world.north.slug}/{about}/{given}", data=form).status_code == 303
    for person in (world.alice, world.bob):
        today, unread = waiting(world, app, person)
        assert "asks for more downloads" not in today and unread == []
    assert "The buyer asked for more" not in panel(world, app, bought)


def test_a_viewer_cannot_give_them_back(world: World, app: Any, bought: dict[str, Any]) -> None:
    download(bought)
    assert "limit-resets" not in panel(world, app, bought)
    assert reset(world, app, bought, world.vera).status_code == 403
    assert reset(world, app, bought, world.charlie).status_code == 404
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Download.counted)).all() == [True]
    assert mails("downloads_reset") == 0


def test_nothing_is_asked_for_while_something_is_left_or_by_somebody_else(
    world: World, app: Any, bought: dict[str, Any]
) -> None:
    assert ask(bought).status_code == 422
    other = world.sign_in(app.test_client(), world.bob)
    answer = other.post(f"/library/{bought['grant'].id}/requests", data={"csrf_token": token(other)})
    assert answer.status_code == 404
    assert mails("downloads_asked") == 0 and told(world) == []


def test_the_log_tells_places_and_devices_apart_without_naming_a_person(
    world: World, app: Any, bought: dict[str, Any]
) -> None:
    download(bought)
    page = panel(world, app, bought)
    assert "Firefox on Windows" in page and "203.0.113.x" in page
    assert "203.0.113.77" not in page


@pytest.mark.parametrize(
    ("ip", "shown"),
    [("203.0.113.77", "203.0.113.x"), ("2001:db8:1:2::7", "2001:db8:1::…"), ("", ""), ("unknown", "unknown")],
)
def test_addresses_are_shortened(ip: str, shown: str) -> None:
    assert queries.shortened(ip) == shown


def test_a_fuller_library_asks_no_more_questions(world: World, app: Any, bought: dict[str, Any], run_jobs: Any) -> None:
    def questions() -> int:
        bought["fay"].get("/library")
        with statements() as asked:
            assert bought["fay"].get("/library").status_code == 200
        return len(asked)

    few = questions()
    shop = world.shop(world.north)
    for number in range(3):
        pay(place(world, world.fay.id, (world.product(shop, f"P{number}", ships=False, downloads=True), 1)), run_jobs)
    assert questions() == few
