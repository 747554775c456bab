"""Messages of providers: found, read with care, applied again once per press."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.core import db, inbox
from app.core.ids import new_id
from app.webhooks import receipts as applying
from tests.admin.conftest import asked_for, hidden, inbound, receipt, trail
from tests.asked import statements
from tests.security.stage import Browser

BASE = "/admin/webhooks"


@pytest.fixture
def effects() -> Iterator[list[str]]:
    """What messages of the source `bell` did, by their id; `broken` ones fail."""
    done: list[str] = []

    def ring(body: dict[str, Any]) -> None:
        if body.get("broken"):
            raise ValueError("the bell has no clapper")
        done.append(body["id"])

    applying.applies("bell", ring)
    yield done
    applying._appliers.pop("bell")


def press(operator: Browser, receipt_id: UUID, asked: str = "") -> Any:
    page = operator.get(f"{BASE}/{receipt_id}").get_data(as_text=True)
    return operator.post(f"{BASE}/{receipt_id}/replays", {"asked": asked or hidden(page, "asked")})


def test_a_message_that_fails_says_why_and_stays(operator: Browser, effects: list[str], run_jobs: Any) -> None:
    message = receipt("evt_b", "bell.rung", "bell", broken=True)
    run_jobs(only="webhooks.apply", limit=1)
    row = inbound(message)
    assert (row.attempts, row.handled_at, effects) == (1, None, [])
    page = operator.get(f"{BASE}?state=failed").get_data(as_text=True)
    assert "bell.rung" in page and "value error" in page
    assert "the bell has no clapper" in operator.get(f"{BASE}/{message}").get_data(as_text=True)


def test_a_press_applies_once_and_a_second_one_changes_nothing(
    operator: Browser, effects: list[str], run_jobs: Any
) -> None:
    message = receipt("evt_b", "bell.rung", "bell")
    run_jobs(only="webhooks.apply")
    assert effects == ["evt_b"] and inbound(message).handled_at is not None
    asked = hidden(operator.get(f"{BASE}/{message}").get_data(as_text=True), "asked")
    assert [press(operator, message, asked).status_code for _ in range(3)] == [303, 303, 303]
    assert asked_for() == 2 and inbound(message).handled_at is None
    run_jobs(only="webhooks.apply")
    assert effects == ["evt_b", "evt_b"] and inbound(message).handled_at is not None
    assert trail().count("admin.replay_receipt") == 1
    press(operator, message)
    assert asked_for() == 3 and trail().count("admin.replay_receipt") == 2


def test_a_made_up_press_is_refused(operator: Browser) -> None:
    message = receipt()
    assert press(operator, message, "yesterday").status_code == 422
    assert operator.post(f"{BASE}/{new_id()}/replays", {"asked": "2100-01-01T00:00:00+00:00"}).status_code == 404
    assert asked_for() == 1 and trail() == ["workspaces.appoint"]


def test_a_filtered_set_is_counted_first_and_applied_once(operator: Browser, effects: list[str], run_jobs: Any) -> None:
    ids = [receipt(f"evt_{number}", "bell.rung", "bell") for number in range(3)]
    other = receipt("evt_9", "bell.cast", "bell")
    run_jobs(only="webhooks.apply")
    page = operator.get(f"{BASE}/replays?source=bell&kind=bell.rung").get_data(as_text=True)
    assert "Apply again: 3 messages" in page and len(effects) == 4
    form = {"until": hidden(page, "until"), "source": "bell", "kind": "bell.rung"}
    for _ in range(2):
        assert operator.post(f"{BASE}/replays", form).status_code == 303
    assert [inbound(one).handled_at for one in ids] == [None] * 3 and inbound(other).handled_at is not None
    run_jobs(only="webhooks.apply")
    assert effects[4:] == ["evt_0", "evt_1", "evt_2"] and trail().count("admin.replay_receipts") == 1
    assert "Nothing to do" in operator.get(f"{BASE}/replays?source=none").get_data(as_text=True)


def test_what_arrives_after_the_count_is_not_swept_along(operator: Browser, effects: list[str]) -> None:
    receipt("evt_1", "bell.rung", "bell")
    until = hidden(operator.get(f"{BASE}/replays?source=bell").get_data(as_text=True), "until")
    late = receipt("evt_2", "bell.rung", "bell")
    with db.system("test world"):
        assert inbox.again(late, inbound(late).asked_at)
    before = asked_for()
    operator.post(f"{BASE}/replays", {"until": until, "source": "bell"})
    assert asked_for() == before + 1


PERSON = {"customer_details": {"email": "fay@buyer.example", "name": "Fay Morgan"}, "client_secret": "pi_1_secret_2"}


def test_nobody_is_named_until_asked_and_asking_is_written_down(operator: Browser) -> None:
    message = receipt(data={"object": {"id": "cs_1", "amount_total": 4200, **PERSON}, "name": "Fay Morgan"})
    page = operator.get(f"{BASE}/{message}").get_data(as_text=True)
    assert "cs_1" in page and "4200" in page
    assert "fay@buyer.example" not in page and "Fay Morgan" not in page and "pi_1_secret_2" not in page
    assert trail() == ["workspaces.appoint"]
    whole = operator.post(f"{BASE}/{message}/readings").get_data(as_text=True)
    assert "fay@buyer.example" in whole and "Fay Morgan" in whole and "pi_1_secret_2" not in whole
    assert trail() == ["workspaces.appoint", "admin.read_receipt"]
    assert "Olga" in operator.get(f"{BASE}/{message}").get_data(as_text=True)


def test_the_list_is_filtered_and_paged_without_gaps(operator: Browser) -> None:
    for number in range(120):
        receipt(f"evt_{number:03}", "a.rang" if number % 2 else "b.rang", "stripe" if number % 3 else "shippo")
    seen, path = [], BASE
    while path:
        page = operator.get(path).get_data(as_text=True)
        seen += [line.split("<")[0] for line in page.split('<div class="muted small wrap">')[1:]]
        found = page.split('rel="next" href="')[1:]
        path = BASE + found[0].split('"')[0].replace("&amp;", "&") if found else ""
    assert seen == [f"evt_{number:03}" for number in reversed(range(120))]
    only = operator.get(f"{BASE}?source=shippo&kind=a.rang&q=evt_01").get_data(as_text=True)
    assert "evt_015" in only and "evt_018" not in only and "evt_013" not in only
    assert "Nothing matches" in operator.get(f"{BASE}?q=evt_x").get_data(as_text=True)
    assert operator.get(f"{BASE}?before=nonsense&state=odd").status_code == 200


def test_a_longer_list_asks_the_database_no_more_often(operator: Browser) -> None:
    receipt("evt_first")
    with statements() as short:
        operator.get(BASE)
    for number in range(60):
        receipt(f"evt_{number}")
    with statements() as long:
        operator.get(BASE)
    assert len(long) <= len(short) <= 25
