"""The contract, continued: trouble of every kind ends in words that say what may have happened, and nothing happens twice."""

from collections.abc import Callable
from typing import Any

import pytest
from requests.adapters import HTTPAdapter

from app.channels.channel import AccessEnded, AccessExpired, Channel
from app.channels.channel_facts import StockChange
from app.channels.order_facts import Sent
from app.core.errors import ProviderError
from tests.channels.stage import Doc, Scene, staged
from tests.sandbox.conftest import wait_until

every = staged()
OWN = {"platform_ships": False, "masked": False}
AFTER = [
    {"what": "500", "when": "after"},
    {"what": "drop_answer"},
    {"what": "invalid_json"},
    {"what": "nonsense"},
    {"what": "html"},
]
names = lambda one: one["what"]  # noqa: E731


# --- too much
@every
def test_a_rate_limit_says_when_to_come_again(scene: Scene) -> None:
    channel = scene.channel()
    scene.door("market/limits", platform=scene.stage.kind, per_second=1)
    try:
        with pytest.raises(ProviderError) as caught:
            for _ in range(30):
                channel.orders(*scene.window())
    finally:
        scene.door("market/limits", platform=scene.stage.kind)
    assert not caught.value.permanent and not caught.value.unknown
    assert caught.value.retry_after is not None and caught.value.retry_after > 0
    assert not isinstance(caught.value, AccessExpired | AccessEnded)


@staged(lambda one: one.quota)
def test_a_quota_of_the_day_says_that_it_takes_longer(scene: Scene) -> None:
    channel = scene.channel()
    scene.door("market/limits", platform=scene.stage.kind, per_day=1)
    try:
        with pytest.raises(ProviderError) as caught:
            for _ in range(5):
                channel.orders(*scene.window())
    finally:
        scene.door("market/limits", platform=scene.stage.kind)
    assert not caught.value.permanent and (caught.value.retry_after or 0) > 60


# --- answers that do not come, or make no sense
def shipping(scene: Scene) -> tuple[Doc, Callable[[], Any]]:
    """An order, and telling that it is sent."""
    scene.product()
    order = scene.place(**OWN) if scene.stage.own_tracking else scene.place()
    channel, facts = scene.channel(), scene.facts(order)
    package = facts.packages[0].id if facts.packages else ""
    sent = Sent(order["id"], package, carrier="UPS", tracking_number="1Z999AA10123456784")
    return order, lambda: channel.ship(sent)


@every
@pytest.mark.parametrize("fault", AFTER, ids=names)
def test_an_answer_that_is_lost_after_shipping_is_unknown_and_told_again_it_is_already(
    scene: Scene, fault: dict[str, Any]
) -> None:
    order, ship = shipping(scene)
    scene.fault(fault["what"], "ship", **{name: value for name, value in fault.items() if name != "what"})
    with pytest.raises(ProviderError) as caught:
        ship()
    assert caught.value.unknown and not caught.value.permanent
    assert len(scene.effects("ship")) == 1
    assert ship().already and len(scene.effects("ship")) == 1
    assert scene.facts(order).state != "to_ship"


def hasty(patched: pytest.MonkeyPatch) -> None:
    """Every request of ours gives up after a moment."""
    patient = HTTPAdapter.send

    def send(adapter: HTTPAdapter, request: Any, **options: Any) -> Any:
        return patient(adapter, request, **{**options, "timeout": (1, 0.5)})

    patched.setattr(HTTPAdapter, "send", send)


