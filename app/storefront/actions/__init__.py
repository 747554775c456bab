"""Everything that changes a cart or a checkout."""

from app.storefront.actions.cart import add, adjust, change, drop_code, merge, remove, remove_gone, set_code
from app.storefront.actions.checkout import (
    EmptyCart,
    PayingAlready,
    StepMissing,
    TotalChanged,
    ask_carriers,
    begin,
    place,
    set_address,
    set_contact,
)
from app.storefront.actions.holding import CannotHold, NoMoreTime, extend, keep
from app.storefront.actions.settling import bought, not_bought
from app.storefront.actions.waiting import (
    BackAlready,
    confirm_wait,
    look_for_stock,
    stop_waiting,
    tell_who_waits,
    wait_for,
)

__all__ = [
    "BackAlready",
    "CannotHold",
    "EmptyCart",
    "NoMoreTime",
    "PayingAlready",
    "StepMissing",
    "TotalChanged",
    "add",
    "adjust",
    "ask_carriers",
    "begin",
    "bought",
    "change",
    "confirm_wait",
    "drop_code",
    "extend",
    "keep",
    "look_for_stock",
    "merge",
    "not_bought",
    "place",
    "remove",
    "remove_gone",
    "set_address",
    "set_code",
    "set_contact",
    "stop_waiting",
    "tell_who_waits",
    "wait_for",
]
