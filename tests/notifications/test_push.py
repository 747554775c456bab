"""From «turn on in this browser» to what a push service got: through pages, jobs and the sandbox's service over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from app.core import db, settings, webpush
from app.core.outbox import OutboxJob
from app.notifications import actions, queries
from app.notifications.choices import Wish
from app.notifications.models import PushDevice, PushMessage
from app.notifications.quiet import Hours
from tests.notifications.telling import items, read, tell
from tests.orders.selling import pay, place
from tests.world import World

PAGE = "/me/notifications"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


@dataclass
class Ears:
    """A browser that listens at the sandbox's push service."""

    doors: str
    told: dict[str, Any]

    @property
    def form(self) -> dict[str, str]:
        return {"endpoint": self.told["endpoint"], **self.told["keys"]}

    def heard(self) -> list[dict[str, Any]]:
        found = requests.get(f"{self.doors}/{self.told['token']}/messages", timeout=20).json()
        return [one["body"] | {"topic": one["topic"], "urgency": one["urgency"]} for one in found]

    def answer(self, status: int, **more: Any) -> None:
        url = f"{self.doors}/{self.told['token']}/faults"
        assert requests.post(url, json={"status": status, **more}, timeout=20).ok

    def leave(self) -> None:
        assert requests.delete(f"{self.doors}/{self.told['token']}", timeout=20).ok


def listen(sandbox: Any) -> Ears:
    doors = f"{sandbox.url}/_sandbox/push/receivers"
    return Ears(doors, requests.post(doors, json={"key": webpush.public_key()}, timeout=20).json())


@pytest.fixture
def ears(stripe_sandbox: Any) -> Ears:
    return listen(stripe_sandbox)


@pytest.fixture
def alice(world: World, client: Any) -> Any:
    return world.sign_in(client, world.alice)


@pytest.fixture
def another(app: Any, world: World) -> Iterator[Any]:
    yield world.sign_in(app.test_client(), world.charlie)


def post(client: Any, path: str, **fields: str) -> Any:
    token = client.get(PAGE).text.split('name="csrf-token" content="')[1].split('"')[0]
    return client.post(path, data={"csrf_token": token, **fields})


def turn_on(client: Any, ears: Ears) -> Any:
    answer = post(client, f"{PAGE}/devices", **ears.form)
    assert answer.status_code == 303, answer.text
    return answer


def devices(user_id: UUID) -> list[PushDevice]:
    with db.buyer(user_id):
        return queries.devices(user_id)


def states() -> list[str]:
    with db.system("test world") as session:
        return [one.state for one in session.scalars(select(PushMessage).order_by(PushMessage.id))]


def pushes() -> list[OutboxJob]:
    with db.system("test world") as session:
        rows = select(OutboxJob).where(OutboxJob.name == "notifications.push").order_by(OutboxJob.id)
        return list(session.scalars(rows.execution_options(populate_existing=True)))


