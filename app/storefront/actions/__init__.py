"""Everything that changes a cart or a checkout."""

from app.storefront.actions.cart import add, adjust, change, drop_code, merge, remove, remove_gone, set_code

__all__ = ["add", "adjust", "change", "drop_code", "merge", "remove", "remove_gone", "set_code"]
