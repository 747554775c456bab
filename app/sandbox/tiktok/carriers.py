"""Warehouses of a shop and the carriers a seller may name (TIKTOK.md §7)."""

from app.sandbox.market.calls import Call, Reply

from . import order_view as view
from .dialect import refusal, told
from .door import api, shop_of

PROVIDERS = {
    "7117858858072016686": "USPS",
    "7117858858072016687": "UPS",
    "7117858858072016688": "FedEx",
    "7117858858072016689": "DHL",
    "6617675021119438849": "TT Virtual express",
    "6965352555291346690": "Royal Mail",
    "6965352555291346691": "Evri",
    "6965352555291346692": "J&T Express",
    "6965352555291346693": "Deutsche Post",
    "6965352555291346694": "Other",
}


def provider_name(identifier: str) -> str:
    """Raises Refusal for a carrier that nobody knows."""
    if identifier not in PROVIDERS:
        raise refusal(21011010, "The shipping provider is invalid.")
    return PROVIDERS[identifier]


@api.on("GET", "/logistics/202309/delivery_options/<option>/shipping_providers")
def providers(call: Call, option: str) -> Reply:
    """Carriers by id, for a seller's own parcels."""
    if option != view.DELIVERY_OPTION:
        raise refusal(21011011, "The delivery option does not exist.")
    return told({"shipping_providers": [{"id": one, "name": name} for one, name in PROVIDERS.items()]})


@api.on("GET", "/logistics/202309/warehouses")
def warehouses(call: Call) -> Reply:
    """Those that sell, and one that takes returns."""
    shop = shop_of(call)
    address = {"region": shop["region"], "region_code": shop["region"], "contact_person": shop["name"], "phone_number": "188****2234"}  # fmt: skip
    found = [
        {
            "id": one["id"], "name": one["name"], "is_default": one["default"], "type": "SALES_WAREHOUSE",
            "sub_type": "DOMESTIC_WAREHOUSE", "effect_status": "ENABLED", "address": address,
        }
        for one in shop["warehouses"]
    ]  # fmt: skip
    back = {
        **found[0],
        "id": f"{int(found[0]['id']) + 1}",
        "name": "Returns",
        "is_default": False,
        "type": "RETURN_WAREHOUSE",
    }
    return told({"warehouses": [*found, back]})
