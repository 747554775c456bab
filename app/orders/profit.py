"""What an order leaves for its seller, and everything that was taken off on the way. Private to orders."""

from app.core.money import Money
from app.orders.models import Order
from app.payments.queries import LedgerRow, OrderMoney

Line = tuple[str, Money]


def label_costs(order: Order, booked: list[LedgerRow]) -> list[Money]:
    """Postage as booked for this order, one sum per currency."""
    sums: dict[str, int] = {}
    for row in booked:
        if row.account == "label_costs":
            sums[row.amount.currency] = sums.get(row.amount.currency, 0) + row.amount.minor
    return [Money(minor, currency) for currency, minor in sorted(sums.items()) if minor]


def sheet(order: Order, money: OrderMoney, labels: list[Money]) -> tuple[list[Line], Money]:
    """(what, amount) from what was bought to what is left, in the order's currency. Postage in another one is not converted."""
    lines: list[Line] = [
        ("Items", order.money(order.subtotal_minor)),
        ("Discount", -order.money(order.discount_minor)),
        ("Delivery", order.money(order.delivery_minor)),
        ("Buyer paid", money.gross),
        ("Refunded", -money.refunded),
        ("Disputed", -money.disputed),
        ("Commission", -money.commission),
        ("Card fee", -money.provider_fee),
    ]
    postage = next((cost for cost in labels if cost.currency == order.currency), order.money(0))
    lines.append(("Postage labels", -postage))
    always = ("Items", "Buyer paid", "Commission", "Card fee")
    return [line for line in lines if line[1] or line[0] in always], money.net - postage
