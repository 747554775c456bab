"""What the clock does to orders: holds end, unpaid orders lapse, delivered ones are completed."""

from collections.abc import Callable

from app.sandbox.stripe import clockwork
from app.sandbox.stripe.scope import Scope

from . import ending, orders, packing, placing, shops
from .store import Doc


def register() -> None:
    """Add the tasks to the sandbox's clockwork; the subject is platform:shop:order."""
    clockwork.TASKS[placing.END_HOLD] = _when("on_hold", placing.end_hold)
    clockwork.TASKS[placing.FORGET] = _when("unpaid", _lapse)
    clockwork.TASKS[packing.COMPLETE] = _when("delivered", packing.complete)


def _lapse(scope: Scope, shop: Doc, order: Doc) -> Doc:
    return ending.cancel(scope, shop, order, "The buyer did not pay", "platform")


def _when(state: str, act: Callable[[Scope, Doc, Doc], Doc]) -> Callable[[Scope, str], None]:
    """Do it to the order if it still stands as it did."""

    def task(scope: Scope, subject: str) -> None:
        platform, shop_id, order_id = subject.split(":", 2)
        shop = shops.get(scope, platform, shop_id)
        order = orders.get(scope, shop, order_id) if shop else None
        if shop and order and order["state"] == state:
            act(scope, shop, order)

    return task
