"""Our own limit per shop: a burst, then turns; one noisy shop takes nothing from another, and background work leaves half (TRAPS.md F45).

The bucket fills so slowly here that no test hangs on how fast it runs.
"""

from dataclasses import replace
from uuid import uuid4

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as Unreachable

from app.channels import pace
from app.channels.platforms.tiktok import TikTok
from app.core.errors import ProviderError

SLOW = replace(TikTok.profile, per_second=0.01, burst=4)


def turns(shop: str, most: int = 10, background: bool = False) -> int:
    """How many requests go out before one is put off."""
    go = pace.turn("tiktok", shop, SLOW, background)
    for count in range(most):
        try:
            go()
        except ProviderError:
            return count
    return most


def test_a_burst_goes_out_and_what_is_more_is_put_off_until_its_turn() -> None:
    shop = uuid4().hex
    assert turns(shop) == SLOW.burst
    with pytest.raises(ProviderError) as refused:
        pace.turn("tiktok", shop, SLOW)()
    assert refused.value.permanent is False and refused.value.unknown is False
    assert 90 < (refused.value.retry_after or 0) < 1.25 * 100, "a request each 100 seconds, with jitter"
    assert turns(shop) == 0, "asking in vain takes no turn from anybody"


def test_a_noisy_shop_takes_nothing_from_another() -> None:
    noisy, quiet = uuid4().hex, uuid4().hex
    assert turns(noisy) == turns(quiet) == SLOW.burst


def test_background_work_leaves_half_of_the_burst_to_sales() -> None:
    shop = uuid4().hex
    assert turns(shop, background=True) == SLOW.burst / 2
    assert turns(shop) == SLOW.burst / 2


def test_without_valkey_the_platforms_own_limit_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(Redis):
        def eval(self, *_: object) -> object:
            raise Unreachable

    monkeypatch.setattr(pace, "_client", Gone)
    assert turns(uuid4().hex) == 10
