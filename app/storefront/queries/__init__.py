"""Every read the buyers' pages need."""

from app.storefront.queries.cart import CartView, cart, cart_count

__all__ = ["CartView", "cart", "cart_count"]
