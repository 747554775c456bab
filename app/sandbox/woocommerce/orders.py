"""Orders: lists by their creation or change, single ones, changes of status and meta data, the trash."""

from typing import Any

from app.sandbox.market import orders
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from . import lists, statuses
from . import order_view as view
from .talk import Site, api, invalid, no_id, refusal, site_of

SORTS = ("date", "id", "include", "title", "slug", "modified")
HIDDEN = ("trash", "checkout-draft")
"""What «any» leaves out."""


def order_of(call: Call, site: Site, identifier: object) -> Doc:
    """An order; raises Refusal 404."""
    found = orders.get(call.scope, site.shop, identifier)
    if found is None or found["private"].get("deleted"):
        raise no_id("shop_order")
    return found


@api.on("GET", "/orders")
def search(call: Call) -> Reply:
    """Orders by `status`, `include`, `after`/`before` and `modified_after`/`modified_before`, which leave their own second out."""
    site = site_of(call)
    found = [one for one in _in_window(call, site) if _wanted(call, site, one)]
    found = _sorted(call, site, found)
    items = [view.order(site, one) for one in lists.part(call, found)]
    return lists.paged(call, site, "orders", items, len(found))


def _in_window(call: Call, site: Site) -> list[Doc]:
    included = lists.numbers(call, "include")
    after, before = lists.moment(call, site, "modified_after"), lists.moment(call, site, "modified_before")
    since = None if after is None else after + 1
    found = orders.listed(call.scope, site.shop, by="updated", since=since, until=before)
    made_after, made_before = lists.moment(call, site, "after"), lists.moment(call, site, "before")
    return [
        one
        for one in found
        if (not included or one["id"] in included)
        and (made_after is None or one["created"] > made_after)
        and (made_before is None or one["created"] < made_before)
        and not one["private"].get("deleted")
    ]


def _wanted(call: Call, site: Site, order: Doc) -> bool:
    asked = [one for one in call.query.get("status", "any").split(",") if one]
    for one in asked:
        if one not in ("any", *statuses.known(site.shop)):
            raise invalid("status", f"status[0] is not one of any, {', '.join(statuses.known(site.shop))}.")
    status = statuses.of(order)
    return status in asked or ("any" in asked and status not in HIDDEN)


def _sorted(call: Call, site: Site, found: list[Doc]) -> list[Doc]:
    """Old shops cannot sort by the last change."""
    known = SORTS[:-1] if site.shop["private"].get("old_sorting") else SORTS
    by = lists.chosen(call, "orderby", known, "date")
    down = lists.chosen(call, "order", ("asc", "desc"), "desc") == "desc"
    moment = "updated" if by == "modified" else "created"
    return sorted(found, key=lambda one: (one[moment], one["seq"]), reverse=down)


@api.on("GET", "/orders/<identifier>")
def retrieve(call: Call, identifier: str) -> Reply:
    """One order, also from the trash."""
    site = site_of(call)
    return Reply(view.order(site, order_of(call, site, identifier)))


def change(call: Call, site: Site, found: Doc, wish: Doc) -> None:
    """Meta data first, so that a parcel's number is there when the status says that it went. Raises Refusal 400."""
    if "meta_data" in wish:
        _keep_meta(found, wish["meta_data"])
        orders.save(call.scope, site.shop, found, by="seller")
    if "status" in wish:
        try:
            statuses.write(call.scope, site.shop, found, statuses.check(site.shop, wish["status"]))
        except CannotDo as error:
            if error.code == "status":
                raise invalid("status", str(error)) from error
            raise


def _keep_meta(found: Doc, given: Any) -> None:
    """A key that is there is replaced, others are added."""
    if not isinstance(given, list) or not all(isinstance(one, dict) and one.get("key") for one in given):
        raise invalid("meta_data", "meta_data is not of type array.")
    known = {one["key"]: one for one in found["private"].get("meta", [])}
    known |= {one["key"]: {"key": str(one["key"]), "value": one.get("value")} for one in given}
    found["private"]["meta"] = [one for one in known.values() if one["value"] is not None]


def _update(call: Call, identifier: str) -> Reply:
    site = site_of(call)
    found = order_of(call, site, identifier)
    change(call, site, found, call.body if isinstance(call.body, dict) else {})
    return Reply(view.order(site, order_of(call, site, identifier)))


for _method in ("PUT", "PATCH", "POST"):
    api.on(_method, "/orders/<identifier>")(_update)


@api.on("DELETE", "/orders/<identifier>")
def remove(call: Call, identifier: str) -> Reply:
    """Into the trash; with `force` for ever."""
    site = site_of(call)
    found = order_of(call, site, identifier)
    shown = view.order(site, found)
    force = call.query.get("force", "").lower() in ("1", "true")
    if not force and statuses.of(found) == "trash":
        raise refusal(410, "woocommerce_rest_already_trashed", "The order has already been deleted.")
    found["private"]["deleted"] = force
    statuses.write(call.scope, site.shop, found, "trash")
    return Reply(shown if force else {**shown, "status": "trash"})
