"""Refunds by line: what was promised counts at once, so nothing is promised twice; what failed is taken back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.access import actions as access
from app.catalogue import actions as catalogue
from app.core import audit, db
from app.core.actor import STRIPE, Actor
from app.core.errors import Refused
from app.core.idempotency import once
from app.core.money import Money
from app.core.outbox import emit
from app.inventory import actions as inventory
from app.licences import actions as licences
from app.licences import queries as licence_queries
from app.orders import states, ways
from app.orders.actions.team import tell_team
from app.orders.actions.writing import write
from app.orders.events import OrderChanged, OrderRefunded
from app.orders.models import Order, OrderLine
from app.orders.timeline import tell
from app.payments import actions as payments
from app.payments.models import Dispute, Refund

UNDONE = ("failed", "canceled")
CONTESTED = ("needs_response", "under_review", "lost")
ANSWERABLE = ("warning_needs_response", "needs_response")


@dataclass(frozen=True)
class RefundLine:
    """Units taken back and the money for them; either may be zero."""

    quantity: int
    amount: Money


class TooMuch(Refused):
    message = "That is more than this line still has to give. No money was moved; choose less."


class PaidElsewhere(Refused):
    status = 409
    message = "This order was paid at the platform where it was placed, so it is cancelled and refunded there too. No money was moved here."


def refuse_outside(order: Order) -> None:
    if not order.own:
        raise PaidElsewhere


@dataclass(frozen=True)
class Consequence:
    """One thing that a refund will do, in words, with its amount when it has one."""

    text: str
    amount: Money | None = None


def refund_preview(order: Order, lines: Mapping[UUID, RefundLine], delivery: Money, restock: bool) -> list[Consequence]:
    """Everything that would happen, before anybody agrees to it. Raises TooMuch."""
    rows = states.lines_of(order)
    total = _check(order, rows, lines, delivery)
    split = payments.refund_preview(order.id, total)
    found = [
        Consequence("The buyer gets back", split.amount),
        Consequence("Commission you get back", split.fee_back),
        Consequence("Taken from your transfer", split.transfer_reversal),
    ]
    if split.provider_fee_kept:
        found.append(Consequence("Card fee that Stripe keeps; we bear it", split.provider_fee_kept))
    back = sum(lines[row.id].quantity for row in rows if row.id in lines and row.ships)
    if back:
        found.append(Consequence(_units(back, restock)))
    ended = _ending(order, rows, lines, total)
    files = [row.title for row in ended if row.downloads]
    if files:
        found.append(Consequence(f"Downloads end for: {', '.join(files)}"))
    closed = _keys_closed(order, rows, lines)
    if closed:
        found.append(Consequence("1 licence key closes" if closed == 1 else f"{closed} licence keys close"))
    rooms = ways.doors.rooms(order.buyer_id, [row.id for row in ended])
    if rooms:
        found.append(Consequence(f"Closes to the buyer in the forum: {', '.join(rooms)}"))
    return found


def _ending(
    order: Order, rows: Sequence[OrderLine], lines: Mapping[UUID, RefundLine], total: Money
) -> Sequence[OrderLine]:
    """The lines whose access ends once this refund has gone back; a free one only with the whole order."""
    whole = order.refunded_minor + total.minor >= order.total_minor > 0
    return [row for row in rows if (row.id in lines and _all_back(row, lines[row.id]) if row.total_minor else whole)]


def _keys_closed(order: Order, rows: Sequence[OrderLine], lines: Mapping[UUID, RefundLine]) -> int:
    """As many as units go back, and all of a line whose money goes back whole."""
    keys, count = licence_queries.held_by_line(order.id), 0
    for row in rows:
        good = sum(one.why == "" for one in keys.get(row.id, []))
        if row.id in lines:
            count += good if _all_back(row, lines[row.id]) else min(lines[row.id].quantity, good)
    return count


def _units(count: int, restock: bool) -> str:
    if count == 1:
        return f"1 unit {'goes back into stock' if restock else 'is not restocked'}"
    return f"{count} units {'go back into stock' if restock else 'are not restocked'}"


def _all_back(row: OrderLine, wanted: RefundLine) -> bool:
    return row.refunded_minor + wanted.amount.minor >= row.total_minor


def refund(
    actor: Actor,
    order: Order,
    lines: Mapping[UUID, RefundLine],
    delivery: Money,
    reason: str,
    note: str,
    restock: bool,
    key: str,
) -> UUID:
    """Promise the buyer money back, once per `key`. Returns the refund's id. Raises TooMuch, RefundTooLarge, NotPaid, DisputeOpen."""
    content = (sorted((str(i), one.quantity, one.amount.minor) for i, one in lines.items()), delivery.minor, restock)
    answer = once(order.id, key, content, lambda: _refund(actor, order, lines, delivery, reason, note, restock))
    return UUID(answer)


