"""What a refund or dispute of a seller's part gives back: commission and card fee in proportion, never a cent astray."""

from dataclasses import dataclass

from app.core.money import Money
from app.payments.models import PaymentPart


@dataclass(frozen=True)
class Share:
    """`amount` back to the buyer = `fee` (commission given back) + `provider_fee` (borne by the platform) + `net` (the seller's)."""

    amount: Money
    fee: Money
    provider_fee: Money

    @property
    def net(self) -> Money:
        return self.amount - self.fee - self.provider_fee


def share_of(part: PaymentPart, amount: Money, fee: Money | None = None) -> Share:
    """The share of `amount` (at most `part.refundable`). `fee` asks for a certain commission; else it is in proportion.

    The last cent of the part takes what is left of both fees, and what stays never exceeds what is left of the sale.
    """
    fee_left = part.fee_minor - part.fee_refunded_minor
    card_left = part.borne_fee.minor - part.provider_fee_refunded_minor
    rest = part.refundable.minor - amount.minor
    if rest == 0:
        return _share(amount, fee_left, card_left)
    wanted = fee.minor if fee is not None else _part_of(part.fee_minor, amount.minor, part.amount_minor)
    back = min(max(wanted, 0), fee_left, amount.minor)
    card = min(_part_of(part.borne_fee.minor, amount.minor, part.amount_minor), card_left, amount.minor - back)
    excess = (fee_left - back) + (card_left - card) - rest
    if excess > 0:
        more = min(excess, card_left - card)
        card, back = card + more, back + (excess - more)
    return _share(amount, back, card)


def _part_of(whole: int, amount: int, total: int) -> int:
    return Money(whole, "USD").split([amount, total - amount])[0].minor


def _share(amount: Money, fee: int, card: int) -> Share:
    return Share(amount, Money(fee, amount.currency), Money(card, amount.currency))
