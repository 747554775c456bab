"""Mails about orders, each once per reason."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.models import User
from app.catalogue.models import Shop
from app.core import db, mail, signing
from app.core.ids import new_id
from app.orders import queries
from app.orders.models import Order, OrderGroup, OrderLine
from app.workspaces.models import Member

TOLD_ROLES = ("owner", "admin")


def purchase_token(group: OrderGroup) -> str:
    """Opens one purchase without an account; good for as long as routes/buyer.py says."""
    return signing.sign("purchase", [str(group.id), str(group.buyer_id)])


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
    return {
        "shop": shop,
        "number": order.number,
        "delivery": order.money(order.delivery_minor).format() if order.delivery_minor else "",
        "discount": order.money(order.discount_minor).format() if order.discount_minor else "",
        "downloads": any(line.downloads for line in lines),
        "total": order.total.format(),
        "lines": [
            {
                "title": f"{line.title} ({line.variant_title})" if line.variant_title else line.title,
                "quantity": line.quantity,
                "amount": order.money(line.unit_minor * line.quantity).format(),
            }
            for line in lines
        ],
    }


def tell_sellers(order: Order) -> None:
    """In the seller's scope: owners and admins hear of a paid order."""
    people = (
        db.session()
        .scalars(
            select(User)
            .join(Member, Member.user_id == User.id)
            .where(Member.role.in_(TOLD_ROLES), Member.removed_at.is_(None))
        )
        .all()
    )
    titles = db.session().scalars(select(OrderLine.title).where(OrderLine.order_id == order.id)).all()
    for person in people:
        mail.post(
            person.email,
            "new_order",
            f"new-order:{order.id}:{person.id}",
            number=order.number,
            buyer=order.buyer_name,
            total=order.total.format(),
            titles=list(titles),
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
