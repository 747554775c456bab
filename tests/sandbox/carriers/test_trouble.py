"""Trouble on demand at the label providers: what was done before the answer was lost is done, and can be looked up."""

from typing import Any

import pytest
import requests

from .conftest import Api, Sandbox
from .test_easypost import bought, priced, wish


def easypost_buy(sandbox: Sandbox) -> tuple[Api, str, dict[str, Any]]:
    api = sandbox.easypost()
    shipment = api.post("/shipments", wish())
    return api, f"/shipments/{shipment['id']}/buy", {"rate": {"id": priced(shipment, "Priority")["id"]}}


def test_a_lost_answer_was_executed(sandbox: Sandbox) -> None:
    api, path, body = easypost_buy(sandbox)
    sandbox.door("faults", kind="drop_answer", path="/easypost/v2/shipments/*/buy")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", path, body)
    assert len(sandbox.effects("label")) == 1
    assert api.get(path.removesuffix("/buy"))["tracking_code"]
    assert api.refused("POST", path, body)[1]["error"]["code"] == "SHIPMENT.POSTAGE.EXISTS"


def test_a_garbled_answer_was_executed(sandbox: Sandbox) -> None:
    api, path, body = easypost_buy(sandbox)
    sandbox.door("faults", kind="invalid_json", path="/easypost/*", method="POST")
    answer = api.ask("POST", path, body)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert len(sandbox.effects("label")) == 1


@pytest.mark.parametrize(("fault", "status", "labels"), [
    ({"kind": "429"}, 429, 0),
    ({"kind": "500"}, 500, 0),
    ({"kind": "500", "when": "after"}, 500, 1),
    ({"kind": "carrier_refuses"}, 422, 0),
    ({"kind": "slow", "seconds": 0.2}, 200, 1),
])  # fmt: skip
def test_each_fault_does_what_it_says(sandbox: Sandbox, fault: dict[str, Any], status: int, labels: int) -> None:
    api, path, body = easypost_buy(sandbox)
    sandbox.door("faults", path="/easypost/v2/shipments/*/buy", **fault)
    answer = api.ask("POST", path, body)
    assert answer.status_code == status and len(sandbox.effects("label")) == labels
    assert ("Retry-After" in answer.headers) == (status == 429)
    if status == 422:
        assert answer.json()["error"]["code"] == "SHIPMENT.POSTAGE.FAILURE"


def test_events_are_doubled_and_reordered_on_demand(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    api.post("/webhooks", {"webhook": {"url": f"{sandbox.inbox.url}/hook"}})
    sandbox.door("faults", kind="duplicate_event", event="tracker.created", copies=3)
    shipment = bought(api)
    created = sandbox.inbox.wait_for("/hook", 3)
    assert len({letter["id"] for letter in created}) == 1
    sandbox.door("clock", advance=2)
    sandbox.inbox.wait_for("/hook", 4)
    sandbox.door("faults", kind="reorder_events", event="tracker.updated", times=2)
    for step in ("in_transit", "out_for_delivery"):
        sandbox.door(f"parcels/{shipment['tracking_code']}/scans", step=step)
    told = [letter["result"]["status"] for letter in sandbox.inbox.wait_for("/hook", 6)[4:]]
    assert told == ["out_for_delivery", "in_transit"]


def test_a_refused_letter_comes_again(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    api.post("/webhooks", {"webhook": {"url": f"{sandbox.inbox.url}/hook"}})
    sandbox.inbox.status = 503
    bought(api)
    sandbox.inbox.wait_for("/hook", 2)
    first, second = sandbox.inbox.bodies("/hook")[:2]
    assert first["id"] == second["id"]


def test_requests_are_counted_and_refused_where_a_limit_is_set(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    sandbox.door("request-limits", provider="easypost", per_minute=2)
    try:
        statuses = [api.ask("GET", "/users").status_code for _ in range(4)]
    finally:
        sandbox.door("request-limits", provider="easypost", per_minute=0)
    assert statuses[:2] == [200, 200] and 429 in statuses[2:]
    assert api.ask("GET", "/users").status_code == 200
