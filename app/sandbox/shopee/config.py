"""The app's push configuration: where pushes go, which are on, how they fare, and what tests ask for."""

from typing import Any

from app.sandbox.market import apps, pushes
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from .dialect import PARTNER_KEY
from .styles import NAME

KEPT, HOOK, OPTIONS = "shopee.push", "shopee_app_hook", "shopee.options"
NORMAL, WARNING, SUSPENDED = "Normal", "Warning", "Suspended"
CODES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15)
WINDOW, ENOUGH, TOO_FEW, FEW = 6 * 3600, 600, 0.3, 0.5
USUAL: Doc = {
    "polls": 2, "paper_polls": 1, "test_push": True, "push_key": "", "push_key_is_hex": False, "suspend_after": ENOUGH,
}  # fmt: skip


def options(scope: Scope) -> Doc:
    """What doors changed about the protocol: USUAL, and what was chosen over it."""
    return {**USUAL, **scope.state.setting(OPTIONS, {})}


def choose(scope: Scope, wanted: Doc) -> Doc:
    """Change options. Raises ValueError for one that does not exist or has another type."""
    for name, value in wanted.items():
        if name not in USUAL or type(value) is not type(USUAL[name]):
            raise ValueError(f"{name} must be one of {', '.join(USUAL)}, of its own type")
    scope.state.remember(OPTIONS, {**scope.state.setting(OPTIONS, {}), **wanted})
    return options(scope)


def push_key(scope: Scope) -> bytes:
    """What data pushes are signed with: the app's key, or one of their own."""
    chosen = options(scope)
    key = str(chosen["push_key"] or PARTNER_KEY)
    return bytes.fromhex(key) if chosen["push_key_is_hex"] else key.encode()


def get(scope: Scope) -> Doc:
    """callback_url, on [codes], blocked [shop ids], status, suspended_time, counts."""
    usual: Doc = {
        "callback_url": apps.get(scope, NAME)["push"], "on": [], "blocked": [], "status": NORMAL, "suspended_time": 0,
        "counts": {"since": 0, "sent": 0, "accepted": 0},
    }  # fmt: skip
    return {**usual, **scope.state.setting(KEPT, {})}


def change(scope: Scope, **members: Any) -> Doc:
    """Keep changed members."""
    scope.state.remember(KEPT, {**scope.state.setting(KEPT, {}), **members})
    return get(scope)


def hook(scope: Scope) -> Doc:
    """The endpoint of the app, at its address of now."""
    app, url = scope.on(NAME), get(scope)["callback_url"]
    found = pushes.find(app, NAME, HOOK)
    if found is None:
        return pushes.hook(app, NAME, url, identifier=HOOK)
    return found if found["url"] == url else pushes.keep(app, {**found, "url": url})


def settled(scope: Scope, hook_id: str, accepted: bool) -> None:
    """Count a try; an address that takes too few of many is suspended."""
    kept, now = get(scope), scope.now()
    counts = kept["counts"] if now - kept["counts"]["since"] < WINDOW else {"since": now, "sent": 0, "accepted": 0}
    counts = {**counts, "sent": counts["sent"] + 1, "accepted": counts["accepted"] + accepted}
    share = counts["accepted"] / counts["sent"]
    changed: Doc = {"counts": counts}
    if counts["sent"] > options(scope)["suspend_after"] and kept["status"] != SUSPENDED:
        if share < TOO_FEW:
            changed |= {"status": SUSPENDED, "suspended_time": now}
        else:
            changed["status"] = WARNING if share < FEW else NORMAL
    change(scope, **changed)
