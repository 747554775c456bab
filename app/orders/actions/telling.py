"""Mails about orders, each once per reason."""

from uuid import UUID

from sqlalchemy import select

from app.access import queries as access
from app.catalogue.models import Shop
from app.core import db, mail
from app.core.ids import new_id
from app.licences import queries as licences
from app.orders import queries, states
from app.orders.actions.links import purchase_token
from app.orders.actions.sending import called
from app.orders.actions.team import tell_team
from app.orders.models import Order, OrderGroup, OrderLine
from app.orders.words import country


def send_receipt(group_id: UUID) -> None:
    """The buyer's receipt for the whole purchase, once, with the link that opens it."""
    with db.system("send receipt") as session:
        group = session.get_one(OrderGroup, group_id)
        rows = session.execute(
            select(Order, Shop.name)
            .join(Shop, (Shop.workspace_id == Order.workspace_id) & (Shop.id == Order.shop_id))
            .where(Order.group_id == group_id, Order.paid_at.is_not(None), Order.state != "cancelled")
            .order_by(Order.id)
        ).all()
        if not rows:
            return
        mail.post(
            group.email,
            "receipt",
            f"receipt:{group.id}",
            name=rows[0][0].buyer_name,
            code=group.code,
            token=purchase_token(group),
            total=rows[0][0].money(sum(order.total_minor for order, _ in rows)).format(),
            orders=[_order_context(order, shop) for order, shop in rows],
        )


def _order_context(order: Order, shop: str) -> dict[str, object]:
    lines = (
        db.session().scalars(select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)).all()
    )
    keys, notes = licences.held_by_line(order.id), access.notes_for([order.id])
    return {
        "shop": shop,
        "number": order.number,
        "delivery": order.money(order.delivery_minor).format() if order.delivery_minor else "",
        "discount": order.money(order.discount_minor).format() if order.discount_minor else "",
        "downloads": any(line.downloads for line in lines),
        "total": order.total.format(),
        "lines": [
            {
                "title": called(line),
                "quantity": line.quantity,
                "amount": order.money(line.unit_minor * line.quantity).format(),
                "keys": [one.key for one in keys.get(line.id, []) if one.key],
                "owed": sum(one.owed for one in keys.get(line.id, [])),
                "note": notes.get(line.id, ""),
            }
            for line in lines
        ],
    }


def tell_sellers(order: Order) -> None:
    """In the seller's scope: owners and admins hear of a paid order."""
    lines = states.lines_of(order)
    tell_team(
        order,
        "new_order",
        f"new-order:{order.id}",
        total=order.total.format(),
        ships=any(line.ships for line in lines),
        country=country(order.country) if order.country else "",
        lines=[{"title": called(line), "quantity": line.quantity, "sku": line.sku} for line in lines],
    )


def tell_buyer_of_bank(order: Order) -> None:
    """A delayed payment began: what happens now, once per purchase."""
    _to_buyer(order, "payment_processing", "payment-processing")


def tell_buyer_of_failure(order: Order) -> None:
    """A delayed payment was declined after all: nothing was charged, once per purchase."""
    _to_buyer(order, "payment_failed", "payment-failed")


def _to_buyer(order: Order, template: str, reason: str) -> None:
    group = order.group
    mail.post(
        group.email,
        template,
        f"{reason}:{group.id}",
        name=order.buyer_name,
        code=group.code,
        total=order.money(group.total_minor).format(),
        token=purchase_token(group),
    )


def send_links(email: str) -> None:
    """Every purchase made with an address, by mail to that address alone."""
    with db.system("send purchase links"):
        groups = queries.groups_by_email(email)
        if groups:
            found = [
                {"code": one.code, "date": one.created_at.strftime("%d %B %Y"), "token": purchase_token(one)}
                for one in groups
            ]
            mail.post(groups[0].email, "purchases_link", f"links:{new_id()}", purchases=found)
