"""How far an order is, in the buyer's words. Private to orders."""

from dataclasses import dataclass

from app.orders.models import Order


@dataclass(frozen=True)
class Progress:
    """`state` names a status chip, `words` say it, `next` says what happens now."""

    state: str
    words: str
    next: str = ""


def progress(order: Order) -> Progress:
    """The one thing that a buyer wants to know about an order."""
    if order.state == "cancelled":
        return _cancelled(order)
    if order.state == "pending":
        return _unpaid(order)
    if order.payment_state == "refunded":
        return Progress(
            "refunded", "Refunded", "The money is back, or on its way to the card or account you paid with."
        )
    if order.payment_state == "disputed":
        return Progress(
            "disputed", "Disputed", "Your bank is looking into this payment. Downloads are closed until it decides."
        )
    return _sent(order)


def _cancelled(order: Order) -> Progress:
    if order.paid_at is None:
        return Progress("cancelled", "Not paid", "Nothing was charged.")
    return Progress("cancelled", "Cancelled", "Your money goes back to the card or account you paid with.")


def _unpaid(order: Order) -> Progress:
    if order.payment_state == "processing":
        return Progress(
            "processing", "With your bank", "Some payments take up to two weeks. We write when it has arrived."
        )
    return Progress("unpaid", "Not paid yet", "Nothing was charged.")


def _sent(order: Order) -> Progress:
    if order.fulfilment_state == "none_needed":
        return Progress("delivered", "Ready", "")
    if order.fulfilment_state == "unfulfilled":
        return Progress("packed", "Being packed", "")
    if order.fulfilment_state == "part_fulfilled":
        return Progress("shipped", "Partly sent", "The rest follows in another parcel.")
    if order.fulfilments and all(one.state == "delivered" for one in order.fulfilments):
        return Progress("delivered", "Delivered", "")
    return Progress("shipped", "On its way", "")
