"""How much a platform takes: requests per second and key, and a quota per day for the whole application. Doors set both."""

import threading
import time
from dataclasses import dataclass

from app.sandbox.stripe.scope import Scope

from .errors import CannotDo

DAY, EAST = 86400, 8 * 3600
_lock = threading.Lock()
_seconds: dict[tuple[str, str], tuple[int, int]] = {}


@dataclass(frozen=True, slots=True)
class Over:
    """Too much: `what` is "second" or "day"; `wait` seconds until it makes sense again."""

    what: str
    wait: int


def setting(platform: str) -> str:
    """The name under which a platform's limits are remembered."""
    return f"market.limits.{platform}"


def choose(scope: Scope, platform: str, per_second: int = 0, per_day: int = 0) -> dict[str, int]:
    """Refuse from now on what is more (0: never refuse). The day's count begins anew. Raises CannotDo."""
    if per_second < 0 or per_day < 0:
        raise CannotDo("A limit must not be negative.", "range")
    chosen = {"per_second": per_second, "per_day": per_day}
    scope.state.remember(setting(platform), chosen)
    scope.state.remember(f"{setting(platform)}.used", [day_of(scope), 0])
    with _lock:
        _seconds.clear()
    return chosen


def day_of(scope: Scope) -> int:
    """The day by the clock of UTC+8, where the quotas begin anew."""
    return (scope.now() + EAST) // DAY


def check(scope: Scope, platform: str, key: str) -> Over | None:
    """Count one request of a key (app and shop); None as long as it is within the limits."""
    chosen = scope.state.setting(setting(platform), {})
    if chosen.get("per_second") and _in_this_second(platform, key) > chosen["per_second"]:
        return Over("second", 1)
    if chosen.get("per_day") and _today(scope, platform) > chosen["per_day"]:
        return Over("day", DAY - (scope.now() + EAST) % DAY)
    return None


def _in_this_second(platform: str, key: str) -> int:
    second = int(time.time())
    with _lock:
        last, used = _seconds.get((platform, key), (second, 0))
        used = used + 1 if last == second else 1
        _seconds[(platform, key)] = (second, used)
    return used


def _today(scope: Scope, platform: str) -> int:
    name, today = f"{setting(platform)}.used", day_of(scope)
    with scope.state.transaction():
        day, used = scope.state.setting(name, [today, 0])
        used = used + 1 if day == today else 1
        scope.state.remember(name, [today, used])
    return int(used)
