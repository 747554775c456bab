"""Products and variations as the API answers them. A product of the marketplace with several SKUs, or options, is a variable one."""

import re

from app.sandbox.market import goods
from app.sandbox.market.store import Doc

from .talk import Site

STATES = {"active": "publish", "inactive": "draft", "deleted": "trash"}
NO_DATES = ("date_on_sale_from", "date_on_sale_to")


def pool_of(product: Doc) -> Doc | None:
    """The hidden SKU that holds the stock of the whole product, where variations share it."""
    pool = product["private"].get("pool")
    return next((one for one in product["skus"] if one["id"] == pool), None) if pool else None


def skus(product: Doc) -> list[Doc]:
    """The SKUs that are shown."""
    pool = product["private"].get("pool")
    return [one for one in product["skus"] if one["id"] != pool]


def is_variable(product: Doc) -> bool:
    """Whether it has variations."""
    shown = skus(product)
    return len(shown) > 1 or bool(shown and shown[0]["options"])


def shares(product: Doc, sku: Doc) -> bool:
    """Whether a variation's stock is counted on the parent."""
    pool = product["private"].get("pool")
    return bool(pool) and any(one["sku"] == pool for one in sku["members"])


def product(site: Site, found: Doc) -> Doc:
    """A product."""
    variable = is_variable(found)
    sku = pool_of(found) if variable else skus(found)[0]
    price = "" if variable else site.money(skus(found)[0]["price"])
    lowest = site.money(min(one["price"] for one in skus(found))) if variable else price
    return {
        "id": int(found["id"]), "name": found["title"], "slug": slug(found), "permalink": permalink(site, found),
        **site.dates(date_created=found["created"], date_modified=found["updated"]),
        "type": "variable" if variable else "simple", "status": STATES[found["state"]],
        "sku": "" if variable else skus(found)[0]["sku"], "price": lowest, "regular_price": price,
        **_plain(), **_stock(sku, managed=True),
        "parent_id": 0, "images": _images(found), "attributes": _attributes(found) if variable else [],
        "default_attributes": [], "variations": [int(one["id"]) for one in skus(found)] if variable else [],
        "grouped_products": [], "meta_data": [], "_links": site.links("products", found["id"]),
    }  # fmt: skip


def variation(site: Site, found: Doc, sku: Doc, as_product: bool = False) -> Doc:
    """A variation; `as_product` with the members that a list of products has, as a search by SKU answers it."""
    stock = _stock(pool_of(found), managed="parent") if shares(found, sku) else _stock(sku, managed=True)
    more = {"name": f"{found['title']} - {sku['title']}", "type": "variation", "parent_id": int(found["id"])}
    return {
        "id": int(sku["id"]), **(more if as_product else {}),
        **site.dates(date_created=found["created"], date_modified=found["updated"]),
        "description": "", "permalink": f"{permalink(site, found)}?attribute={slug({'title': sku['title']})}", "sku": sku["sku"],
        "price": site.money(sku["price"]), "regular_price": site.money(sku["price"]),
        "status": "publish", **_plain(), **stock,
        "image": next(iter(_images(found)), None), "attributes": _options(sku), "meta_data": [],
        "_links": site.links(
            "products", found["id"], "variations", sku["id"], up=f"{site.home}/wp-json/wc/v3/products/{found['id']}"
        ),
    }  # fmt: skip


def _plain() -> Doc:
    """Members that are the same everywhere."""
    return {
        "sale_price": "", **dict.fromkeys(NO_DATES), **{f"{name}_gmt": None for name in NO_DATES}, "on_sale": False,
        "purchasable": True, "virtual": False, "downloadable": False, "downloads": [], "tax_status": "taxable", "tax_class": "",
        "weight": "", "dimensions": {"length": "", "width": "", "height": ""}, "shipping_class": "", "shipping_class_id": 0,
    }  # fmt: skip


def _stock(sku: Doc | None, managed: object) -> Doc:
    """What is counted, or null: a shop sells without a number then."""
    count = goods.available(sku) if sku else None
    return {
        "manage_stock": managed if count is not None else False,
        "stock_quantity": count,
        "stock_status": "outofstock" if count is not None and count <= 0 else "instock",
        "backorders": "no",
        "backorders_allowed": False,
        "backordered": False,
    }


def _attributes(found: Doc) -> list[Doc]:
    values: dict[str, list[str]] = {}
    for sku in skus(found):
        for one in _options(sku):
            known = values.setdefault(one["name"], [])
            if one["option"] not in known:
                known.append(one["option"])
    return [
        {"id": 0, "name": name, "position": place, "visible": True, "variation": True, "options": options}
        for place, (name, options) in enumerate(values.items())
    ]


def _options(sku: Doc) -> list[Doc]:
    chosen = sku["options"] or {"Kind": sku["title"]}
    return [{"id": 0, "name": str(name), "option": str(value)} for name, value in chosen.items()]


def _images(found: Doc) -> list[Doc]:
    return [{"id": 1, "src": found["picture"], "name": "", "alt": ""}] if found["picture"] else []


def slug(found: Doc) -> str:
    """The title as a part of an address."""
    return re.sub(r"[^a-z0-9]+", "-", found["title"].lower()).strip("-")


def permalink(site: Site, found: Doc) -> str:
    """The product's page."""
    return f"{site.home}/product/{slug(found)}/"
