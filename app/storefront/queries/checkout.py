"""Reads of a checkout: which one is open, what it costs, how far it got, how its payment stands."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload, selectinload

from app.access import queries as access
from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.core.errors import NotFound
from app.licences.models import Licence
from app.orders.models import Order, OrderGroup
from app.payments.models import Payment
from app.storefront.models import Checkout
from app.storefront.queries.cart import CartView, Destination, Group, cart

WAITING = ("pending", "open")
STEPS = ("contact", "delivery", "review")


def find(owner_id: UUID, checkout_id: UUID, *, lock: bool = False) -> Checkout | None:
    """The buyer's own checkout; other people's look missing."""
    statement = select(Checkout).where(Checkout.owner_id == owner_id, Checkout.id == checkout_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session().scalars(statement).one_or_none()


def open_checkout(owner_id: UUID, currency: str = "", *, lock: bool = False) -> Checkout | None:
    """The newest one that is not placed yet, of any currency unless one is named."""
    statement = select(Checkout).where(Checkout.owner_id == owner_id, Checkout.state == "open")
    if currency:
        statement = statement.where(Checkout.currency == currency)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return db.session().scalars(statement.order_by(Checkout.id.desc()).limit(1)).first()


def latest(owner_id: UUID) -> Checkout | None:
    """The last attempt of any state: what was typed there need not be typed again."""
    statement = select(Checkout).where(Checkout.owner_id == owner_id).order_by(Checkout.id.desc()).limit(1)
    return db.session().scalars(statement).first()


def priced(checkout: Checkout, country: str = "") -> CartView:
    """The part of the cart that this checkout pays, at today's prices, delivered to its address or to another country."""
    email = str(checkout.contact.get("email", ""))
    own = str(checkout.address.get("country", ""))
    known = checkout.address if address_complete(checkout) and country in ("", own) else {}
    return cart(checkout.owner_id, Destination(country or own, checkout.rates, known), email).of(checkout.currency)


def address_complete(checkout: Checkout) -> bool:
    return all(checkout.address.get(field) for field in ("country", "name", "line1", "city")) and bool(
        checkout.address.get("checked")
    )


def step_of(checkout: Checkout, view: CartView, asked: str = "") -> str:
    """Where the buyer is: the step asked for, but never past the first unfinished one."""
    reached = "review"
    if not checkout.contact.get("email"):
        reached = "contact"
    elif view.ships and (not address_complete(checkout) or any(_unsettled(group) for group in view.groups)):
        reached = "delivery"
    if asked == "delivery" and not view.ships:
        asked = ""
    return asked if asked in STEPS and STEPS.index(asked) <= STEPS.index(reached) else reached


def _unsettled(group: Group) -> bool:
    return group.undeliverable or group.undecided or group.lapsed


def payment_of(group_id: UUID) -> Payment:
    """The payment of one's own order group. Raises NotFound."""
    found = db.session().scalars(select(Payment).where(Payment.reference_id == group_id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def unfinished_payment(owner_id: UUID | None) -> Payment | None:
    """A payment that the buyer began and neither finished nor cancelled."""
    if owner_id is None:
        return None
    statement = (
        select(Payment)
        .where(Payment.buyer_id == owner_id, Payment.state.in_(WAITING), Payment.expires_at > db.now())
        .order_by(Payment.id.desc())
        .limit(1)
    )
    return db.session().scalars(statement).first()


@dataclass(frozen=True)
class Confirmation:
    """What was bought: the group, its payment, one order per seller, the downloads that are open, and by order line what sellers say."""

    group: OrderGroup
    payment: Payment
    orders: list[Order]
    grants: list[Grant]
    notes: dict[UUID, str]

    @property
    def has_downloads(self) -> bool:
        return any(line.downloads for order in self.orders for line in order.lines)

    @property
    def preparing(self) -> bool:
        """The money is here but the sellers' books are not written yet."""
        return self.payment.state == "paid" and any(
            order.paid_at is None and order.state != "cancelled" for order in self.orders
        )

    @property
    def waiting(self) -> bool:
        return self.payment.state in WAITING or self.preparing


def confirmation(group_id: UUID) -> Confirmation:
    """In the buyer's scope. Raises NotFound."""
    group = db.session().scalars(select(OrderGroup).where(OrderGroup.id == group_id)).one_or_none()
    if group is None:
        raise NotFound
    orders = (
        select(Order)
        .where(Order.group_id == group_id)
        .options(selectinload(Order.lines), joinedload(Order.shop))
        .order_by(Order.id)
    )
    found = list(db.session().scalars(orders).unique())
    keyed = exists().where(Licence.workspace_id == Grant.workspace_id, Licence.grant_id == Grant.id)
    grants = (
        select(Grant)
        .where(
            Grant.order_id.in_([order.id for order in found]), or_(Grant.downloads, keyed), Grant.revoked_at.is_(None)
        )
        .options(joinedload(Grant.product).selectinload(Product.pictures))
        .order_by(Grant.id)
    )
    opened = list(db.session().scalars(grants).unique())
    return Confirmation(group, payment_of(group_id), found, opened, access.notes_for([order.id for order in found]))
