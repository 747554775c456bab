"""Packages: weights, sizes, insured values, and the products inside (values and weights are of one)."""

from typing import Any

from app.sandbox.carriers import rating
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import decimal

from .dialect import invalid, required

OUNCES = {"pound": 16.0, "ounce": 1.0, "gram": 1 / 28.349523125, "kilogram": 1000 / 28.349523125}
INCHES = {"inch": 1.0, "centimeter": 1 / 2.54}
SIZES = ("length", "width", "height")


def make(wish: Any, place: int) -> Doc:
    """A package as it is kept; raises 400."""
    if not isinstance(wish, dict):
        raise required("packages")
    field = f"shipment.packages[{place}]"
    return {
        "shipment_package_id": None,
        "package_id": None,
        "package_code": wish.get("package_code") or "package",
        "package_name": "Package",
        "weight": weight(wish.get("weight"), f"{field}.weight"),
        "dimensions": _dimensions(wish.get("dimensions"), f"{field}.dimensions"),
        "insured_value": _money(wish.get("insured_value")),
        "label_messages": {f"reference{n}": (wish.get("label_messages") or {}).get(f"reference{n}") for n in (1, 2, 3)},
        "external_package_id": wish.get("external_package_id"),
        "content_description": wish.get("content_description"),
        "products": [_product(one, f"{field}.products[{n}]") for n, one in enumerate(wish.get("products") or [])],
        "sequence": place + 1,
    }


def weight(wish: Any, field: str) -> Doc:
    """`{"value", "unit"}`; raises 400."""
    value = decimal((wish or {}).get("value"))
    if value is None or value <= 0:
        raise invalid(field, "weight must be greater than zero.", (wish or {}).get("value"))
    if wish.get("unit") not in OUNCES:
        raise invalid(f"{field}.unit", f"unit must be one of {', '.join(OUNCES)}.", wish.get("unit"))
    return {"value": value, "unit": wish["unit"]}


def _dimensions(wish: Any, field: str) -> Doc | None:
    if not wish:
        return None
    sizes = {name: decimal(wish.get(name)) for name in SIZES}
    if any(size is None or size <= 0 for size in sizes.values()):
        raise invalid(field, "length, width and height must be greater than zero.")
    if wish.get("unit") not in INCHES:
        raise invalid(f"{field}.unit", f"unit must be one of {', '.join(INCHES)}.", wish.get("unit"))
    return {"unit": wish["unit"], **sizes}


def _money(wish: Any) -> Doc:
    given = wish[0] if isinstance(wish, list) and wish else wish or {}
    return {"currency": str(given.get("currency") or "usd").lower(), "amount": decimal(given.get("amount")) or 0.0}


def _product(wish: Any, field: str) -> Doc:
    for name in ("description", "quantity", "value", "country_of_origin"):
        if not wish.get(name):
            raise required(f"{field}.{name}")
    kept = ("description", "quantity", "value", "weight", "harmonized_tariff_code", "country_of_origin", "sku")
    return {name: wish.get(name) for name in kept}


def ounces(packages: list[Doc]) -> float:
    """The weight of all packages."""
    return round(sum(one["weight"]["value"] * OUNCES[one["weight"]["unit"]] for one in packages), 4)


def inches(package: Doc) -> tuple[float, float, float]:
    """A package's sizes; zeros when they are not known."""
    sizes = package["dimensions"]
    if not sizes:
        return (0, 0, 0)
    length, width, height = (round(sizes[name] * INCHES[sizes["unit"]], 4) for name in SIZES)
    return (length, width, height)


def rated(packages: list[Doc], customs: Doc | None) -> rating.Customs | None:
    """What rating wants to know: values are of one product each."""
    products = [product for package in packages for product in package["products"]]
    products += (customs or {}).get("customs_items") or []
    if not customs or not products:
        return None
    total = sum((decimal(_money(one["value"])["amount"]) or 0) * int(one["quantity"]) for one in products)
    codes = [str(one.get("harmonized_tariff_code") or "").replace(".", "") for one in products]
    return rating.Customs(
        value=round(total * 100),
        every_line_has_a_code=all(len(code) >= 6 for code in codes),
        filing=str(customs.get("declaration") or ""),
    )