@every
def test_a_slow_answer_to_shipping_is_unknown(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    _order, ship = shipping(scene)
    scene.fault("slow", "ship", seconds=1.5)
    with monkeypatch.context() as patched:
        hasty(patched)
        with pytest.raises(ProviderError) as caught:
            ship()
    assert caught.value.unknown and not caught.value.permanent
    wait_until(lambda: scene.effects("ship"), "the slow request happens")
    assert ship().already and len(scene.effects("ship")) == 1


@every
@pytest.mark.parametrize("fault", AFTER, ids=names)
def test_a_cancellation_without_an_answer_is_unknown_and_done_once(scene: Scene, fault: dict[str, Any]) -> None:
    scene.product()
    order, channel = scene.place(), scene.channel()
    scene.fault(fault["what"], "cancel", **{name: value for name, value in fault.items() if name != "what"})
    with pytest.raises(ProviderError) as caught:
        channel.cancel(order["id"], "out_of_stock")
    assert caught.value.unknown and not caught.value.permanent
    assert scene.facts(order).state == "cancelled" and len(scene.effects("cancel")) == 1


@every
def test_stock_without_an_answer_is_not_said_to_be_set(scene: Scene) -> None:
    product = scene.product()
    change, channel = StockChange(scene.ref(product), {"": 4}), scene.channel()
    scene.fault("drop_answer", "stock", times=3)
    try:
        outcomes = channel.set_stock([change])
    except ProviderError as error:
        assert not error.permanent
    else:
        assert [(one.ok, one.permanent) for one in outcomes] == [(False, False)]
    scene.sandbox_at_peace()
    assert channel.set_stock([change])[0].ok and scene.stock(product) == 4


@every
@pytest.mark.parametrize("what", ["500", "429"])
def test_a_refusal_before_anything_happened_may_be_tried_again(scene: Scene, what: str) -> None:
    order, ship = shipping(scene)
    scene.fault(what, "ship")
    with pytest.raises(ProviderError) as caught:
        ship()
    assert not caught.value.permanent and caught.value.unknown == (what == "500")
    assert scene.effects("ship") == [] and scene.facts(order).state == "to_ship"
    assert not ship().already and len(scene.effects("ship")) == 1


def readings(scene: Scene, order: Doc, product: Doc) -> dict[str, Callable[[Channel], Any]]:
    """Everything that only reads."""
    window = scene.window()
    found: dict[str, Callable[[Channel], Any]] = {
        "shop": lambda channel: channel.shop(),
        "listings": lambda channel: channel.listings(),
        "listing": lambda channel: channel.listing(product["id"]),
        "orders": lambda channel: channel.orders(*window),
        "read_orders": lambda channel: channel.read_orders([order["id"]]),
        "hooks": lambda channel: channel.hooks(),
    }
    if scene.adapter.profile.many_warehouses:
        found["warehouses"] = lambda channel: channel.warehouses()
    if scene.adapter.profile.returns:
        found["returns"] = lambda channel: channel.returns(*window)
    if scene.adapter.profile.labels:
        package = scene.facts(order).packages[0].id
        found["handovers"] = lambda channel: channel.handovers(order["id"], package)
        found["tracking_number"] = lambda channel: channel.tracking_number(order["id"], package)
        found["scans"] = lambda channel: channel.scans(order["id"], package)
    return found


@every
@pytest.mark.parametrize("what", ["invalid_json", "nonsense", "html", "500", "drop_answer"])
def test_reading_never_ends_in_anything_but_words(scene: Scene, what: str) -> None:
    product = scene.product()
    order = scene.place()
    channel = scene.channel()
    for name, read in readings(scene, order, product).items():
        scene.fault(what, times=9)
        with pytest.raises(ProviderError) as caught:
            read(channel)
        assert not caught.value.permanent or what in ("invalid_json", "nonsense"), name
        assert not isinstance(caught.value, AccessExpired | AccessEnded), name
        scene.sandbox_at_peace()
        assert read(channel) is not None, name


@every
def test_every_method_takes_its_turn_under_the_limit(scene: Scene) -> None:
    product = scene.product()
    order = scene.place()
    turns: list[str] = []
    channel = scene.channel(pace=lambda: turns.append("turn"))
    for name, read in readings(scene, order, product).items():
        before = len(turns)
        read(channel)
        assert len(turns) > before, name
