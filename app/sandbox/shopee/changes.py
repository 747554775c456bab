"""Stock and prices set from outside: one item per call, every failure with its reason."""

from collections.abc import Callable
from typing import Any

from app.sandbox.market import goods
from app.sandbox.market.calls import Call, Refusal, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc

from .dialect import answer, api, cannot, members, param, refusal, said, shop_of
from .items import has_model, product_of, status_of
from .shop_calls import many
from .words import WHOLE_PRICES, minor, whole

MOST = 50
Change = Callable[[Doc, Doc, Doc], Doc]
OWN_ERRORS = {"promotion": "error_cannt_edit_price_in_promotion", "price": "error_invalid_price"}
FAILED = "{} failed, please check failure_list for detailed reason"


@api.on("POST", "/product/update_stock")
def update_stock(call: Call) -> Reply:
    """`item_id` and `stock_list` [{model_id, seller_stock: [{location_id, stock}]}]; absolute."""
    shop, rows = shop_of(call), members(call, "stock_list", MOST)
    product = _item(call, said(call, "item_id"), rows)
    if shop["holiday"]:
        raise cannot(CannotDo("", "holiday"))

    def change(product: Doc, sku: Doc, row: Doc) -> Doc:
        wanted = _places(shop, row)
        goods.set_stock(call.scope, shop, product, sku["id"], wanted)
        told = [{"location_id": place, "stock": units} for place, units in wanted.items()]
        return told[0] if many(shop) else {"stock": told[0]["stock"]}

    return _each(product, rows, change, "error_busi_update_stock_failed", "Update stock")


def _places(shop: Doc, row: Doc) -> dict[str, int]:
    """{warehouse: units} of one model. Raises CannotDo, and Refusal for a whole request that makes no sense."""
    listed = row.get("seller_stock")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise param("seller_stock is required")
    if not many(shop):
        if any(one.get("location_id") for one in listed):
            raise refusal(
                "error_auth", "You do not have right to use seller location_id, please only fill seller_stock filed."
            )
        return {shop["warehouses"][0]["id"]: _units(listed[0])}
    if not all(one.get("location_id") for one in listed):
        raise refusal("error_busi", "The merchant/shop has multi warehouse, please input location id")
    places = {str(one["location_id"]): _units(one) for one in listed}
    if set(places) - {one["id"] for one in shop["warehouses"]}:
        raise refusal(
            "error_auth",
            "The location_id input is not matched the shop's location_id(more/wrong). Please double check.",
        )
    return places


def _units(one: Doc) -> int:
    units = one.get("stock")
    if isinstance(units, bool) or not isinstance(units, int):
        raise param("stock must be a whole number")
    return units


@api.on("POST", "/product/update_price")
def update_price(call: Call) -> Reply:
    """`item_id` and `price_list` [{model_id, original_price}], in main units."""
    shop, rows = shop_of(call), members(call, "price_list", MOST)
    product = _item(call, said(call, "item_id"), rows)

    def change(product: Doc, sku: Doc, row: Doc) -> Doc:
        if sku["floor"]:
            raise CannotDo("Original_price cannot be edited when item is under promotion.", "promotion")
        value = _price(shop, row.get("original_price"))
        goods.set_price(call.scope, shop, product, sku["id"], minor(value, shop["currency"]))
        return {"original_price": value}

    return _each(product, rows, change, "error_update_price_fail", "Update price")


def _price(shop: Doc, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        raise CannotDo("Invalid price, please use the correct format", "price")
    digits = 0 if shop["region"] in WHOLE_PRICES else 2
    if round(value, digits) != value:
        raise CannotDo(f"Invalid price, this region takes {digits} decimals", "price")
    return value


# --- both
def _item(call: Call, item_id: str, rows: list[Doc]) -> Doc:
    product = product_of(call, item_id)
    if product["state"] == "deleted":
        raise refusal("error_item_not_found", "Product not found")
    if status_of(product) == "BANNED":
        raise refusal("error_item_uneditable", "Can't edit this item. item status can not support editing.")
    if product["skus"][0]["members"]:
        raise refusal("error_item_uneditable", "Can't edit the stock of a kit.")
    chosen = [whole(one.get("model_id") or 0) for one in rows]
    if len(set(chosen)) != len(chosen):
        raise refusal("error_param", "Repeat model_id.")
    if has_model(product) and 0 in chosen:
        raise refusal("error_edit_item_stock_for_item_has_model", "The item has models: model_id is required.")
    return product


def _each(product: Doc, rows: list[Doc], change: Change, error: str, what: str) -> Reply:
    """Failures are told beside successes; when nothing worked, `error` (or the one failure's own) says so too."""
    done: list[Doc] = []
    failed: list[Doc] = []
    codes: set[str] = set()
    for row in rows:
        model = whole(row.get("model_id") or 0)
        try:
            done.append({"model_id": model, **change(product, _sku(product, model), row)})
        except CannotDo as refused:
            codes.add(refused.code)
            failed.append({"model_id": model, "failed_reason": _reason(refused)})
    response = {"failure_list": failed, "success_list": done}
    if failed and not done:
        own = OWN_ERRORS.get(codes.pop()) if len(codes) == 1 else None
        raise _nothing(failed, response, own or error, what)
    return answer(response)


def _nothing(failed: list[Doc], response: Doc, error: str, what: str) -> Refusal:
    """One model of an item without variations is refused as the item itself."""
    if len(failed) == 1 and failed[0]["model_id"] == 0 and "reserved stock" in failed[0]["failed_reason"]:
        return refusal("error_auth", failed[0]["failed_reason"])
    return refusal(error, FAILED.format(what), response=response)


def _reason(refused: CannotDo) -> str:
    if refused.code == "floor":
        return "Total stock must be more than reserved stock."
    return "Wrong model_id." if refused.code == "gone" else str(refused)


def _sku(product: Doc, model: int | None) -> Doc:
    return goods.sku_of(product, model) if model else _alone(product)


def _alone(product: Doc) -> Doc:
    if has_model(product):
        raise CannotDo("Wrong model_id.", "gone")
    found: Doc = product["skus"][0]
    return found
