"""The order list, and one order."""

from typing import Any

from flask import g, request

from app.core import db
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import member, requires, viewer
from app.core.web.csrf import embedded
from app.orders import actions, profit, queries, ways, words
from app.orders.models import Order
from app.orders.parts import parts
from app.orders.queries import Filters, addressed
from app.orders.routes import blueprint
from app.payments import queries as money

READ = Permission.ORDERS_ORDER_READ
PAGE = 50
SUGGESTED = 200


def base() -> str:
    return f"/w/{member().slug}/orders"


def wanted() -> Filters:
    """The filters of this page's address, or those that a form on it carried along."""
    if request.method == "POST":
        return addressed.parsed(request.form.get("query", ""))
    return addressed.filters(request.args)


@blueprint.get("/w/<workspace>/orders")
@requires(READ)
def orders() -> str:
    """The order list: tabs, filters and search in the address, keyset pages."""
    filters = wanted()
    after = addressed.place(request.args.get("after", ""), filters)
    rows = queries.list_orders(filters, after, PAGE + 1)
    shown, counts = rows[:PAGE], queries.counts()
    narrowed = any(name != "sort" for name in filters.active)
    return render.page(
        "orders/list.html",
        orders=shown,
        filters=filters,
        counts=counts,
        total=queries.matching(filters) if narrowed else counts[filters.view],
        elsewhere=_elsewhere(filters) if narrowed and not rows and filters.view != "all" else 0,
        tabs=_tabs(filters, counts),
        pictures=queries.pictures(shown),
        next_url=_next(rows, filters),
        first_url=f"{base()}?{addressed.query(filters)}" if after else "",
        base=base(),
        query=addressed.query(filters),
        link=lambda **changes: f"{base()}?{addressed.query(filters, **changes)}",
        ticked=request.form.getlist("numbers"),
        saved=queries.saved_views(_reader()),
        choices=_choices(filters),
        words=words,
        at_once=actions.AT_ONCE,
        live_topics=f"workspace:{member().workspace_id}:orders",
        ways=ways.doors.look(order.id for order in shown),
        now=db.now(),
    )


@blueprint.get("/w/<workspace>/orders/rows")
@requires(READ)
def rows() -> str:
    """Rows that an open list shows, as they are now and where they stand: nothing moves under the reader's hand."""
    filters = wanted()
    numbers = [int(raw) for raw in request.args.getlist("numbers")[:PAGE] if raw.isdecimal() and len(raw) < 10]
    shown = queries.chosen(numbers)
    return render.fragment(
        "orders/_rows.html",
        orders=shown,
        tabs=_tabs(filters, queries.counts()),
        again=True,
        filters=filters,
        pictures=queries.pictures(shown),
        ways=ways.doors.look(order.id for order in shown),
        base=base(),
        query=addressed.query(filters),
        ticked=[],
        words=words,
        now=db.now(),
    )


def _elsewhere(filters: Filters) -> int:
    return queries.matching(addressed.parsed(addressed.query(filters, view="all")))


def _tabs(filters: Filters, counts: dict[str, int]) -> list[dict[str, Any]]:
    """Tabs that only matter while something is in them stay away until then."""
    return [
        {"label": label, "href": f"{base()}?view={view}", "count": counts[view], "active": view == filters.view}
        for view, label in words.TABS.items()
        if view not in words.ONLY_WHEN_THERE or counts[view] or view == filters.view
    ]


def _next(rows: list[Order], filters: Filters) -> str:
    if len(rows) <= PAGE:
        return ""
    return f"{base()}?{addressed.query(filters, after=addressed.cursor(rows[PAGE - 1], filters))}"


def _choices(filters: Filters) -> dict[str, list[tuple[str, str]]]:
    """What the filter form offers, read from this workspace's orders."""
    countries = sorted(((code, words.country(code)) for code in queries.countries()), key=lambda pair: pair[1])
    return {
        "kind": [("physical", "Shipped"), ("digital", "Downloads")],
        "country": countries,
        "channel": [(name, words.channel(name)) for name in queries.channels()],
        "payment": list(words.PAYMENTS.items()),
        "tag": [(tag, tag) for tag in queries.tags()],
        "sort": [(name, label) for name, label in words.SORTS.items() if name != "-ship_by"],
        "sku": [(sku, sku) for sku in queries.wares(SUGGESTED)],
    }


def _reader() -> Any:
    person = viewer()
    return person.id if person else None


@blueprint.get("/w/<workspace>/orders/<int:number>")
@requires(READ)
def order(number: int) -> str:
    """One order with everything that is known about it."""
    row, person = queries.order_by_number(number), viewer()
    if person and not embedded():
        actions.seen(person.id, row)
    return render.page("orders/detail.html", **detail(row))


def detail(row: Order) -> dict[str, Any]:
    """What the detail page shows; also after a refused change. The address remembers the list that led here."""
    filters = addressed.filters(request.args) if "view" in request.args else Filters(view="all")
    before, after = queries.neighbours(row, filters)
    shown = request.args.get("show", "")
    suffix = f"?{addressed.query(filters)}" if "view" in request.args else ""
    order_money, booked = money.money_of_order(row.id), money.ledger_rows(row.id, limit=200)
    labels = profit.label_costs(row, booked)
    return {
        "order": row,
        "parts": parts(row),
        "order_money": order_money,
        "sheet": profit.sheet(row, order_money, labels) if order_money else None,
        "foreign_labels": [cost for cost in labels if cost.currency != row.currency],
        "timeline": queries.timeline(row, shown),
        "notes": queries.notes(row, _reader()),
        "show": shown,
        "before": before,
        "after": after,
        "suffix": suffix,
        "history": queries.history(row),
        "pictures": queries.pictures([row]),
        "known_tags": queries.tags(),
        "words": words,
        "ways": ways.doors.look([row.id]),
        "dispute_words": money.dispute_words,
        "dispute_reason": money.dispute_reason,
        "editing": g.get("refusal") is not None and request.path.endswith("/address"),
        "base": base(),
        "address_change": queries.open_change(row.group_id) if row.own else None,
        "live_topics": f"order:{row.id}",
        "now": db.now(),
    }