def _refund(
    actor: Actor, order: Order, lines: Mapping[UUID, RefundLine], delivery: Money, reason: str, note: str, restock: bool
) -> UUID:
    order = db.lock(order)
    rows = states.lines_of(order)
    total = _check(order, rows, lines, delivery)
    entries = [
        {"line_id": str(line_id), "quantity": one.quantity, "amount_minor": one.amount.minor}
        for line_id, one in lines.items()
    ]
    if delivery:
        entries.append({"line_id": "", "quantity": 0, "amount_minor": delivery.minor})
    made = payments.promise_refund(
        actor, order.id, total, fee=None, lines=entries, reason=reason, note=note, restock=restock
    )
    recount(order)
    tell(order, "money", actor, "Promised a refund" + (f": {note}" if note else ""), amount=total)
    audit.record(actor, "orders.refund", order, amount=total, reason=reason)
    emit(OrderRefunded(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id, refund_id=made.id))
    return made.id


def _check(order: Order, rows: Sequence[OrderLine], lines: Mapping[UUID, RefundLine], delivery: Money) -> Money:
    """The whole amount, when every line and the delivery still have that much to give."""
    refuse_outside(order)
    by_id, total = {row.id: row for row in rows}, delivery
    if delivery.minor < 0 or delivery.minor > order.delivery_minor - order.delivery_refunded_minor:
        raise TooMuch("That is more than was paid for delivery. No money was moved.", field="delivery")
    for line_id, one in lines.items():
        row = by_id.get(line_id)
        if row is None or one.quantity < 0 or one.amount.minor < 0:
            raise TooMuch
        if (
            one.quantity > row.quantity - row.refunded_quantity
            or one.amount.minor > row.total_minor - row.refunded_minor
        ):
            raise TooMuch(field=f"amount-{line_id}")
        total = total + one.amount
    if not total:
        raise TooMuch("Enter an amount to give back. No money was moved.")
    return total


def refund_rest(actor: Actor, order: Order, rows: Sequence[OrderLine], reason: str) -> None:
    """Everything that is left, restocked: a paid order was cancelled."""
    lines = {
        row.id: RefundLine(row.quantity - row.refunded_quantity, order.money(row.total_minor - row.refunded_minor))
        for row in rows
        if row.quantity > row.refunded_quantity or row.total_minor > row.refunded_minor
    }
    delivery = order.money(order.delivery_minor - order.delivery_refunded_minor)
    _refund(actor, order, lines, delivery, "requested_by_customer", reason, True)


def recount(order: Order) -> None:
    """Bring the order in line with its refunds, whoever made them: ours by line, Stripe's dashboard by amount."""
    refunds = list(db.session().scalars(select(Refund).where(Refund.order_id == order.id, Refund.state.not_in(UNDONE))))
    rows = states.lines_of(order)
    entries = [entry for one in refunds for entry in one.lines]
    before = states.units_of(rows)
    for row in rows:
        mine = [entry for entry in entries if entry["line_id"] == str(row.id)]
        row.refunded_quantity = sum(entry["quantity"] for entry in mine)
        row.refunded_minor = sum(entry["amount_minor"] for entry in mine)
    order.refunded_minor = sum(one.amount_minor for one in refunds)
    order.delivery_refunded_minor = sum(entry["amount_minor"] for entry in entries if not entry["line_id"])
    after = states.units_of(rows)
    catalogue.count_sold({product_id: after[product_id] - before[product_id] for product_id in after})
    states.refresh(order, rows)
    _follow_access(order, rows, refunds)
    db.session().flush()


