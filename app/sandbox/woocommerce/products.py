"""Products: lists with filters and pages, single ones, changes and batches."""

from typing import Any

from app.sandbox.market import goods
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import changing, lists
from . import product_view as view
from .talk import Site, api, no_id, site_of

ORDERS = {"date": "d.seq", "id": "d.seq", "modified": "d.updated", "title": "json_extract(d.body, '$.title')"}
SORTS = (*ORDERS, "include", "slug", "price", "popularity", "rating", "menu_order")
STATUSES = {"publish": "active", "draft": "inactive", "trash": "deleted"}
TYPES = ("simple", "variable", "grouped", "external")
VARIABLE = "(json_array_length(d.body, '$.skus') > 1 OR json_extract(d.body, '$.skus[0].options') != '{}')"


def product_of(call: Call, site: Site, identifier: object) -> Doc:
    """A product; raises Refusal 404."""
    found = goods.get(call.scope, site.shop, identifier)
    if found is None:
        raise no_id("product")
    return found


@api.on("GET", "/products")
def search(call: Call) -> Reply:
    """Products, the newest first unless asked otherwise; a search by SKU may find a variation."""
    site = site_of(call)
    sku = call.query.get("sku")
    if sku:
        found = [one for part in sku.split(",") if part.strip() for one in _by_sku(call, site, part.strip())]
        return lists.paged(call, site, "products", lists.part(call, found), len(found))
    where, values = _conditions(call, site)
    ordered = ORDERS.get(lists.chosen(call, "orderby", SORTS, "date"), "d.seq")
    way = "ASC" if lists.chosen(call, "order", ("asc", "desc"), "desc") == "asc" else "DESC"
    start, size = lists.window(call)
    counted = call.scope.state.row(f"SELECT count(*) AS n FROM market_docs d WHERE {where}", *values)
    rows = call.scope.state.rows(
        f"SELECT d.id FROM market_docs d WHERE {where} ORDER BY {ordered} {way}, d.seq {way} LIMIT ? OFFSET ?",
        *values, size, start,
    )  # fmt: skip
    shown = [view.product(site, product_of(call, site, row["id"])) for row in rows]
    return lists.paged(call, site, "products", shown, int(counted["n"]) if counted else 0)


def _conditions(call: Call, site: Site) -> tuple[str, list[Any]]:
    """What the query narrows, as SQL."""
    where, values = ["d.account = ?", "d.kind = ?"], [call.scope.account, goods.KIND]
    status = lists.chosen(call, "status", ("any", "pending", "private", "future", *STATUSES), "any")
    if status == "any":
        where.append("json_extract(d.body, '$.state') != 'deleted'")
    else:
        where.append("json_extract(d.body, '$.state') = ?")
        values.append(STATUSES.get(status, "none such"))
    for name, column, sign in (
        ("after", "created", ">"), ("before", "created", "<"), ("modified_after", "updated", ">"), ("modified_before", "updated", "<"),
    ):  # fmt: skip
        at = lists.moment(call, site, name)
        if at is not None:
            where.append(f"d.{column} {sign} ?")
            values.append(at)  # type: ignore[arg-type]
    kind = lists.chosen(call, "type", ("", *TYPES), "")
    if kind:
        where.append({"simple": f"NOT {VARIABLE}", "variable": VARIABLE}.get(kind, "0"))
    included = lists.numbers(call, "include")
    if included:
        where.append(f"d.id IN ({', '.join('?' * len(included))})")
        values += included
    if call.query.get("search"):
        where.append("instr(lower(json_extract(d.body, '$.title')), ?)")
        values.append(call.query["search"].lower())
    return " AND ".join(where), values


def _by_sku(call: Call, site: Site, sku: str) -> list[Doc]:
    rows = call.scope.state.rows(
        "SELECT d.id, json_extract(s.value, '$.id') AS sku FROM market_docs d, json_each(d.body, '$.skus') s WHERE d.account = ? "
        "AND d.kind = ? AND json_extract(d.body, '$.state') != 'deleted' AND json_extract(s.value, '$.sku') = ? ORDER BY d.seq",
        call.scope.account, goods.KIND, sku,
    )  # fmt: skip
    found = []
    for row in rows:
        product = product_of(call, site, row["id"])
        if view.is_variable(product):
            found.append(view.variation(site, product, goods.sku_of(product, row["sku"]), as_product=True))
        else:
            found.append(view.product(site, product))
    return found


@api.on("GET", "/products/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One product."""
    site = site_of(call)
    return Reply(view.product(site, product_of(call, site, identifier)))


def _update(call: Call, identifier: object, wish: Doc) -> Doc:
    site = site_of(call)
    found = product_of(call, site, identifier)
    if found["state"] == "deleted":
        raise no_id("product")
    changing.change_product(call, site, found, wish)
    return view.product(site, product_of(call, site, identifier))


def _delete(call: Call, identifier: object) -> Doc:
    site = site_of(call)
    found = product_of(call, site, identifier)
    shown = view.product(site, found)
    goods.set_state(call.scope, site.shop, found, "deleted")
    return shown


@api.on("POST", "/products/batch")
def batch(call: Call) -> Reply:
    """Up to a hundred changes; some may fail inside an answer of 200."""
    return Reply(
        changing.batch(call, lambda item: _update(call, item.get("id"), item), lambda item: _delete(call, item.get("id")))
    )  # fmt: skip


def _change(call: Call, identifier: str) -> Reply:
    return Reply(_update(call, identifier, call.body if isinstance(call.body, dict) else {}))


for _method in ("PUT", "PATCH", "POST"):
    api.on(_method, "/products/<identifier>")(_change)


@api.on("DELETE", "/products/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Into the trash."""
    return Reply(_delete(call, identifier))
