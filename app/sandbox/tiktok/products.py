"""Products: searched, read, taken off sale and put on again (TIKTOK.md §6)."""

from typing import Any

from app.sandbox.market import goods, store
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc
from app.sandbox.stripe.scope import Scope

from .dialect import bad, ids_of, item_error, major, page_place, page_size, page_token, refusal, told
from .door import api, shop_of

STATUSES = ("DRAFT", "PENDING", "FAILED", "ACTIVATE", "SELLER_DEACTIVATED", "PLATFORM_DEACTIVATED", "FREEZE", "DELETED")
STATES = {"active": "ACTIVATE", "inactive": "SELLER_DEACTIVATED", "deleted": "DELETED"}
GONE = (12052048, "You cannot edit the specified product(s) as it isn't listed in your account or shop.")
NOT_NOW = (12052901, "The product in its current status is not available for this operation. Change the product status and try again.")  # fmt: skip
CAP = 10_000
TWENTY = 20


def status_of(product: Doc) -> str:
    """What the market says, unless the platform has its own opinion of this product (`private.status`)."""
    own = product["private"].get("status")
    return own if own and product["state"] != "deleted" else STATES[product["state"]]


@api.on("POST", "/product/202502/products/search")
def search(call: Call) -> Reply:
    """Products by status, seller SKUs and moments (`_le` is included here); never more than 10,000 in one search."""
    size, wish = page_size(call.query), _wish(call.body)
    shop = shop_of(call)
    place = page_place(call.query.get("page_token", ""), wish)
    by, window = _window(wish)
    total = _count(call.scope, shop, wish, by, window)
    if total > int(shop["private"].get("search_cap", CAP)):
        raise refusal(12052180, "The total number of search results can not exceed 10000.")
    after = (place[0], place[1]) if place else None
    found = goods.listed(call.scope, shop, by=by, after=after, limit=size + 1, **window)
    more = found[size:] and page_token([found[size - 1][by], found[size - 1]["seq"]], wish)
    shown = [_shown(shop, one) for one in found[:size] if _fits(one, wish)]
    return told({"products": shown, "total_count": total, **({"next_page_token": more} if more else {})})


def _wish(body: Any) -> Doc:
    wish = body if isinstance(body, dict) else {}
    if wish.get("status", "ALL") not in ("ALL", *STATUSES):
        raise bad("param body.status is invalid")
    if len(ids_of(wish, "seller_skus", 1000)) > 10:
        raise refusal(12019027, "The maximum count of “seller_skus” in the search filter is 10.")
    for name in ("create_time_ge", "create_time_le", "update_time_ge", "update_time_le"):
        if wish.get(name) is not None and (not isinstance(wish[name], int) or isinstance(wish[name], bool)):
            raise refusal(12019119 if name.startswith("update") else 12019118, f"search {name[:6]} time invalid")
    return wish


def _window(wish: Doc) -> tuple[str, dict[str, int]]:
    """Which moment counts, and between which; the market's windows end before, TikTok's at."""
    by = "created" if "create_time_ge" in wish or "create_time_le" in wish else "updated"
    name = "create_time" if by == "created" else "update_time"
    window = {"since": wish.get(f"{name}_ge"), "until": wish[f"{name}_le"] + 1 if f"{name}_le" in wish else None}
    return by, {key: value for key, value in window.items() if value is not None}


def _count(scope: Scope, shop: Doc, wish: Doc, by: str, window: dict[str, int]) -> int:
    if wish.get("status", "ALL") == "ALL" and not wish.get("seller_skus"):
        return goods.count(scope, shop, by=by, **window)
    return sum(_fits(one, wish) for one in goods.listed(scope, shop, by=by, **window))


def _fits(product: Doc, wish: Doc) -> bool:
    if wish.get("status", "ALL") not in ("ALL", status_of(product)):
        return False
    return not wish.get("seller_skus") or any(one["sku"] in wish["seller_skus"] for one in product["skus"])


def _shown(shop: Doc, product: Doc) -> Doc:
    """A search tells the key properties only: no pictures, no options."""
    return {
        "id": product["id"],
        "title": product["title"],
        "status": status_of(product),
        "skus": [sku_shown(shop, one) for one in product["skus"]],
        "sales_regions": [shop["region"]],
        "create_time": product["created"],
        "update_time": product["updated"],
        "is_not_for_sale": False,
        "has_draft": False,
    }