def _follow_access(order: Order, rows: Sequence[OrderLine], refunds: Sequence[Refund]) -> None:
    """Access ends when all of its line's money has really gone back, and returns when that is undone. Units decide nothing but
    how many of its keys stay open."""
    done = [one for one in refunds if one.state == "succeeded"]
    everything = sum(one.amount_minor for one in done) >= order.total_minor > 0
    ended: list[UUID] = []
    kept: list[UUID] = []
    for row in rows:
        gone = sum(entry["amount_minor"] for one in done for entry in one.lines if entry["line_id"] == str(row.id))
        licences.follow_refund(row.id, _units_back(row, done))
        (ended if everything or (row.total_minor and gone >= row.total_minor) else kept).append(row.id)
    access.revoke(ended, "refund")
    access.restore(kept, "refund")


def _units_back(row: OrderLine, done: Sequence[Refund]) -> int:
    return sum(entry["quantity"] for one in done for entry in one.lines if entry["line_id"] == str(row.id))


def refund_moved(order: Order, refund_id: UUID, state: str, previous: str) -> None:
    """Stripe said something about a refund: counts follow, stock comes back once, the buyer is told."""
    order = db.lock(order)
    row = db.get(Refund, refund_id)
    recount(order)
    if state == "succeeded" and previous != "succeeded":
        _give_back_stock(order, row)
        tell(order, "money", STRIPE, "Refunded", amount=Money(row.amount_minor, row.currency))
        amount = Money(row.amount_minor, row.currency).format()
        write(order, "order_refunded", f"refunded:{row.id}", amount=amount, note=row.note)
    elif state in UNDONE and previous not in UNDONE:
        tell(
            order,
            "money",
            STRIPE,
            "The refund did not go through; the money is still with you",
            amount=Money(row.amount_minor, row.currency),
        )
    changed(order)


def _give_back_stock(order: Order, row: Refund) -> None:
    if not row.restock:
        return
    ships = {str(line.id): line for line in states.lines_of(order) if line.ships}
    for entry in row.lines:
        line = ships.get(entry["line_id"])
        if line is not None and entry["quantity"]:
            inventory.restock(STRIPE, line.variant_id, entry["quantity"], order.id)


def dispute_moved(order: Order, status: str, previous: str) -> None:
    """A chargeback takes access while it lasts; an inquiry moves nothing; winning gives all back."""
    order = db.lock(order)
    rows = states.lines_of(order)
    if status in ANSWERABLE and previous not in ANSWERABLE:
        _tell_of_dispute(order, status)
    if status in CONTESTED:
        order.payment_state = "disputed"
        access.revoke([row.id for row in rows], "dispute")
    elif order.payment_state == "disputed":
        order.payment_state = "paid"
        states.refresh(order, rows)
        access.restore([row.id for row in rows], "dispute")
        recount(order)
    tell(order, "money", STRIPE, _DISPUTES.get(status, f"Dispute: {status.replace('_', ' ')}"))
    changed(order)


def _tell_of_dispute(order: Order, status: str) -> None:
    """Owners and admins hear of it once per dispute and stage, with the day by which an answer is due."""
    dispute = (
        db.session()
        .scalars(
            select(Dispute).where(Dispute.order_id == order.id, Dispute.status == status).order_by(Dispute.id.desc())
        )
        .first()
    )
    if dispute is None:
        return
    due = dispute.evidence_due_at
    tell_team(
        order,
        "dispute_opened",
        f"dispute:{dispute.id}:{status}",
        amount=dispute.amount.format(),
        taken=dispute.money_moved,
        due=due.strftime("%d %B %Y, %H:%M UTC") if due else "",
        cause=dispute.reason.replace("_", " "),
    )


_DISPUTES = {
    "needs_response": "The buyer's bank disputes the payment and took the money back for now. An answer is due.",
    "under_review": "The bank is looking at the answer to the dispute",
    "won": "The dispute was won; the money is back",
    "lost": "The dispute was lost; the money stays with the buyer",
    "warning_needs_response": "The buyer's bank asks about the payment. No money has moved.",
    "warning_closed": "The bank's question is closed. No money has moved.",
}


def changed(order: Order) -> None:
    db.session().flush()
    emit(OrderChanged(workspace_id=order.workspace_id, order_id=order.id, group_id=order.group_id))
