"""Who is told when something changes in a shop: the platform's protocol, which sends its pushes then."""

from collections.abc import Callable
from typing import Any

from app.sandbox.stripe.scope import Scope

from .store import Doc

EVENTS = (
    "product_changed",
    "stock_changed",
    "order_placed",
    "order_changed",
    "package_changed",
    "address_changed",
    "cancel_changed",
    "return_changed",
    "access_ended",
)
Watcher = Callable[[Scope, Doc, str, Doc, Doc], None]
_watchers: dict[str, list[Watcher]] = {}


def watch(platform: str, watcher: Watcher) -> None:
    """Call `watcher(scope, shop, event, doc, detail)` after each change, in the transaction that made it.

    The scope's account is the shop. `doc` is a product for product_changed and stock_changed, the shop for access_ended and
    an order for the others; `detail` says which part changed: sku, package, cancel, return, before, after, by.
    """
    known = _watchers.setdefault(platform, [])
    if watcher not in known:
        known.append(watcher)


def tell(scope: Scope, shop: Doc, event: str, doc: Doc, **detail: Any) -> None:
    """Tell those who watch the shop's platform."""
    assert event in EVENTS, event
    for watcher in _watchers.get(shop["platform"], []):
        watcher(scope, shop, event, doc, detail)
