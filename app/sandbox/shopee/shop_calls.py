"""What a shop says about itself, and where its stock lies."""

from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import tokens
from .dialect import answer, api, refusal, shop_of


@api.on("GET", "/shop/get_shop_info")
def shop_info(call: Call) -> Reply:
    """Name, region and how long the consent lasts; at the top of the answer."""
    shop = shop_of(call)
    grant = tokens.grant_of(call.scope, shop["id"]) or {}
    return answer(
        auth_time=grant.get("auth_time"), expire_time=grant.get("expire_time"), shop_name=shop["name"], region=shop["region"],
        status="NORMAL", shop_fulfillment_flag="Others", is_cb=False, is_upgraded_cbsc=False, merchant_id=None, is_sip=False,
        sip_affi_shops=[], is_main_shop=False, is_direct_shop=False, linked_direct_shop_list=[], linked_main_shop_id=0,
    )  # fmt: skip


def many(shop: Doc) -> bool:
    """Whether the seller has several stock locations."""
    return len(shop["warehouses"]) > 1


@api.on("GET", "/shop/get_warehouse_detail")
def warehouse_detail(call: Call) -> Reply:
    """Stock locations, as a list; shops with one place have no part in this."""
    shop = shop_of(call)
    if not many(shop):
        return refusal("warehouse.error_not_in_whitelist", "Your shop is not in multi-warehouse whitelist.").reply
    return answer([_warehouse(shop, place) for place in range(len(shop["warehouses"]))])


def _warehouse(shop: Doc, place: int) -> Doc:
    one = shop["warehouses"][place]
    return {
        "warehouse_id": place + 1, "warehouse_name": one["name"], "warehouse_type": 1, "location_id": one["id"],
        "address_id": address_id(place), "region": shop["region"], "state": "", "city": "", "district": "", "town": "",
        "address": one["name"], "zipcode": "", "state_code": "", "holiday_mode_state": int(shop["holiday"]),
    }  # fmt: skip


def address_id(place: int) -> int:
    """The address of the n-th warehouse."""
    return 118_454_205 + place
