"""The contract, continued: pushes are subscribed to, proven, told apart, and the same when they are repeated."""

from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.port import Forged
from tests.channels.stage import SECRET, Doc, Scene, staged
from tests.sandbox.conftest import wait_until

every = staged()


@every
def test_pushes_are_subscribed_to_and_mended(scene: Scene) -> None:
    channel = scene.channel()
    channel.subscribe(SECRET)
    hooks = channel.hooks()
    assert hooks.wanted and not hooks.missing and hooks.healthy
    channel.subscribe(SECRET)
    assert not channel.hooks().missing


@staged(lambda one: one.break_hook is not None)
def test_a_hook_that_broke_is_seen_and_mended(scene: Scene) -> None:
    scene.subscribe()
    scene.stage.break_hook(scene)  # type: ignore[misc]
    broken = scene.channel().hooks()
    assert broken.missing or not broken.healthy
    scene.subscribe()
    mended = scene.channel().hooks()
    assert not mended.missing and mended.healthy


@staged(lambda one: one.pings)
def test_a_ping_is_no_news(scene: Scene) -> None:
    scene.subscribe()
    wait_until(lambda: scene.letters.found, "a ping arrives")
    assert [scene.read(headers, raw) for _, headers, raw in scene.letters.found] == [()] * len(scene.letters.found)


def pushed(scene: Scene) -> tuple[Doc, list[Any]]:
    """A new order and the pushes about it."""
    scene.subscribe()
    scene.product()
    order = scene.place()
    return order, scene.told("order", order["id"])


@every
def test_a_new_order_is_told_and_says_whose_it_is(scene: Scene) -> None:
    order, found = pushed(scene)
    push = found[0][2]
    assert order["id"] in push.ids and push.key and scene.mine(push)
    assert push.body or push.status or push.at


@every
def test_every_change_of_an_order_has_a_key_of_its_own(scene: Scene) -> None:
    order, _found = pushed(scene)
    scene.door("clock", advance=60)
    scene.act(order, "cancel")
    wait_until(lambda: len({push.key for *_, push in scene._told("order", order["id"])}) >= 2, "a second key")


@every
def test_a_push_that_comes_twice_has_one_key(scene: Scene) -> None:
    order, _found = pushed(scene)
    scene.quiet()
    keys = {push.key for *_, push in scene.told("order", order["id"])}
    scene.letters.found.clear()
    for sent in scene.look("market/pushes", platform=scene.stage.kind):
        if sent["about"] == order["number"]:
            scene.door(f"market/pushes/{sent['id']}/again")
    scene.told("order", order["id"], len(keys))
    scene.quiet()
    assert {push.key for *_, push in scene.told("order", order["id"])} == keys


@every
def test_what_else_happens_to_an_order_is_told_as_what_it_is(scene: Scene) -> None:
    scene.subscribe()
    scene.product()
    for act, kind in scene.stage.tells.items():
        order = scene.place()
        way = {"ask_return": ("arrange", "collect", "deliver")}.get(act, ())
        order = scene.travel(order, *way)
        scene.act(order, act, **({"line1": "9 New Road"} if act == "change_address" else {}))
        found = scene.told(kind, order["id"])
        assert found, act


@staged(lambda one: bool(one.tells_goods))
def test_changes_of_goods_are_told(scene: Scene) -> None:
    scene.subscribe()
    product = scene.product()
    body = {"stock": {"stock": 3}, "price": {"price": 900}, "state": {"state": "inactive"}, "floor": {"floor": 2}}
    for act, kind in scene.stage.tells_goods.items():
        scene.change(product, act, **body[act])
        assert scene.told(kind, product["id"]), act


@every
def test_a_forged_push_is_refused(scene: Scene) -> None:
    _order, found = pushed(scene)
    headers, raw, _push = found[0]
    signed = [name for name in headers if name.lower() in ("authorization", "x-wc-webhook-signature")]
    assert signed, dict(headers)
    without = CaseInsensitiveDict({name: value for name, value in headers.items() if name not in signed})
    for wrong in (raw.replace(b"1", b"2", 1), raw + b" ", b"{}", b"", b"\xff\xfe"):
        with pytest.raises(Forged):
            scene.read(headers, wrong)
    for other in (
        without,
        CaseInsensitiveDict({**without, signed[0]: "00"}),
        CaseInsensitiveDict({**without, signed[0]: "é"}),
    ):
        with pytest.raises(Forged):
            scene.read(other, raw)


@staged(lambda one: one.tells_end)
def test_the_end_of_access_is_told(scene: Scene) -> None:
    scene.subscribe()
    scene.door(f"market/shops/{scene.stage.kind}/{scene.doc['id']}/end-access")
    assert scene.told(scene.stage.end_kind)


@every
def test_pushes_that_come_late_or_in_disorder_stay_readable(scene: Scene) -> None:
    scene.subscribe()
    scene.product()
    scene.door("faults", kind="reorder_events", event=f"{scene.stage.kind}.*", times=2)
    first, second = scene.place(), scene.place()
    for order in (first, second):
        assert scene.told("order", order["id"])
