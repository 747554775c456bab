"""A purchase that is to become somebody's: claimed into an account, or given another address. Nobody takes one alone.

A claim waits for the address that the purchase was made with. An address changes when two of three say so: the old one, the new
one, and the seller, who can vouch when a purchase is from their shop alone. Then every older link ends.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts.models import User
from app.core import audit, db, mail, signing
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.core.masking import masked
from app.core.outbox import emit
from app.licences import actions as licences
from app.orders import states
from app.orders.actions.links import opened, purchase_token
from app.orders.actions.owning import hand_over, is_account
from app.orders.actions.placing import search_text
from app.orders.events import OrderChanged
from app.orders.models import Order, OrderGroup, PurchaseChange
from app.orders.timeline import tell

PURPOSE, LIVES = "purchase-change", timedelta(days=7)
NEEDED = 2


class SameAddress(Refused):
    message = "This purchase has that address already. Nothing was changed."


class NotYoursToClaim(Refused):
    status = 409
    message = "This purchase is kept in an account already, so it cannot be added to another one. Nothing was changed."


class OverAlready(Refused):
    status = 410
    message = (
        "This was answered before, or the time for it is over. Nothing was changed; ask again if you still need it."
    )


class SeveralSellers(Refused):
    status = 409
    message = (
        "This purchase holds orders of other sellers too, so you cannot vouch for its address. Nothing was changed."
    )


@dataclass(frozen=True)
class Asked:
    """What a letter asks: `who` reads it (old or new), `open` whether an answer still counts, `said` whether this side said yes,
    `done` whether it has changed."""

    kind: str
    who: str
    code: str
    from_email: str
    to_email: str
    open: bool
    said: bool
    done: bool


def ask_claim(token: str, person: User) -> str:
    """Somebody signed in holds a guest's link: ask the purchase's own address. Returns it, masked. Raises BadLink, NotYoursToClaim."""
    link = opened(token)
    if link is None:
        raise signing.BadLink
    with db.system("whose a purchase is") as session:
        group = db.lock(session.get_one(OrderGroup, link.group_id))
        if is_account(group.buyer_id):
            raise NotYoursToClaim
        change = _ask(group, "claim", person.email, person.id)
        _write(change, group, "old", "claim_purchase", person=masked(person.email))
        return masked(group.email)


def ask_email(group_id: UUID, email: str) -> None:
    """The buyer wants another address for a purchase of theirs: ask it and the old one. Raises SameAddress."""
    with db.system("whose a purchase is") as session:
        group, wanted = db.lock(session.get_one(OrderGroup, group_id)), email.strip()
        if wanted.lower() == group.email.lower():
            raise SameAddress(field="email")
        change = _ask(group, "email", wanted, None)
        _write(change, group, "old", "change_address_old", address=masked(wanted))
        _write(change, group, "new", "change_address_new")
        for order in _orders(group.id):
            with db.workspace(order.workspace_id):
                buyer = Actor("buyer", order.buyer_name, group.buyer_id)
                tell(order, "order", buyer, f"Asked for another e-mail address of the purchase: {masked(wanted)}")
                _changed(order)


def _ask(group: OrderGroup, kind: str, email: str, person_id: UUID | None) -> PurchaseChange:
    """The newest question replaces an older one."""
    older = (PurchaseChange.group_id == group.id, PurchaseChange.state == "open")
    db.session().execute(update(PurchaseChange).where(*older).values(state="dropped"))
    return db.add(
        PurchaseChange(group_id=group.id, kind=kind, person_id=person_id, from_email=group.email, to_email=email)
    )


def _write(change: PurchaseChange, group: OrderGroup, who: str, template: str, **context: str) -> None:
    to = change.from_email if who == "old" else change.to_email
    token = signing.sign(PURPOSE, [str(change.id), who])
    mail.post(to, template, f"{template}:{change.id}", code=group.code, token=token, **context)


def asked(token: str) -> Asked:
    """What the letter with this link asks. Raises BadLink."""
    change_id, who = _read(token)
    with db.system("whose a purchase is") as session:
        change = session.get_one(PurchaseChange, change_id)
        group = session.get_one(OrderGroup, change.group_id)
        said = (change.old_said_at if who == "old" else change.new_said_at) is not None
        is_now = _is_open(change), said, change.state == "done"
        return Asked(change.kind, who, group.code, change.from_email, change.to_email, *is_now)


def agree(token: str) -> str | None:
    """The reader of a letter says yes. Returns the purchase's new link once it has changed hands. Raises BadLink, OverAlready."""
    change_id, who = _read(token)
    with db.system("whose a purchase is"):
        change = _locked(change_id)
        if who == "old":
            change.old_said_at = change.old_said_at or db.now()
        else:
            change.new_said_at = change.new_said_at or db.now()
        return _settle(change)


