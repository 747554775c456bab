"""The lines of a Checkout Session."""

from . import catalog, objects
from .errors import missing, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank

MOST = 100


def build(scope: Scope, given: list[Doc]) -> list[Doc]:
    """Line items with their prices; raises when there are none, too many, or two currencies."""
    if not given:
        raise refused("Missing required param: line_items.", "line_items", "parameter_missing")
    if len(given) > MOST:
        raise refused(f"You may only provide up to {MOST} line items.", "line_items")
    items = [_item(scope, one, f"line_items[{position}]") for position, one in enumerate(given)]
    for position, item in enumerate(items):
        if item["currency"] != items[0]["currency"]:
            raise refused("All prices on a Checkout Session must have the same currency.", f"line_items[{position}]")
    return items


def _item(scope: Scope, given: Doc, param: str) -> Doc:
    quantity = given.get("quantity")
    if quantity is None:
        raise refused(f"Missing required param: {param}[quantity].", f"{param}[quantity]", "parameter_missing")
    if quantity < 1:
        raise refused("Invalid quantity: the quantity should be at least 1.", f"{param}[quantity]")
    price = _price(scope, given, param)
    if price["recurring"]:
        raise refused(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode "
            "or use only one-time prices.",
            param,
        )
    product = objects.get(scope, "product", price["product"])
    total = price["unit_amount"] * quantity
    return blank(
        "LineItem",
        id=new_id("li"),
        amount_discount=0,
        amount_subtotal=total,
        amount_tax=0,
        amount_total=total,
        currency=price["currency"],
        description=product["name"],
        price=price,
        quantity=quantity,
        metadata=objects.clean_metadata(given),
        discounts=[],
        taxes=[],
    )


def _price(scope: Scope, given: Doc, param: str) -> Doc:
    if ("price" in given) == ("price_data" in given):
        raise refused("You must specify either `price` or `price_data` for each line item.", param)
    if "price_data" in given:
        return catalog.add_price(scope, given["price_data"], active=False)
    price = objects.find(scope, "price", given["price"])
    if price is None:
        raise missing("price", given["price"], f"{param}[price]", 400)
    if not price["active"]:
        raise refused(
            f"The price specified is inactive. This field only accepts active prices: {price['id']}", f"{param}[price]"
        )
    return price


def page(items: list[Doc], params: Doc, url: str) -> Doc:
    """One page of the items, moved by `starting_after` or `ending_before`."""
    ids, limit = [item["id"] for item in items], params.get("limit", 10)
    for name in ("starting_after", "ending_before"):
        if name in params and params[name] not in ids:
            raise missing("line item", params[name], name, 400)
    first = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
    last = ids.index(params["ending_before"]) if "ending_before" in params else len(items)
    if "ending_before" in params:
        first = max(first, last - limit)
    window = items[first:last]
    return {"object": "list", "data": window[:limit], "has_more": len(window) > limit, "url": url}
