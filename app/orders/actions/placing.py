"""Placing: one group per checkout, one order per seller, and one payment for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text

from app.catalogue import actions as catalogue
from app.catalogue import queries as products
from app.catalogue.models import Product, Variant
from app.core import db
from app.core.actor import Actor
from app.core.errors import Refused
from app.core.ids import new_id, short_code
from app.core.money import Money
from app.orders.models import Order, OrderGroup, OrderLine
from app.orders.states import fulfilment_of
from app.orders.timeline import tell
from app.payments import actions as payments


@dataclass(frozen=True)
class LineRequest:
    """`unit` is the price of one; `discount` is this line's whole share of the discount."""

    variant_id: UUID
    quantity: int
    unit: Money
    discount: Money


@dataclass(frozen=True)
class SellerOrder:
    """One seller's part of a checkout, priced by the storefront in this same transaction."""

    workspace_id: UUID
    shop_id: UUID
    lines: Sequence[LineRequest]
    delivery: Money
    delivery_name: str = ""
    discount_code: str = ""
    ship_to: dict[str, Any] = field(default_factory=dict)
    billing: dict[str, Any] = field(default_factory=dict)
    gift_note: str = ""


class PriceChanged(Refused):
    status = 409
    message = "A price changed while you were checking out. Nothing was charged; please look at the new total and confirm again."


def place(
    buyer_id: UUID,
    group_id: UUID,
    email: str,
    name: str,
    currency: str,
    sellers: Sequence[SellerOrder],
    held_until: datetime,
) -> OrderGroup:
    """Write the orders, unpaid, and ask for the payment page. `group_id` is the id that holds the stock.

    Raises PriceChanged when a unit price is no longer the variant's, DiscountUsedUp when a code's last use is gone.
    """
    with db.buyer(buyer_id):
        group = db.add(
            OrderGroup(
                id=group_id,
                code=short_code(8).upper(),
                buyer_id=buyer_id,
                email=email.lower(),
                currency=currency,
                total_minor=0,
            )
        )
    drafts = []
    for seller in sorted(sellers, key=lambda seller: str(seller.workspace_id)):
        with db.workspace(seller.workspace_id):
            drafts.append(_draft(group, seller, name))
    with db.system("place order"):
        group.total_minor = sum(order.total_minor for order, _ in drafts)
        payments.start(
            buyer_id,
            group.id,
            group.email,
            currency,
            [
                payments.PartRequest(order.workspace_id, order.id, order.total, order.money(order.fee_minor))
                for order, _ in drafts
            ],
            [line for order, lines in drafts for line in _payment_lines(order, lines)],
            held_until,
        )
    # Last, because from here on everybody else who buys from this seller waits for our commit.
    for order, lines in drafts:
        with db.workspace(order.workspace_id):
            _write(order, lines)
    return group


def _draft(group: OrderGroup, seller: SellerOrder, name: str) -> tuple[Order, list[OrderLine]]:
    """The order and its lines as they will be written; all that needs looking up is looked up here."""
    variants = [_variant(line) for line in seller.lines]
    subtotal = sum(line.unit.minor * line.quantity for line in seller.lines)
    discount = sum(line.discount.minor for line in seller.lines)
    order = Order(
        workspace_id=seller.workspace_id,
        id=new_id(),
        group_id=group.id,
        shop_id=seller.shop_id,
        buyer_id=group.buyer_id,
        buyer_name=name,
        buyer_email=group.email,
        ship_to=seller.ship_to,
        billing=seller.billing,
        gift_note=seller.gift_note,
        country=str(seller.ship_to.get("country", "")),
        delivery_name=seller.delivery_name,
        currency=group.currency,
        subtotal_minor=subtotal,
        discount_minor=discount,
        delivery_minor=seller.delivery.minor,
        total_minor=subtotal - discount + seller.delivery.minor,
        discount_code=seller.discount_code,
    )
    lines = [
        _line(order, position, line, *found)
        for position, (line, found) in enumerate(zip(seller.lines, variants, strict=True))
    ]
    order.fee_minor = sum(line.fee_minor for line in lines) + _delivery_fee(order)
    order.fulfilment_state = fulfilment_of(lines)
    return order, lines


def _write(order: Order, lines: list[OrderLine]) -> None:
    order.number = next_number()
    order.search_text = search_text(order, lines)
    db.add(order)
    for line in lines:
        db.add(line)
    if order.discount_code:
        _use_discount(order)
    tell(order, "order", Actor("buyer", order.buyer_name), "Placed the order", total=order.total)


def _variant(line: LineRequest) -> tuple[Variant, Product]:
    variant = db.get(Variant, line.variant_id)
    product = db.get(Product, variant.product_id)
    if product.state != "listed" or variant.archived_at or variant.price_minor != line.unit.minor:
        raise PriceChanged
    return variant, product


def _line(order: Order, position: int, line: LineRequest, variant: Variant, product: Product) -> OrderLine:
    total = line.unit * line.quantity - line.discount
    return OrderLine(
        workspace_id=order.workspace_id,
        order_id=order.id,
        position=position,
        product_id=product.id,
        variant_id=variant.id,
        title=product.title,
        variant_title=variant.title,
        sku=variant.sku,
        ships=product.ships,
        downloads=product.downloads,
        quantity=line.quantity,
        unit_minor=line.unit.minor,
        discount_minor=line.discount.minor,
        total_minor=total.minor,
        fee_minor=payments.fee(order.shop_id, product.category_id, total).minor,
        refunded_quantity=0,
        fulfilled_quantity=0,
    )


def _delivery_fee(order: Order) -> int:
    """Commission on delivery follows the shop's own rule, whatever is in the parcel."""
    return payments.fee(order.shop_id, None, order.money(order.delivery_minor)).minor


def next_number() -> int:
    """Numbers count up per workspace without gaps; one checkout at a time takes one."""
    key = {"key": f"order:{db.current_workspace()}"}
    db.session().execute(text("select pg_advisory_xact_lock(hashtextextended(:key, 3))"), key)
    return (db.session().scalar(select(func.max(Order.number))) or 1000) + 1


def _use_discount(order: Order) -> None:
    discount = products.discount_for(order.shop_id, order.discount_code)
    if discount is None:
        raise catalogue.DiscountUsedUp(code=order.discount_code)
    catalogue.use_discount(discount, order.id, order.buyer_email)


def search_text(order: Order, lines: Sequence[OrderLine]) -> str:
    words = [f"#{order.number}", order.buyer_name, order.buyer_email, *(f"{line.title} {line.sku}" for line in lines)]
    return " ".join(words).lower()


def _payment_lines(order: Order, lines: Sequence[OrderLine]) -> list[dict[str, Any]]:
    """What the hosted payment page lists. A discounted line is one item at its final price, so cents always add up."""
    shown = [
        {"name": _shown_name(line), "amount_minor": line.total_minor, "quantity": 1}
        if line.discount_minor or line.total_minor != line.unit_minor * line.quantity
        else {"name": _shown_name(line, counted=False), "amount_minor": line.unit_minor, "quantity": line.quantity}
        for line in lines
    ]
    if order.delivery_minor:
        shown.append(
            {
                "name": f"Delivery: {order.delivery_name or 'standard'}",
                "amount_minor": order.delivery_minor,
                "quantity": 1,
            }
        )
    return shown


def _shown_name(line: OrderLine, counted: bool = True) -> str:
    name = f"{line.title} ({line.variant_title})" if line.variant_title else line.title
    return f"{name} × {line.quantity}" if counted and line.quantity > 1 else name
