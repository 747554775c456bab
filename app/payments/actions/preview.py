"""What a refund would do to everybody's money, before anybody agrees to it.."""

from dataclasses import dataclass
from uuid import UUID

from app.core.money import Money
from app.payments.actions.sales import part_for
from app.payments.shares import share_of


@dataclass(frozen=True)
class RefundPreview:
    """`amount` to the buyer = `seller_cost` + `fee_back` + `provider_fee_kept`.

    `transfer_reversal` is what is taken back from (or withheld of) the seller's transfer and equals `seller_cost`;
    `fee_back` is commission that the platform gives up; `provider_fee_kept` is the card fee that Stripe keeps, which the
    platform takes over from the seller.
    """

    amount: Money
    transfer_reversal: Money
    fee_back: Money
    seller_cost: Money
    provider_fee_kept: Money


def refund_preview(order_id: UUID, amount: Money, fee: Money | None = None) -> RefundPreview:
    """The split of a refund of `amount`, capped at what is left. Nothing changes."""
    part = part_for(order_id)
    share = share_of(part, Money(min(amount.minor, part.refundable.minor), part.currency), fee)
    return RefundPreview(share.amount, share.net, share.fee, share.net, share.provider_fee)
