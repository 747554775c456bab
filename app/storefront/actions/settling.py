"""What a payment's end means for the cart: bought things leave it, and come back when a bank says no after all."""

from uuid import UUID

from app.catalogue.queries import variant_for_sale
from app.core import db
from app.storefront.actions.cart import add_back, take_out
from app.storefront.models import Checkout
from app.storefront.queries.cart import split_key


def bought(group_id: UUID) -> None:
    """In system scope, once the money is here or promised: take what was bought out of the buyer's cart, once."""
    checkout = db.find(Checkout, group_id, lock=True)
    if checkout is None or checkout.state != "placed":
        return
    checkout.state = "bought"
    with db.buyer(checkout.owner_id):
        for key, quantity in checkout.items.items():
            take_out(checkout.owner_id, *split_key(key), quantity)


def not_bought(group_id: UUID) -> None:
    """In system scope, when a promised payment failed: what is still for sale goes back into the cart."""
    checkout = db.find(Checkout, group_id, lock=True)
    if checkout is None or checkout.state not in ("placed", "bought"):
        return
    emptied, checkout.state = checkout.state == "bought", "ended"
    if not emptied:
        return
    with db.buyer(checkout.owner_id):
        for key, quantity in checkout.items.items():
            variant = variant_for_sale(*split_key(key))
            if variant is not None:
                add_back(checkout.owner_id, variant, quantity)