def sku_shown(shop: Doc, sku: Doc) -> Doc:
    """A SKU whose stock is not counted has no `inventory` at all."""
    price = major(sku["price"], shop["currency"])
    stock = [{"warehouse_id": place, "quantity": number} for place, number in sku["stock"].items()]
    return {
        "id": sku["id"],
        "seller_sku": sku["sku"],
        "price": {"currency": shop["currency"], "sale_price": price, "tax_exclusive_price": price},
        **({"inventory": stock} if stock else {}),
        "status_info": {"status": "NORMAL"},
    }


def product_of(scope: Scope, shop: Doc, product_id: str) -> Doc | None:
    found = goods.get(scope, shop, product_id)
    return None if found is None or found["state"] == "deleted" else found


@api.on("GET", "/product/202309/products/<product_id>")
def read(call: Call, product_id: str) -> Reply:
    """One product with all it has."""
    shop = shop_of(call)
    product = product_of(call.scope, shop, product_id)
    if product is None:
        raise refusal(12019150, "The product ID does not exist.")
    combined = any(one["members"] for one in product["skus"])
    data = {**_shown(shop, product), "description": f"<p>{product['title']}</p>"}
    data["skus"] = [_whole(shop, one) for one in product["skus"]]
    picture = [{"urls": [product["picture"]], "thumb_urls": [product["picture"]], "uri": product["id"]}]
    data |= {"main_images": picture} if product["picture"] else {}
    return told(data | ({"product_types": ["COMBINED_PRODUCT"]} if combined else {}))


def _whole(shop: Doc, sku: Doc) -> Doc:
    options = [
        {"id": str(place), "name": name, "value_id": str(place), "value_name": value}
        for place, (name, value) in enumerate(sku["options"].items(), 100_000)
    ]
    members = [
        {"product_id": one["product"], "sku_id": one["sku"], "sku_count": one["quantity"]} for one in sku["members"]
    ]
    more = {"sales_attributes": options, "combined_skus": members}
    return {**sku_shown(shop, sku), **{name: value for name, value in more.items() if value}}


# --- on sale and off
@api.on("POST", "/product/202309/products/deactivate")
def deactivate(call: Call) -> Reply:
    """Off sale; those that cannot be are told apart."""
    return _switched(call, "inactive", ("ACTIVATE", "SELLER_DEACTIVATED", "PENDING"))


@api.on("POST", "/product/202309/products/activate")
def activate(call: Call) -> Reply:
    """On sale again."""
    return _switched(call, "active", ("ACTIVATE", "SELLER_DEACTIVATED"))


def _switched(call: Call, state: str, allowed: tuple[str, ...]) -> Reply:
    wanted = ids_of(call.body, "product_ids", 10_000)
    if not wanted:
        raise bad("param body.product_ids is missing")
    if len(wanted) > TWENTY:
        raise refusal(12019120, "The number of provided product IDs exceeds the limit.")
    failed = [error for error in (_switch(call, one, state, allowed) for one in wanted) if error]
    return told({"errors": failed} if failed else {})


def _switch(call: Call, product_id: str, state: str, allowed: tuple[str, ...]) -> Doc | None:
    shop = shop_of(call)
    product = product_of(call.scope, shop, product_id)
    if product is None:
        return item_error(*GONE, {"product_id": product_id})
    if status_of(product) not in allowed:
        return item_error(*NOT_NOW, {"product_id": product_id})
    if product["state"] != state:
        goods.set_state(call.scope, shop, product, state)
    return None


def inventory(scope: Scope, shop: Doc, sku_ids: list[str], product_ids: list[str]) -> list[Doc]:
    """Products whose stock was asked for, by SKUs where there are any, else by product."""
    if not sku_ids:
        return [one for one in store.find_many(scope, goods.KIND, product_ids) if one["state"] != "deleted"]
    owners = [store.owner_of(scope, "sku", one) for one in sku_ids]
    found = store.find_many(scope, goods.KIND, [one for one in owners if one])
    return [{**one, "skus": [sku for sku in one["skus"] if sku["id"] in sku_ids]} for one in found]
