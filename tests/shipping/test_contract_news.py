"""Where the parcels of every carrier are: asked for, and told by webhooks that are proven (TRAPS.md B14, B19)."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.port import Forged
from app.shipping.carrier import STATUSES
from app.shipping.carriers.shipstation_news import forget_keys
from tests.letters import Letter, Letters
from tests.sandbox.conftest import wait_until
from tests.shipping.parcels import ACCOUNT, connection, parcel
from tests.shipping.stage import KINDS, SECRET, Stage, remote


# --- tracking
@remote
def test_a_parcel_is_followed_to_its_door(stage: Stage) -> None:
    bought = stage.buy(parcel())
    seen = []
    for step in ("label_created", "accepted", "in_transit", "out_for_delivery", "delivered"):
        stage.scan(bought.tracking_number, step)
        found = stage.carrier().track(bought.carrier, bought.tracking_number, bought.id)
        seen.append(found.seen[-1].status)
        assert found.status == seen[-1] and set(seen) <= set(STATUSES)
    assert seen == ["pre_transit", "in_transit", "in_transit", "out_for_delivery", "delivered"]
    assert len({one.key for one in found.seen}) == 5 and found.number == bought.tracking_number
    by_number = stage.carrier().track(bought.carrier, bought.tracking_number)
    assert [one.key for one in by_number.seen] == [one.key for one in found.seen]


# --- news
def address_of(stage: Stage) -> str:
    return f"{stage.letters.url}/webhooks/{stage.kind.adapter.profile.kind}?account={ACCOUNT}"


def heard(stage: Stage, count: int = 1) -> list[Letter]:
    wait_until(lambda: len(stage.letters.found) >= count, f"{count} letters arrive")
    return list(stage.letters.found)


def news_of(stage: Stage, letter: Letter, **more: Any) -> Any:
    query = dict(parse_qsl(urlsplit(letter.path).query))
    return stage.kind.adapter.read_news(stage.connection(**more), letter.headers, letter.raw, query)


@remote
def test_subscribing_twice_makes_one_subscription(stage: Stage) -> None:
    carrier, url = stage.carrier(), address_of(stage)
    assert not carrier.subscribed(url)
    first = carrier.subscribe(url, SECRET)
    assert first and carrier.subscribe(url, SECRET) == first and carrier.subscribed(url)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    bodies = [one.raw for one in tracks(stage)]
    assert len(bodies) == len(set(bodies)) == 1


def tracks(stage: Stage) -> list[Letter]:
    """Letters about a scan on the way, once there are some."""

    def about_scans() -> list[Letter]:
        return [one for one in stage.letters.found if b"ccepted" in one.raw]

    wait_until(about_scans, "a letter about the scan arrives")
    return about_scans()


@remote
def test_a_scan_is_news_of_our_label(stage: Stage) -> None:
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    letter = tracks(stage)[0]
    (news,) = news_of(stage, letter)
    assert (news.kind, news.number) == ("tracking", bought.tracking_number) and news.label_id in ("", bought.id)
    assert news_of(stage, letter)[0].remote_id == news.remote_id
    if news.tracking is not None:
        polled = stage.carrier().track(bought.carrier, bought.tracking_number, bought.id)
        assert [one.key for one in news.tracking.seen] == [one.key for one in polled.seen]


@remote
def test_letters_that_were_altered_or_meant_for_others_are_refused(stage: Stage) -> None:
    stage.carrier().subscribe(address_of(stage), SECRET)
    stage.scan(stage.buy(parcel()).tracking_number, "accepted")
    path, headers, raw = tracks(stage)[0]
    plain = path.partition("&token=")[0]
    stranger = connection(stage.connection().base, stage.kind.key, webhook_secret="another account's")
    with pytest.raises(Forged):
        stage.kind.adapter.read_news(stranger, headers, raw, dict(parse_qsl(urlsplit(path).query)))
    with pytest.raises(Forged):
        news_of(stage, Letter(plain, CaseInsensitiveDict(), raw))
    if stage.kind.name != "Shippo":
        with pytest.raises(Forged):
            news_of(stage, Letter(path, headers, raw.replace(b"ccepted", b"cceptex")))


def test_signed_letters_of_shippo_are_believed(running: str, letters: Letters) -> None:
    stage = Stage(KINDS[1], running, letters)
    stage.door("reset")
    letters.found.clear()
    stage.door("shippo/hmac", token=stage.kind.key, secret="set by support")
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    path, headers, raw = tracks(stage)[0]
    keys = {"hmac_secret": "set by support"}
    (news,) = news_of(stage, Letter(path, headers, raw), credentials=keys)
    assert news.tracking is not None and news.tracking.status == "in_transit"
    for body, secret in ((raw + b" ", "set by support"), (raw, "guessed")):
        with pytest.raises(Forged):
            news_of(stage, Letter(path, headers, body), credentials={"hmac_secret": secret})


def test_a_rolled_key_of_shipstation_is_learnt(running: str, letters: Letters, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(KINDS[2], running, letters)
    stage.door("reset")
    letters.found.clear()
    forget_keys()
    monkeypatch.setattr("app.shipping.carriers.shipstation_news.REFRESH", 0.0)
    stage.carrier().subscribe(address_of(stage), SECRET)
    bought = stage.buy(parcel())
    stage.scan(bought.tracking_number, "accepted")
    assert news_of(stage, tracks(stage)[0])[0].kind == "tracking"
    stage.door("shipstation/rotate-key")
    letters.found.clear()
    stage.scan(bought.tracking_number, "delivered")
    (news,) = news_of(stage, heard(stage)[0])
    assert news.tracking is not None and news.tracking.status == "delivered"