def refuse(token: str) -> None:
    """The reader of a letter did not ask for this. Raises BadLink, OverAlready."""
    change_id, _ = _read(token)
    with db.system("whose a purchase is"):
        change = _locked(change_id)
        change.state = "dropped"
        for order in _orders(change.group_id):
            with db.workspace(order.workspace_id):
                tell(order, "order", Actor("buyer", order.buyer_name), "Refused another e-mail address of the purchase")
                _changed(order)


def vouch(actor: Actor, order: Order) -> bool:
    """In the seller's scope: they know that the buyer asks. Returns whether that settled it. Raises NotFound, SeveralSellers."""
    with db.system("whose a purchase is"):
        open_change = select(PurchaseChange.id).where(
            PurchaseChange.group_id == order.group_id, PurchaseChange.state == "open", PurchaseChange.kind == "email"
        )
        change_id = db.session().scalars(open_change).one_or_none()
        if change_id is None:
            raise NotFound
        if {one.workspace_id for one in _orders(order.group_id)} != {order.workspace_id}:
            raise SeveralSellers
        change = _locked(change_id)
        change.seller_said_at = db.now()
        with db.workspace(order.workspace_id):
            audit.record(actor, "orders.vouch_address", order, order=order.number)
            tell(order, "order", actor, f"Vouched for the buyer's new address {masked(change.to_email)}")
        return _settle(change) is not None


def _settle(change: PurchaseChange) -> str | None:
    """Enough have said yes: it changes hands, its old links end, and everybody concerned is told."""
    said = [change.old_said_at, change.new_said_at, change.seller_said_at]
    done = change.old_said_at is not None if change.kind == "claim" else len([one for one in said if one]) >= NEEDED
    if not done:
        return None
    group = db.lock(db.session().get_one(OrderGroup, change.group_id))
    group.link_no += 1
    change.state = "done"
    owner = change.person_id if change.kind == "claim" else _owner_of(group, change)
    if change.kind == "email":
        group.email = change.to_email
    db.session().flush()
    if owner is not None:
        hand_over(group.id, owner)
    db.session().refresh(group)
    _tell_sellers(group, change)
    _tell_both(group, change)
    return purchase_token(group)


def _owner_of(group: OrderGroup, change: PurchaseChange) -> UUID | None:
    """What an account has stays there. A guest's goes to the account of the new address once that is proven, else to a new guest."""
    if is_account(group.buyer_id):
        return None
    proven = select(User.id).where(
        func.lower(User.email) == change.to_email.lower(), User.email_confirmed_at.is_not(None)
    )
    found = db.session().scalars(proven).one_or_none() if change.new_said_at else None
    return found or new_id()


def _tell_sellers(group: OrderGroup, change: PurchaseChange) -> None:
    for order in _orders(group.id):
        with db.workspace(order.workspace_id):
            buyer = Actor("buyer", order.buyer_name, group.buyer_id)
            if change.kind == "email":
                order.buyer_email = change.to_email
                licences.readdress(order.id, change.to_email)
                order.search_text = search_text(order, states.lines_of(order))
                words = f"E-mail address of the purchase changed from {change.from_email} to {change.to_email}"
            else:
                words = "The purchase was added to an account"
            tell(order, "order", buyer, words)
            audit.record(buyer, f"orders.purchase_{change.kind}", order, order=order.number)
            _changed(order)


def _tell_both(group: OrderGroup, change: PurchaseChange) -> None:
    """The link goes to the new address alone."""
    if change.kind == "email":
        reason, moved = f"purchase-moved:{change.id}", {"code": group.code, "address": masked(change.to_email)}
        mail.post(
            change.to_email, "address_of_purchase", f"{reason}:new", **moved, token=purchase_token(group), mine=True
        )
        mail.post(change.from_email, "address_of_purchase", f"{reason}:old", **moved, mine=False)


def _orders(group_id: UUID) -> list[Order]:
    return list(db.session().scalars(select(Order).where(Order.group_id == group_id).order_by(Order.id)))


def _locked(change_id: UUID) -> PurchaseChange:
    change = db.lock(db.session().get_one(PurchaseChange, change_id))
    if not _is_open(change):
        raise OverAlready
    return change


def _is_open(change: PurchaseChange) -> bool:
    return change.state == "open" and change.created_at > db.now() - LIVES


def _read(token: str) -> tuple[UUID, str]:
    change_id, who = signing.unsign(PURPOSE, token, int(LIVES.total_seconds()))
    return UUID(change_id), str(who)


def _changed(order: Order) -> None:
    db.session().flush()
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
