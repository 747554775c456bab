"""The way from an empty workspace to the first sale."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select

from app.catalogue.models import File, Product, Shop, Variant
from app.channels.models import ChannelConnection
from app.core import db, settings
from app.core.permissions import Permission
from app.core.permissions import Permission as P
from app.inventory.models import StockLevel
from app.orders.models import Order
from app.payments.models import SellerAccount
from app.workspaces.models import Invitation, Member, Workspace

STRIPE_ASKS = "Stripe asks who you are and where your money goes."
WHAT_IT_NEEDS = "With a file to download, or stock to ship."
CHANNELS = "TikTok Shop, Shopee or a site of your own: their orders come here, and stock agrees."
DEMO_CHANNEL = (
    "TikTok Shop, Shopee or your own site. Here they are played by a demo marketplace, so nothing can go wrong."
)
FIRST_SALE = "Share your shop's address. Orders appear here by themselves."


@dataclass(frozen=True)
class Step:
    """One step of the set-up. `done` comes from rows, never from a click; `may` is the permission it takes.

    With a `key` it may be set aside: not every seller has a marketplace, or company.
    """

    title: str
    text: str
    minutes: int
    path: str
    action: str
    may: Permission
    done: bool
    key: str = ""


CHANNEL, COMPANY = "channel", "company"
OPTIONAL = frozenset({CHANNEL, COMPANY})


def steps(workspace_id: UUID) -> list[Step]:
    """The way from an empty workspace to the first sale, without what its people set aside."""
    workspace = db.find(Workspace, workspace_id)
    aside = set(workspace.set_aside) if workspace else set()
    return [step for step in (*_selling(), *_growing()) if step.key not in aside]


def _selling() -> list[Step]:
    shop, paid = _any(Shop.state == "open"), _any(SellerAccount.state == "enabled")
    return [
        Step(
            "Open a shop", "A name, an address and a colour.", 3, "/shops", "Make a shop", P.CATALOGUE_SHOP_WRITE, shop
        ),
        Step("Get paid", STRIPE_ASKS, 6, "/payouts", "Set up payouts", P.PAYMENTS_ACCOUNT_WRITE, paid),
        Step("List a product", WHAT_IT_NEEDS, 5, "/products/new", "Add", P.CATALOGUE_PRODUCT_WRITE, _deliverable()),
    ]


def _growing() -> list[Step]:
    sold, connected = _any(Order.paid_at.is_not(None)), _any(ChannelConnection.state != "disconnected")
    connect, invite = P.CHANNELS_CONNECTION_WRITE, P.WORKSPACES_MEMBER_WRITE
    where = DEMO_CHANNEL if settings.current().sandbox_url else CHANNELS
    return [
        Step("Connect a channel", where, 2, "/channels", "Connect", connect, connected, CHANNEL),
        Step("Make the first sale", FIRST_SALE, 0, "/orders", "See orders", P.ORDERS_ORDER_READ, sold),
        Step("Invite somebody", "To help, or just to look.", 1, "/members", "Invite", invite, _company(), COMPANY),
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
