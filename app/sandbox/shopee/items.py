"""Items and their models: listed in windows, read in batches."""

from typing import Any

from flask import request

from app.sandbox.market import goods
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from .dialect import answer, api, counted, given, param, refusal, shop_of
from .shop_calls import many
from .words import amount, number, whole

STATUS = {"active": "NORMAL", "inactive": "UNLIST", "deleted": "SELLER_DELETE"}
STATUSES = {"NORMAL", "BANNED", "UNLIST", "REVIEWING", "SELLER_DELETE", "SHOPEE_DELETE"}
STATUS_SQL = (
    "coalesce(json_extract(body, '$.private.item_status'), CASE json_extract(body, '$.state') "
    "WHEN 'active' THEN 'NORMAL' WHEN 'inactive' THEN 'UNLIST' ELSE 'SELLER_DELETE' END)"
)
DEEPEST = 20_000
BATCH = 50


def status_of(product: Doc) -> str:
    """An item's status; the market's pages may set one of the platform's own in `private`."""
    return str(product["private"].get("item_status") or STATUS[product["state"]])


def has_model(product: Doc) -> bool:
    """Whether an item has variations; without them its model is 0."""
    return len(product["skus"]) > 1 or bool(product["skus"][0]["options"])


def model_id(product: Doc, sku: Doc) -> int | str:
    return number(sku["id"]) if has_model(product) else 0


# --- the list
@api.on("GET", "/product/get_item_list")
def item_list(call: Call) -> Reply:
    """`offset`, `page_size` up to 100, one or more `item_status`, and a window of update times."""
    wanted = set(request.args.getlist("item_status"))
    if not wanted or not wanted <= STATUSES:
        raise param("item_status is required")
    offset, size = counted(call, "offset", 0, 10_000_000, 0), counted(call, "page_size", 1, 100)
    if offset + size > DEEPEST:
        raise param("offset is too large, please narrow update_time_from and update_time_to")
    total, listed = _window(call, wanted, offset, size)
    more = offset + size < total
    return answer(
        {
            "item": [_listed(one) for one in listed],
            "total_count": total,
            "has_next_page": more,
            **({"next_offset": offset + size} if more else {}),
        }
    )


def _window(call: Call, wanted: set[str], offset: int, size: int) -> tuple[int, list[Doc]]:
    """How many items the window has, and one page of them: ids, statuses and kits, without reading whole products."""
    since, until = whole(call.query.get("update_time_from")), whole(call.query.get("update_time_to"))
    if since is not None and until is not None and since > until:
        raise param("update_time_from must be earlier than update_time_to")
    known = [name for name in STATUSES if name in wanted]
    sql = f"FROM market_docs WHERE account = ? AND kind = ? AND updated BETWEEN ? AND ? AND {STATUS_SQL} IN ({', '.join('?' * len(known))})"
    values = (call.scope.account, goods.KIND, since or 0, until if until is not None else 2**62, *known)
    count = call.scope.state.row(f"SELECT count(*) AS n {sql}", *values)
    rows = call.scope.state.rows(
        f"SELECT id, updated, {STATUS_SQL} AS status, json_extract(body, '$.skus[0].members[0].sku') AS kit {sql} "
        "ORDER BY updated DESC, seq DESC LIMIT ? OFFSET ?", *values, size, offset,
    )  # fmt: skip
    return int(count["n"]) if count else 0, [dict(row) for row in rows]


def _listed(found: Doc) -> Doc:
    return {
        "item_id": number(found["id"]), "item_status": found["status"], "update_time": found["updated"],
        "tag": {"kit": found["kit"] is not None},
    }  # fmt: skip


# --- texts
@api.on("GET", "/product/get_item_base_info")
def base_info(call: Call) -> Reply:
    """Texts of up to 50 items; with models, price and stock are theirs alone."""
    shop, ids = shop_of(call), [one for one in given(call, "item_id_list").split(",") if one]
    if not 1 <= len(ids) <= BATCH or not all(one.isdigit() for one in ids):
        raise param(f"item_id_list must have 1 to {BATCH} ids")
    found = [one for one in (goods.get(call.scope, shop, identifier) for identifier in ids) if one]
    return answer({"item_list": [_base(shop, one) for one in found]})


