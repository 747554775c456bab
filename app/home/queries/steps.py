"""The way from an empty workspace to the first sale."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.catalogue.models import File, Product, Shop, Variant
from app.core import db
from app.core.permissions import Permission
from app.core.permissions import Permission as P
from app.inventory.models import StockLevel
from app.orders.models import Order
from app.payments.models import SellerAccount
from app.workspaces.models import Invitation, Member

STRIPE_ASKS = "Stripe asks who you are and where your money goes."
WHAT_IT_NEEDS = "With a file to download, or stock to ship."
FIRST_SALE = "Share your shop's address. Orders appear here by themselves."


@dataclass(frozen=True)
class Step:
    """One step of the set-up. `done` comes from rows, never from a click; `may` is the permission it takes."""

    title: str
    text: str
    minutes: int
    path: str
    action: str
    may: Permission
    done: bool


def steps() -> list[Step]:
    """The way from an empty workspace to the first sale."""
    shop, paid = _any(Shop.state == "open"), _any(SellerAccount.state == "enabled")
    sold = _any(Order.paid_at.is_not(None))
    return [
        Step(
            "Open a shop", "A name, an address and a colour.", 3, "/shops", "Make a shop", P.CATALOGUE_SHOP_WRITE, shop
        ),
        Step("Get paid", STRIPE_ASKS, 6, "/payouts", "Set up payouts", P.PAYMENTS_ACCOUNT_WRITE, paid),
        Step("List a product", WHAT_IT_NEEDS, 5, "/products/new", "Add", P.CATALOGUE_PRODUCT_WRITE, _deliverable()),
        Step("Make the first sale", FIRST_SALE, 0, "/orders", "See orders", P.ORDERS_ORDER_READ, sold),
        Step(
            "Invite somebody",
            "To help, or just to look.",
            1,
            "/members",
            "Invite",
            P.WORKSPACES_MEMBER_WRITE,
            _company(),
        ),
    ]


def _any(*rules: ColumnElement[bool]) -> bool:
    return bool(db.session().scalar(select(exists().where(*rules))))


def _deliverable() -> bool:
    """A listed product that can be delivered: it has a file, or stock."""
    file = exists().where(
        File.workspace_id == Product.workspace_id, File.product_id == Product.id, File.removed_at.is_(None)
    )
    stock = exists().where(
        Variant.workspace_id == Product.workspace_id,
        Variant.product_id == Product.id,
        StockLevel.workspace_id == Variant.workspace_id,
        StockLevel.variant_id == Variant.id,
        StockLevel.on_hand > 0,
    )
    return _any(Product.state == "listed", or_(file, stock))


def _company() -> bool:
    people = db.session().scalar(select(func.count()).select_from(Member).where(Member.removed_at.is_(None))) or 0
    return people > 1 or _any(Invitation.revoked_at.is_(None))
