"""A shop at each platform that lives a little: what our demo sells, and orders in every state."""

from app.sandbox.stripe.scope import Scope

from . import ending, goods, packing, placing, shops, store
from .errors import CannotDo
from .store import Doc

SIZES = (("A4", 0), ("A3", 1400), ("A2", 3600))
PRINTS = (
    ("Ten thousand galaxies", 4200, 24), ("Quiet corner of the sky", 3200, 24), ("The red giants", 3200, 24),
    ("Spiral, blue", 2800, 24), ("Ember and dust", 3200, 24), ("North by night", 2900, 24), ("Lift-off", 3600, 12),
    ("Lift-off in blue", 3900, 8), ("Lift-off in rust", 3900, 3), ("Deep field, sepia", 3400, 15),
)  # fmt: skip
SHOPS = {
    "tiktok": {"name": "Deep Field Prints on TikTok", "region": "US", "currency": "USD", "warehouses": 2},
    "shopee": {"name": "Deep Field Prints on Shopee", "region": "SG", "currency": "SGD", "warehouses": 1},
    "woocommerce": {"name": "Deep Field's own site", "region": "US", "currency": "USD", "warehouses": 1, "identifier": "deep-field"},
}  # fmt: skip


def sku_of(title: str, size: str) -> str:
    """A SKU as the demo's catalogue spells it: the title in capitals, then the size."""
    words = "".join(letter if letter.isalnum() else " " for letter in title.upper()).split()
    return "-".join([*words, size])


def usual() -> list[Doc]:
    """The prints of our demo in three sizes."""
    return [
        {
            "title": title,
            "skus": [
                {"sku": sku_of(title, size), "title": size, "price": price + more, "stock": stock, "options": {"Size": size}}
                for size, more in SIZES
            ],
        }
        for title, price, stock in PRINTS
    ]  # fmt: skip


def invented(count: int, skus_each: int, stock: int) -> list[Doc]:
    """`count` products with `skus_each` SKUs, numbered BULK-00001-1 and on."""
    return [
        {
            "title": f"Bulk product {place:05d}",
            "skus": [
                {"sku": f"BULK-{place:05d}-{part}", "title": f"Kind {part}", "price": 1000 + place % 900, "stock": stock, "options": {"Kind": str(part)}}
                for part in range(1, skus_each + 1)
            ],
        }
        for place in range(1, count + 1)
    ]  # fmt: skip


def fill(scope: Scope, platform: str, products: list[Doc] | None = None) -> Doc:
    """The platform's demo shop; filled when it is new. Raises CannotDo for products that make no sense."""
    known = scope.state.setting(f"market.demo.{platform}")
    shop = shops.get(scope, platform, known) if known else None
    if shop is None:
        shop = shops.create(scope, platform, **SHOPS[platform])  # type: ignore[arg-type]
        scope.state.remember(f"market.demo.{platform}", shop["id"])
    inside = shops.scope_of(scope, shop)
    if not store.count(inside, goods.KIND):
        listed = [
            goods.add(scope, shop, title=one["title"], skus=one["skus"], quiet=True) for one in products or usual()
        ]
        _live(scope, shop, listed)
    return shop


def _live(scope: Scope, shop: Doc, listed: list[Doc]) -> None:
    """A few orders, as far as the stock goes: unpaid, to ship, collected, delivered, and one whose buyer wants out."""
    for place, state in enumerate(("unpaid", "paid", "paid", "paid", "paid", "on_hold")):
        product = listed[place % len(listed)]
        try:
            order = placing.place(
                scope, shop, [(product["id"], product["skus"][0]["id"], 1 + place % 2)], state=state, delivery=600,
                platform_ships=shop["platform"] != "woocommerce",
            )  # fmt: skip
        except CannotDo:  # a given catalogue may have nothing left of this one: then nobody bought it
            continue
        _age(scope, shop, order, place)


def _age(scope: Scope, shop: Doc, order: Doc, place: int) -> None:
    if place in (2, 3):
        method = "pickup" if order["platform_ships"] else "own"
        packing.arrange(scope, shop, order, method=method, tracking=f"9400100208300000000{place:03d}")
        if method == "pickup":
            packing.collect(scope, shop, order)
    if place == 3:
        packing.deliver(scope, shop, order)
    if place == 4 and shop["platform"] != "woocommerce":  # its buyers have no way to ask
        ending.ask(scope, shop, order, "Ordered twice by mistake")