def test_a_paid_order_rings_once_and_names_nobody(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    turn_on(alice, ears)
    pay(place(world, world.fay.id, (world.product(world.shop(world.north), "Nebula"), 1)), run_jobs)
    run_jobs(only="notifications.push")
    [message] = ears.heard()
    [item] = items(world.alice.id)
    assert (message["title"], message["body"]) == ("New order · Northlight", item.title)
    assert item.title.startswith("#") and "$25.00" in item.title
    assert message["path"] == f"/inbox/{item.id}" and message["unread"] == 1 and message["urgency"] == "high"
    assert message["topic"] == message["tag"] and "order" not in message["tag"]
    assert "Fay" not in str(message) and "Bristol" not in str(message)
    again = pushes()[0]
    with db.system("test world"):
        actions.tell(world.alice.id, "orders.new", item.subject, title=item.title, words="", path=item.path)
        actions.push(UUID(again.payload["message_id"]))
    run_jobs(only="notifications.")
    assert len(ears.heard()) == 1
    where = alice.get(message["path"]).headers["Location"]
    assert where.startswith(f"/w/{world.north.slug}/orders/") and alice.get(where).status_code == 200
    assert items(world.charlie.id) == [] and len(items(world.vera.id)) == 1


def test_looking_at_the_order_makes_it_no_news(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    pay(place(world, world.fay.id, (world.product(world.shop(world.north)), 1)), run_jobs)
    [item] = items(world.alice.id)
    assert item.read_at is None and alice.get(item.path).status_code == 200
    assert items(world.alice.id)[0].read_at is not None and items(world.ada.id)[0].read_at is None


def test_what_came_together_rings_together_and_what_was_read_does_not(
    world: World, alice: Any, ears: Ears, run_jobs: Any
) -> None:
    turn_on(alice, ears)
    for number in range(4):
        tell(world.alice.id, subject=f"thread:{number}", title=f"Thread {number}", workspace_id=world.north.id)
    read(world.alice.id, items(world.alice.id)[0].id)
    run_jobs(only="notifications.push")
    [message] = ears.heard()
    assert message["title"] == "3 replies · Northlight" and message["body"] == "Thread 1, Thread 2, Thread 3"
    assert sorted(states()) == ["dropped", "joined", "joined", "sent"]


def test_quiet_hours_are_kept_in_ones_own_zone(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    turn_on(alice, ears)
    still = {"still": "y", "starts": "20:00", "ends": "07:30", "zone": "Asia/Tokyo"}
    assert post(alice, f"{PAGE}/quiet", **still).status_code == 303
    with db.at(NOON):  # nine in the evening in Tokyo
        tell(world.alice.id)
    [job] = pushes()
    assert job.due_at == datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    post(alice, f"{PAGE}/quiet", starts="20:00", ends="07:30", zone="Asia/Tokyo")
    with db.buyer(world.alice.id):
        assert queries.quiet_hours(world.alice.id) is None
    refused = post(alice, f"{PAGE}/quiet", still="y", starts="08:00", ends="08:00", zone="Mars/Olympus")
    assert refused.status_code == 422
    with db.buyer(world.alice.id):
        assert queries.quiet_hours(world.alice.id) is None


@pytest.mark.parametrize(
    ("hours", "until"),
    [
        (Hours("UTC", 9 * 60, 17 * 60), NOON.replace(hour=17)),
        (Hours("UTC", 17 * 60, 9 * 60), None),
        (Hours("UTC", 12 * 60, 11 * 60), NOON.replace(day=2, hour=11)),
        (Hours("America/New_York", 0, 9 * 60), NOON.replace(hour=13)),
    ],
)
def test_quiet_ends(hours: Hours, until: datetime | None) -> None:
    assert hours.until(NOON) == until


def test_a_subscription_that_ended_is_forgotten(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    turn_on(alice, ears)
    ears.leave()
    tell(world.alice.id)
    run_jobs(only="notifications.push")
    assert devices(world.alice.id) == [] and states() == [] and ears.heard() == []
    assert pushes()[0].done_at is not None and pushes()[0].dead_at is None


@pytest.mark.parametrize(
    ("status", "more", "seconds"), [(429, {"retry_after": 900}, 900), (500, {}, 1), (413, {}, None)]
)
def test_a_service_that_is_busy_is_asked_again_when_it_says_and_one_that_refuses_is_not(
    world: World, alice: Any, ears: Ears, run_jobs: Any, status: int, more: dict[str, int], seconds: int | None
) -> None:
    turn_on(alice, ears)
    ears.answer(status, **more)
    tell(world.alice.id)
    run_jobs(only="notifications.push", limit=1)
    [job] = pushes()
    assert (job.dead_at is not None) is (seconds is None) and ears.heard() == []
    assert len(devices(world.alice.id)) == 1
    if seconds is None:
        return
    assert job.due_at - job.created_at >= timedelta(seconds=seconds)
    with db.system("test world"):
        actions.push(UUID(job.payload["message_id"]))
        actions.push(UUID(job.payload["message_id"]))
    assert len(ears.heard()) == 1 and states() == ["sent"]


def test_only_who_wants_it_is_rung(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    turn_on(alice, ears)
    with db.buyer(world.alice.id):
        actions.choose(world.alice.id, {"forum.reply": Wish(True, "never", push=False)})
    tell(world.alice.id)
    tell(world.alice.id, "forum.followed")
    assert pushes() == [] and len(items(world.alice.id)) == 2
    with db.buyer(world.alice.id):
        actions.choose(world.alice.id, {"forum.mention": Wish(False, "bundled", push=True)})
    tell(world.alice.id, "forum.mention", "thread:9")
    assert pushes() == []


def test_signing_out_silences_the_browser_at_once(
    world: World, alice: Any, ears: Ears, run_jobs: Any, app: Any
) -> None:
    turn_on(alice, ears)
    tell(world.alice.id)
    assert post(alice, "/sign-out").status_code == 303
    run_jobs(only="notifications.push")
    assert ears.heard() == []
    run_jobs()
    with db.system("test world") as session:
        assert session.scalars(select(PushDevice)).all() == []


def test_a_browser_that_changed_hands_rings_for_its_new_owner_alone(
    world: World, alice: Any, another: Any, ears: Ears, run_jobs: Any
) -> None:
    turn_on(alice, ears)
    turn_on(another, ears)
    tell(world.alice.id)
    tell(world.charlie.id, title="Yours")
    run_jobs(only="notifications.push")
    assert [one["body"] for one in ears.heard()] == ["Yours"] and devices(world.alice.id) == []


def test_somebody_elses_device_cannot_be_touched(
    world: World, alice: Any, another: Any, ears: Ears, stripe_sandbox: Any
) -> None:
    turn_on(alice, ears)
    [device] = devices(world.alice.id)
    for path in ("removal", "tries"):
        assert post(another, f"{PAGE}/devices/{device.id}/{path}").status_code == 404
    theirs = listen(stripe_sandbox).form | {"endpoint": ears.form["endpoint"]}
    turn_on(another, Ears("", {"endpoint": theirs.pop("endpoint"), "keys": theirs}))
    assert [one.id for one in devices(world.alice.id)] == [device.id] and states() == []


def test_a_device_is_listed_tried_and_removed(world: World, alice: Any, ears: Ears, run_jobs: Any) -> None:
    assert turn_on(alice, ears).headers["Location"] == f"{PAGE}#devices"
    turn_on(alice, ears)
    [device] = devices(world.alice.id)
    assert "This browser" in alice.get(PAGE).text
    assert post(alice, f"{PAGE}/devices/{device.id}/tries").status_code == 303
    run_jobs(only="notifications.push")
    assert [one["title"] for one in ears.heard()] == ["Push works here"]
    assert post(alice, f"{PAGE}/devices/{device.id}/removal").status_code == 303
    assert devices(world.alice.id) == []
    tell(world.alice.id)
    assert pushes()[1:] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"endpoint": "http://push.example/x"},
        {"endpoint": "https://127.0.0.1/x"},
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": "https://push.example:9000/x"},
        {"endpoint": "javascript:alert(1)"},
        {"endpoint": f"https://push.example/{'x' * 1000}"},
        {"p256dh": "AAAA"},
        {"auth": "?"},
        {"auth": ""},
    ],
)
def test_nonsense_is_refused_and_nothing_kept(world: World, alice: Any, ears: Ears, changed: dict[str, str]) -> None:
    answer = post(alice, f"{PAGE}/devices", **{**ears.form, **changed})
    assert answer.status_code == 422 and 'role="alert"' in answer.text
    assert devices(world.alice.id) == []


def test_without_a_key_the_page_says_so_and_nothing_can_be_turned_on(
    world: World, alice: Any, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(settings.current()), "vapid_private_key", "")
    page = alice.get(PAGE).text
    assert "Push is not available here" in page and "push_orders_new" not in page
    refused = post(alice, f"{PAGE}/devices", **ears.form)
    assert refused.status_code == 422 and devices(world.alice.id) == []
    tell(world.alice.id)
    assert pushes() == [] and len(items(world.alice.id)) == 1


def test_what_is_pushed_is_encrypted_as_the_standard_shows_it() -> None:
    """RFC 8291, appendix A, byte by byte."""
    raw = webpush._decoded
    to = webpush.Subscription(
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
    )
    sender = webpush._private(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
    body = webpush.encrypted(
        to, b"When I grow up, I want to be a watermelon", sender=sender, salt=raw("DGv6ra1nlYgDCS1FRnbzlw")
    )
    assert webpush._encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl"
        "95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
