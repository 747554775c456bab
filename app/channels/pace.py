"""Our own limit per platform's shop: a bucket in Valkey that all workers share (TRAPS.md F45).

A shop that has used up its turn waits a little inside the job; when the wait would be long the job is put off instead, so one noisy
shop never keeps a worker from the others. An empty Valkey means full buckets, which is harmless.
"""

import random
import time
from collections.abc import Callable
from functools import cache

from redis import Redis
from redis.exceptions import RedisError

from app.channels.channel_facts import Profile
from app.core.errors import ProviderError
from app.core.outbox_relay import valkey

PATIENCE = 2.0
"""Seconds that a job waits inside; longer waits put it off."""
BACKGROUND = 10.0
"""The same for work that has a queue of its own."""

SCRIPT = """
local rate, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), redis.call('TIME')
now = now[1] + now[2] / 1000000
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now - burst / rate)
local wait = due + (1 + tonumber(ARGV[4])) / rate - now
if wait > tonumber(ARGV[3]) then return tostring(wait) end
redis.call('SET', KEYS[1], tostring(due + 1 / rate), 'EX', math.ceil(burst / rate) + 60)
return tostring(math.max(wait, 0))
"""


@cache
def _client() -> Redis:
    return valkey()


def turn(kind: str, shop_id: str, profile: Profile, background: bool = False) -> Callable[[], None]:
    """What an adapter calls before each request. Raises ProviderError with the wait when it is long.

    In the `background` half of the burst is left to others, so that a sweep never stands in the way of a sale.
    """
    reserve, patience = (profile.burst / 2, BACKGROUND) if background else (0, PATIENCE)
    return lambda: _wait(kind, shop_id, (profile.per_second, profile.burst, patience, reserve))


def _wait(kind: str, shop_id: str, limits: tuple[float, float, float, float]) -> None:
    try:
        raw = _client().eval(SCRIPT, 1, f"pace:{kind}:{shop_id}", *limits)
    except RedisError:  # the platform's own limit still stands
        return
    seconds, patience = float(raw), limits[2]
    if seconds > patience:
        asked = seconds * random.uniform(1.0, 1.25)
        raise ProviderError(kind, "our own limit for this shop is used up", permanent=False, retry_after=asked)
    if seconds > 0:
        time.sleep(seconds)
