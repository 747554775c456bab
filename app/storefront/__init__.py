"""What buyers walk through: home, discovery, shop and product pages, cart, checkout.

Owns: carts, cart_items, checkouts. Emits: nothing. Listens: nothing.
"""
