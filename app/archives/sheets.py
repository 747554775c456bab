"""For people and their spreadsheets: orders, lines, products, stock, ledger and team as CSV. Amounts in major units, beside their currency."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Executable, select

from app.accounts.models import User
from app.archives.rows import stream
from app.catalogue.models import Product, Shop, Variant
from app.core import csv
from app.core.money import Money
from app.inventory.models import Location, StockLevel
from app.orders.models import Order, OrderLine
from app.payments.models import LedgerEntry, LedgerTransaction
from app.workspaces.models import Member


def _orders() -> Executable:
    return (
        select(
            Order.number,
            Order.placed_at,
            Shop.name,
            Order.channel,
            Order.state,
            Order.payment_state,
            Order.fulfilment_state,
            Order.buyer_name,
            Order.buyer_email,
            Order.country,
            Order.currency,
            Order.subtotal_minor,
            Order.discount_minor,
            Order.delivery_minor,
            Order.total_minor,
            Order.refunded_minor,
        )
        .join(Shop, Shop.id == Order.shop_id)
        .order_by(Order.id)
    )


def _order_lines() -> Executable:
    return (
        select(
            Order.number,
            OrderLine.position,
            OrderLine.title,
            OrderLine.variant_title,
            OrderLine.sku,
            OrderLine.quantity,
            OrderLine.fulfilled_quantity,
            OrderLine.refunded_quantity,
            Order.currency,
            OrderLine.unit_minor,
            OrderLine.discount_minor,
            OrderLine.total_minor,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .order_by(OrderLine.id)
    )


def _products() -> Executable:
    return (
        select(
            Product.title,
            Variant.title,
            Variant.sku,
            Product.state,
            Shop.name,
            Variant.currency,
            Variant.price_minor,
            Variant.weight_g,
            Product.sold_count,
        )
        .join(Product, Product.id == Variant.product_id)
        .join(Shop, Shop.id == Product.shop_id)
        .order_by(Variant.id)
    )


def _stock() -> Executable:
    return (
        select(Variant.sku, Product.title, Variant.title, Location.name, StockLevel.on_hand, StockLevel.reserved)
        .join(Variant, Variant.id == StockLevel.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Location, Location.id == StockLevel.location_id)
        .order_by(StockLevel.id)
    )


def _ledger() -> Executable:
    return (
        select(
            LedgerTransaction.at,
            LedgerTransaction.kind,
            LedgerTransaction.key,
            Order.number,
            LedgerEntry.account,
            LedgerEntry.currency,
            LedgerEntry.amount_minor,
        )
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .outerjoin(Order, Order.id == LedgerTransaction.order_id)
        .order_by(LedgerEntry.id)
    )


def _team() -> Executable:
    return (
        select(User.name, User.email, Member.role, Member.created_at, Member.removed_at)
        .join(User, User.id == Member.user_id)
        .order_by(Member.id)
    )


SHEETS = {
    "orders": (
        _orders,
        "number placed shop channel state payment fulfilment buyer email country currency subtotal discount delivery total"
        " refunded",
    ),
    "order-lines": (
        _order_lines,
        "order position title variant sku quantity sent returned currency unit discount total",
    ),
    "products": (_products, "product variant sku state shop currency price weight_g sold"),
    "stock": (_stock, "sku product variant location on_hand reserved"),
    "ledger": (_ledger, "at kind booking order account currency amount"),
    "team": (_team, "name email role joined left"),
}


def sheets() -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name in the archive, its pieces) of the open workspace."""
    for name, (wanted, header) in SHEETS.items():
        yield f"tables/{name}.csv", (part.encode() for part in csv.lines(header.split(), _cells(wanted())))


def _cells(wanted: Executable) -> Iterator[list[Any]]:
    for row in stream(wanted):
        yield [_cell(name, value, row._mapping) for name, value in row._mapping.items()]


def _cell(name: str, value: Any, row: Any) -> Any:
    if value is not None and name.endswith("_minor"):
        return Money(value, row["currency"]).decimal
    return value.isoformat(timespec="seconds") if hasattr(value, "isoformat") else value