def _base(shop: Doc, product: Doc) -> Doc:
    alone = not has_model(product)
    first = product["skus"][0]
    return {
        "item_id": number(product["id"]), "category_id": 14646, "item_name": product["title"], "description": product["title"],
        "item_sku": first["sku"] if alone else "", "create_time": product["created"], "update_time": product["updated"],
        "image": {"image_url_list": [product["picture"]] if product["picture"] else [], "image_id_list": []},
        "weight": "0.3", "pre_order": {"is_pre_order": False, "days_to_ship": 2}, "condition": "NEW",
        "item_status": status_of(product), "has_model": not alone, "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "tag": {"kit": bool(first["members"])},
        **({"price_info": [price(shop, first)], "stock_info_v2": stock(shop, first)} if alone else {}),
    }  # fmt: skip


def price(shop: Doc, sku: Doc) -> Doc:
    value = amount(sku["price"], shop["currency"], shop["region"])
    return {"currency": shop["currency"], "original_price": value, "current_price": value}


def stock(shop: Doc, sku: Doc) -> Doc:
    """Seller's stock per location, and what promotions hold of it."""
    places = sku["stock"].items() if many(shop) else [("", sum(sku["stock"].values()))] if sku["stock"] else []
    return {
        "summary_info": {"total_reserved_stock": sku["floor"], "total_available_stock": sum(sku["stock"].values())},
        "seller_stock": [{"location_id": place, "stock": units, "if_saleable": True} for place, units in places],
        "shopee_stock": [],
    }


# --- models and kits
@api.on("GET", "/product/get_model_list")
def model_list(call: Call) -> Reply:
    """The variations of one item."""
    shop, product = shop_of(call), product_of(call, given(call, "item_id"))
    if not has_model(product):
        return answer({"tier_variation": [], "model": [], "standardise_tier_variation": []})
    tiers = _tiers(product)
    return answer(
        {
            "tier_variation": [
                {"name": name, "option_list": [{"option": one} for one in options]} for name, options in tiers.items()
            ],
            "model": [_model(shop, one, tiers) for one in product["skus"]],
        }
    )


def product_of(call: Call, item_id: Any) -> Doc:
    """The item; raises Refusal."""
    product = goods.get(call.scope, shop_of(call), item_id)
    if product is None:
        raise refusal("error_item_not_found", "Item_id is not found.")
    return product


def _tiers(product: Doc) -> dict[str, list[str]]:
    tiers: dict[str, list[str]] = {}
    for sku in product["skus"]:
        for name, option in (sku["options"] or {"Variation": sku["title"] or sku["id"]}).items():
            if option not in tiers.setdefault(name, []):
                tiers[name].append(option)
    return tiers


def _model(shop: Doc, sku: Doc, tiers: dict[str, list[str]]) -> Doc:
    options = sku["options"] or {"Variation": sku["title"] or sku["id"]}
    return {
        "model_id": number(sku["id"]), "tier_index": [tiers[name].index(option) for name, option in options.items()],
        "model_sku": sku["sku"], "model_name": ",".join(options.values()), "model_status": "MODEL_NORMAL",
        "price_info": [price(shop, sku)], "stock_info_v2": stock(shop, sku),
    }  # fmt: skip


@api.on("GET", "/product/get_kit_item_info")
def kit_info(call: Call) -> Reply:
    """What a kit is made of."""
    shop, product = shop_of(call), product_of(call, given(call, "item_id"))
    if not product["skus"][0]["members"]:
        raise param("the item is not a kit")
    models = [
        {
            "model_id": model_id(product, sku), "model_sku": sku["sku"],
            "original_price": amount(sku["price"], shop["currency"], shop["region"]),
            "component_list": [_component(call, shop, member) for member in sku["members"]],
        }
        for sku in product["skus"]
    ]  # fmt: skip
    return answer(
        {"product_info": {"item_id": number(product["id"]), "item_name": product["title"], "model_list": models}}
    )


def _component(call: Call, shop: Doc, member: Doc) -> Doc:
    product = goods.get(call.scope, shop, member["product"])
    sku = goods.sku_of(product, member["sku"]) if product else {"sku": "", "id": member["sku"]}
    return {
        "component_item_id": number(member["product"]), "component_item_name": product["title"] if product else "",
        "component_model_id": model_id(product, sku) if product else 0, "quantity": member["quantity"],
        "component_item_or_model_sku": sku["sku"], "main_component": False,
    }  # fmt: skip
