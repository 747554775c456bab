"""What a seller does to many orders at once: the ticked ones, or everything that the list's filters match."""

from typing import Any

from flask import flash, request

from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.core.web.forms import parse
from app.orders import actions, forms, queries
from app.orders.models import Order
from app.orders.routes import blueprint
from app.orders.routes.seller import base, orders

WRITE = Permission.ORDERS_ORDER_WRITE


class NothingTicked(Refused):
    message = "Tick at least one order first. Nothing was changed."


def _selection() -> list[Order]:
    """Raises NothingTicked."""
    found = queries.selected(request.form, actions.AT_ONCE)
    if not found:
        raise NothingTicked
    return found


def _list() -> Any:
    query = request.form.get("query", "")
    return back(f"{base()}?{query}" if query else base())


def _report(outcome: actions.Outcome, one: str, many: str) -> None:
    """Say how many were done, and group what was left alone by its reason."""
    done = len(outcome.done)
    if done:
        flash(f"1 order {one}." if done == 1 else f"{done} orders {many}.", "good")
    for reason in dict.fromkeys(outcome.refused.values()):
        numbers = [f"#{number}" for number, why in outcome.refused.items() if why == reason]
        named = ", ".join(numbers[:8]) + (f" and {len(numbers) - 8} more" if len(numbers) > 8 else "")
        flash(f"{named} left as before. {reason}", "warn")


@blueprint.post("/w/<workspace>/orders/selection/sending")
@requires(WRITE, again=orders)
def sending() -> str:
    """The dry run: which of the chosen would be sent, with room for carrier and tracking number, and which cannot."""
    chosen = _selection()
    outcome = actions.sendable(chosen)
    return render.page(
        "orders/sending.html",
        orders=[order for order in chosen if order.number in outcome.done],
        refused=outcome.refused,
        query=request.form.get("query", ""),
        base=base(),
    )


@blueprint.post("/w/<workspace>/orders/selection/fulfilments")
@requires(WRITE, again=orders)
def send_many() -> Any:
    typed, who = request.form, actor()
    carrier = typed.get("carrier", "").strip()[:60]

    def send(order: Order) -> None:
        own = typed.get(f"carrier-{order.number}", "").strip()[:60]
        actions.send_rest(who, order, own or carrier, typed.get(f"tracking-{order.number}", "").strip()[:80])

    _report(
        actions.each(_selection(), send),
        "is marked as sent; its buyer gets a mail",
        "are marked as sent; their buyers get a mail",
    )
    return _list()


@blueprint.post("/w/<workspace>/orders/selection/holds")
@requires(WRITE, again=orders)
def hold_many() -> Any:
    who, reason = actor(), parse(forms.HoldForm).reason.data or ""
    _report(actions.each(_selection(), lambda order: actions.hold(who, order, reason)), "is on hold", "are on hold")
    return _list()


@blueprint.post("/w/<workspace>/orders/selection/releases")
@requires(WRITE, again=orders)
def release_many() -> Any:
    who = actor()
    _report(actions.each(_selection(), lambda order: actions.release(who, order)), "is released", "are released")
    return _list()


@blueprint.post("/w/<workspace>/orders/selection/tags")
@requires(WRITE, again=orders)
def tag_many() -> Any:
    who, word = actor(), parse(forms.TagForm).tag.data or ""
    outcome = actions.each(_selection(), lambda order: actions.tag(who, order, add=word.split(",")))
    _report(outcome, "is tagged", "are tagged")
    return _list()


@blueprint.post("/w/<workspace>/orders/selection/slips")
@requires(WRITE, again=orders)
def print_many() -> Any:
    """Note on each order that its slip was printed, then show all of them as one PDF."""
    shipped = [order for order in _selection() if any(line.ships for line in order.lines)]
    if not shipped:
        raise Refused("None of these orders ships anything, so there is nothing to print.")
    actions.printed(actor(), shipped, "packing slip")
    return back(f"{base()}/slips.pdf?numbers={_named(shipped)}")


@blueprint.post("/w/<workspace>/orders/selection/exports")
@requires(Permission.ORDERS_ORDER_EXPORT, again=orders)
def export_many() -> Any:
    """The chosen orders as CSV."""
    return back(f"{base()}/export.csv?numbers={_named(_selection())}")


def _named(chosen: list[Order]) -> str:
    return ",".join(str(order.number) for order in chosen)
