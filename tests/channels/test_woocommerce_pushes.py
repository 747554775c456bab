"""The webhooks of a WooCommerce shop: asked for, mended, and looked after."""

from typing import Any

from tests.channels.woocommerce import PUSH, recorded, speaker, told, where
from tests.shipping.replay import Replay


def hook(number: int, topic: str, **more: Any) -> dict[str, Any]:
    return {
        **told(recorded("webhook_create")),
        "id": number,
        "topic": topic,
        "delivery_url": PUSH,
        "name": f"Guildhall {topic}",
        **more,
    }


TOPICS = [f"{one}.{event}" for one in ("order", "product") for event in ("created", "updated", "deleted", "restored")]


def test_every_wanted_push_is_asked_for(replay: Replay) -> None:
    speaker(
        replay.say([hook(1, "order.updated", delivery_url="https://n8n.example/x", name="Other")]).say({"id": 2}, 201)
    ).subscribe("s3cret")
    made = replay.asked[1:]
    assert [where(one) for one in made] == ["POST /webhooks"] * 8
    assert [one.body["topic"] for one in made] == TOPICS
    assert {(one.body["delivery_url"], one.body["secret"], one.body["status"]) for one in made} == {
        (PUSH, "s3cret", "active")
    }


def test_asked_again_it_mends_what_is_off_or_moved_and_drops_what_is_double(replay: Replay) -> None:
    listed = [hook(place, topic) for place, topic in enumerate(TOPICS[1:], 10)]
    listed[0]["status"] = "disabled"
    listed[1]["delivery_url"] = "http://old.example/webhooks/woocommerce/7"
    listed.append(hook(30, "order.updated"))
    replay.say(listed)
    hooks = speaker(replay).hooks()
    assert hooks.missing == ["order.created"] and not hooks.healthy
    replay.say(listed).say({"id": 2})
    speaker(replay).subscribe("s3cret")
    made = [where(one) for one in replay.asked[2:]]
    assert made.count("POST /webhooks") == 1 and "PUT /webhooks/10" in made and "PUT /webhooks/11" in made
    assert [one for one in made if one.startswith("DELETE")] == ["DELETE /webhooks/30"]
    assert "PUT /webhooks/30" not in made


def test_all_is_well_when_each_is_there_and_on(replay: Replay) -> None:
    hooks = speaker(replay.say([hook(place, topic) for place, topic in enumerate(TOPICS)])).hooks()
    assert hooks.missing == [] and hooks.healthy
