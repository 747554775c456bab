"""Who is a stranger, and what happens when there are many: the lock, the way out, and nothing for those who only travel."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import Product
from app.core import db
from app.core.actor import Actor
from app.core.mail import Mail
from app.downloads import actions, sharing
from app.downloads.models import SharingLock, Sighting
from app.orders.models import OrderEvent
from tests.downloads.test_limits import bought, download, panel, token  # noqa: F401  (bought is a fixture)
from tests.world import World

PAIRS = st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14)


def seen(device: UUID, network: int, family: str = "Firefox on Android") -> actions.Seen:
    return actions.Seen(device, family, sharing.network(f"10.0.{network}.7"))


def phone(networks: int) -> list[actions.Seen]:
    device = uuid4()
    return [seen(device, number) for number in range(networks)]


def home(devices: int, network: int = 200) -> list[actions.Seen]:
    return [seen(uuid4(), network) for _ in range(devices)]


def strangers(devices: int, networks: int) -> list[actions.Seen]:
    return [seen(uuid4(), number % networks) for number in range(devices)]


def all_in(sale: dict[str, Any], fetches: Iterable[actions.Seen]) -> int | None:
    """How many were served before the lock; None when there was none."""
    with db.system("test world"):
        for number, one in enumerate(fetches):
            try:
                actions.note_sighting(sale["grant"], one)
            except actions.LooksShared:
                return number
    return None


@pytest.mark.parametrize(
    ("who", "fetches", "served"),
    [
        ("a commuter's phone on 40 networks", lambda: phone(40), None),
        ("a family with 4 devices in one home", lambda: home(4), None),
        ("that family, each phone travelling", lambda: [*home(4), *phone(20), *phone(20), *phone(20)], None),
        ("a university's network, one device", lambda: home(1), None),
        ("a class of 60 behind one address", lambda: home(60), None),
        ("somebody who hops through 120 exits of a VPN", lambda: phone(120), None),
        ("a home with 6 devices, and a phone on 40 networks", lambda: [*home(6), *phone(40)], None),
        ("a link in a forum: 30 devices, 25 networks", lambda: strangers(30, 25), 8),
        ("an office of 9, each from their own home", lambda: strangers(9, 9), 8),
    ],
)
def test_strangers_are_told_from_travellers(
    world: World,
    bought: dict[str, Any],  # noqa: F811
    who: str,
    fetches: Any,
    served: int | None,
) -> None:
    assert all_in(bought, fetches()) == served, who


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PAIRS)
def test_places_are_a_maximum_matching(pairs: set[tuple[int, int]]) -> None:
    named = [(f"d{device}", f"n{network}") for device, network in pairs]
    found = sharing.places(named)
    assert found == _tried(frozenset(named))
    assert found <= min(len({one for one, _ in named}), len({one for _, one in named})) if named else found == 0


def _tried(pairs: frozenset[tuple[str, str]]) -> int:
    """The same by trying everything."""
    if not pairs:
        return 0
    device, network = min(pairs)
    rest = frozenset(one for one in pairs if one != (device, network))
    apart = frozenset(one for one in rest if one[0] != device and one[1] != network)
    return max(_tried(rest), 1 + _tried(apart))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 60)), max_size=60))
def test_two_devices_are_never_more_than_two_places(pairs: list[tuple[int, int]]) -> None:
    assert sharing.places((f"d{device}", f"n{network}") for device, network in pairs) <= 2


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::7", "2001:0db8:0001::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("nonsense", "nonsense"),
    ],
)
def test_networks_are_shortened_before_they_are_kept(ip: str, network: str) -> None:
    assert sharing.network(ip) == network


def test_old_sightings_and_products_without_the_signal_lock_nothing(
    world: World,
    bought: dict[str, Any],  # noqa: F811
) -> None:
    with db.at(db.now() - timedelta(days=8)):
        assert all_in(bought, strangers(8, 8)) is None
    assert all_in(bought, strangers(8, 8)) is None, "what is older than the window does not count"
    with db.workspace(world.north.id):
        product = db.get(Product, bought["grant"].product_id)
        catalogue.set_sharing(Actor("person", "Alice"), product, None, 7)
    assert all_in(bought, strangers(40, 40)) is None
    with db.at(db.now() + timedelta(days=8)):
        assert actions.forget_sightings() > 0
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count()).select_from(Sighting)) == 0


def test_a_lock_is_said_kindly_and_opened_by_mail_once(
    world: World,
    app: Any,
    bought: dict[str, Any],  # noqa: F811
    run_jobs: Any,
) -> None:
    here = f"/library/{bought['grant'].id}"
    made = bought["fay"].post(f"{here}/files/{bought['file'].id}/links", data={"csrf_token": token(bought["fay"])})
    assert all_in(bought, strangers(12, 12)) == 7  # beside the buyer
    late = bought["fay"].get(made.headers["Location"])
    assert late.status_code == 409 and f'href="{here}"' in late.get_data(as_text=True)
    answer = download(bought)
    assert answer.status_code == 409 and "Is it you who downloads this?" in answer.get_data(as_text=True)
    page = bought["fay"].get(here).get_data(as_text=True)
    assert "Nothing is lost" in page and "9 places that have nothing in common" in page and "/links" not in page
    link = unlock_link()
    opened = app.test_client()
    assert "Yes, it is me" in opened.get(link).get_data(as_text=True)
    assert is_locked(world), "looking at the page opens nothing: programs that read mail look too"
    assert opened.post(link, data={"csrf_token": token(opened)}).status_code == 303
    assert not is_locked(world) and sightings(world) == 0
    assert opened.post(link, data={"csrf_token": token(opened)}).status_code == 410, "once"
    assert download(bought).status_code == 200
    assert "Proved their address" in timeline(world)[-1]


def test_the_seller_sees_why_and_lifts_it(world: World, app: Any, bought: dict[str, Any]) -> None:  # noqa: F811
    all_in(bought, strangers(12, 12))
    shown = panel(world, app, bought)
    assert "9 places" in shown and "10.0.3.0/24" in shown and "10.0.3.7" not in shown
    path = f"/w/{world.north.slug}/grants/{bought['grant'].id}/unlocks"
    viewer = world.sign_in(app.test_client(), world.vera)
    assert viewer.post(path, data={"csrf_token": token(viewer)}).status_code == 403 and is_locked(world)
    seller = world.sign_in(app.test_client(), world.bob)
    assert seller.post(path, data={"csrf_token": token(seller)}).status_code == 303
    assert not is_locked(world)
    assert timeline(world)[-1] == "Opened downloads of Pack again"
    assert download(bought).status_code == 200


def test_the_same_browser_is_one_device_wherever_it_goes(world: World, bought: dict[str, Any]) -> None:  # noqa: F811
    """Through the real doors: the cookie says that it is the same one."""
    with db.workspace(world.north.id):
        db.get(Product, bought["grant"].product_id).sharing_places = 2
        bought["file"].download_limit = None
    client, path = bought["fay"], f"/library/{bought['grant'].id}/files/{bought['file'].id}/links"
    for number in range(6):
        place = {"REMOTE_ADDR": f"10.9.{number}.1"}
        answer = client.post(path, data={"csrf_token": token(client)}, environ_base=place)
        assert client.get(answer.headers["Location"], environ_base=place).status_code == 200
    with db.workspace(world.north.id) as session:
        assert session.scalar(select(func.count(func.distinct(Sighting.device_id)))) == 1
        session.execute(delete(Sighting))


def unlock_link() -> str:
    with db.system("test world") as session:
        [context] = session.scalars(select(Mail.context).where(Mail.template == "unlock_downloads"))
    return f"/unlock/{context['token']}"


def is_locked(world: World) -> bool:
    with db.workspace(world.north.id) as session:
        return bool(session.scalars(select(SharingLock).where(SharingLock.lifted_at.is_(None))).all())


def sightings(world: World) -> int:
    with db.workspace(world.north.id) as session:
        return session.scalar(select(func.count()).select_from(Sighting)) or 0


def timeline(world: World) -> list[str]:
    with db.workspace(world.north.id) as session:
        assert session.scalars(select(Grant)).one()
        rows = select(OrderEvent.summary).where(OrderEvent.kind == "access").order_by(OrderEvent.id)
        return list(session.scalars(rows))


def test_a_cookie_that_is_not_ours_is_a_new_device(world: World, bought: dict[str, Any]) -> None:  # noqa: F811
    for broken in ("", "x", "a.b.c", "InNvbWV0aGluZyI.c2lnbmVk"):
        bought["fay"].set_cookie("fetcher", broken)
        bought["file"].download_limit = None
        path = f"/library/{bought['grant'].id}/files/{bought['file'].id}/links"
        assert bought["fay"].post(path, data={"csrf_token": token(bought["fay"])}).status_code == 303
