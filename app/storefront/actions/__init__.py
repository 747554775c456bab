"""Everything that changes a cart or a checkout."""

from app.storefront.actions.cart import add, adjust, change, drop_code, merge, remove, remove_gone, set_code
from app.storefront.actions.checkout import (
    EmptyCart,
    PayingAlready,
    StepMissing,
    TotalChanged,
    begin,
    place,
    set_address,
    set_contact,
)
from app.storefront.actions.holding import CannotHold, NoMoreTime, extend, keep
from app.storefront.actions.settling import bought, not_bought

__all__ = [
    "CannotHold",
    "EmptyCart",
    "NoMoreTime",
    "PayingAlready",
    "StepMissing",
    "TotalChanged",
    "add",
    "adjust",
    "begin",
    "bought",
    "change",
    "drop_code",
    "extend",
    "keep",
    "merge",
    "not_bought",
    "place",
    "remove",
    "remove_gone",
    "set_address",
    "set_code",
    "set_contact",
]
