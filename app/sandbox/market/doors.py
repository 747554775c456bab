"""Doors to shops, goods, limits, addresses and the demo: `/_sandbox/market/…`, JSON for tests and seeds, forms for the pages."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.stripe import faults, postbox
from app.sandbox.stripe.scope import Scope

from . import apps, demo, goods, limits, pushes, shops
from .asked import done, product_of, refused, scope, shop_of, whole, wish, yes
from .errors import CannotDo
from .store import Doc

blueprint = Blueprint("market_doors", __name__, url_prefix="/_sandbox/market")
blueprint.register_error_handler(ValueError, refused)
MOST = 20_000
Act = Callable[[Scope, Doc, Doc, Doc], Any]


# --- shops -----------------------------------------------------------------------------------------------------------
@blueprint.get("/shops")
def list_shops() -> Response:
    """Every shop, or those of `?platform=`."""
    chosen = request.args.get("platform")
    return jsonify([one for name in shops.PLATFORMS if chosen in (None, name) for one in shops.all_of(scope(), name)])


@blueprint.post("/shops")
def create_shop() -> AnyResponse:
    """A new shop: `platform`, `name`, `region`, `currency`, `warehouses` (number), `identifier` (a WooCommerce slug), `private`."""
    given, here = wish(), scope()
    private = given.get("private")
    with here.state.transaction():
        shop = shops.create(
            here, str(given.get("platform", "")), name=str(given.get("name", "")), region=str(given.get("region", "")),
            currency=str(given.get("currency") or "USD"), warehouses=whole(given, "warehouses", 1),
            identifier=str(given.get("identifier", "")), private=private if isinstance(private, dict) else None,
        )  # fmt: skip
    return done(shop)


@blueprint.post("/shops/<platform>/<shop_id>")
def change_shop(platform: str, shop_id: str) -> AnyResponse:
    """Change `name`, `holiday`, `suspended` or members of `private`."""
    here, given = scope(), wish()
    with here.state.transaction():
        shop = shop_of(platform, shop_id)
        shop.update({name: yes(given, name) for name in ("holiday", "suspended") if name in given})
        shop["name"] = str(given.get("name") or shop["name"])
        shop["private"].update(given.get("private") or {})
        return done(shops.save(here, shop))


@blueprint.post("/shops/<platform>/<shop_id>/end-access")
def end_access(platform: str, shop_id: str) -> AnyResponse:
    """The seller takes the application's access back."""
    shop, here = shop_of(platform, shop_id), scope()
    with here.state.transaction():
        shops.end_access(here, shop, str(wish().get("cause") or "seller"))
    return done({"platform": platform, "shop": shop_id, "access": "ended"})


# --- goods -----------------------------------------------------------------------------------------------------------
@blueprint.get("/<platform>/<shop_id>/products")
def list_products(platform: str, shop_id: str) -> Response:
    """Products oldest first; `?limit=` (200) and `?offset=`."""
    shop, args = shop_of(platform, shop_id), request.args
    return jsonify(
        goods.listed(scope(), shop, limit=args.get("limit", 200, type=int), offset=args.get("offset", 0, type=int))
    )


@blueprint.get("/<platform>/<shop_id>/products/<product_id>")
def show_product(platform: str, shop_id: str, product_id: str) -> Response:
    """One product as the marketplace keeps it."""
    return jsonify(product_of(shop_of(platform, shop_id), product_id))


@blueprint.post("/<platform>/<shop_id>/products")
def add_products(platform: str, shop_id: str) -> AnyResponse:
    """List `products` (see `goods.add`), or `count` invented ones with `skus_each` SKUs of `stock` each, at once and quietly.

    `loud` tells the platform's listeners of each. Answers the products, or {"added": n} for invented ones.
    """
    shop, given, here = shop_of(platform, shop_id), wish(), scope()
    invented = whole(given, "count")
    wanted = given.get("products") or demo.invented(invented, whole(given, "skus_each", 1), whole(given, "stock", 100))
    if not 0 < len(wanted) <= MOST:
        raise CannotDo(f"Between 1 and {MOST} products at once.", "range")
    with here.state.transaction():
        added = [goods.add(here, shop, **_product(one), quiet=not yes(given, "loud")) for one in wanted]
    return done({"added": len(added)} if invented else added)


def _product(given: Doc) -> Doc:
    known = ("title", "skus", "picture", "state", "private")
    if not isinstance(given.get("skus"), list):
        raise CannotDo("A product needs a title and at least one SKU.")
    return {name: given[name] for name in known if name in given} | {"title": str(given.get("title", ""))}


def _stock(here: Scope, shop: Doc, product: Doc, given: Doc) -> Doc:
    """`stock` is {warehouse: n} or a number for the default warehouse."""
    wanted = given.get("stock")
    places = wanted if isinstance(wanted, dict) else {shops.default_warehouse(shop): whole(given, "stock")}
    return goods.set_stock(here, shop, product, given.get("sku_id"), {str(k): int(v) for k, v in places.items()})


ACTS: dict[str, Act] = {
    "stock": _stock,
    "price": lambda here, shop, product, given: goods.set_price(
        here, shop, product, given.get("sku_id"), whole(given, "price")
    ),
    "floor": lambda here, shop, product, given: goods.set_floor(
        here, shop, product, given.get("sku_id"), whole(given, "floor")
    ),
    "counted": lambda here, shop, product, given: goods.set_counted(
        here, shop, product, given.get("sku_id"), yes(given, "counted")
    ),
    "state": lambda here, shop, product, given: goods.set_state(here, shop, product, str(given.get("state", ""))),
    "reissue": lambda here, shop, product, given: goods.reissue_ids(here, shop, product),
}


@blueprint.post("/<platform>/<shop_id>/products/<product_id>/<act>")
def change_product(platform: str, shop_id: str, product_id: str, act: str) -> AnyResponse:
    """stock, price, floor, counted (of `sku_id`), state, or reissue (new ids for all SKUs)."""
    if act not in ACTS:
        raise CannotDo(f"A product can be asked to change {', '.join(ACTS)}.", "unknown")
    shop, here = shop_of(platform, shop_id), scope()
    with here.state.transaction():
        product = product_of(shop, product_id)
        ACTS[act](here, shop, product, wish())
    return done(product_of(shop, product_id))


# --- limits, addresses, pushes, demo ---------------------------------------------------------------------------------
@blueprint.post("/limits")
def choose_limits() -> AnyResponse:
    """Refuse a `platform`'s requests beyond `per_second` (per app and shop) and `per_day` (per app); 0: never."""
    given = wish()
    platform = _platform(given)
    return done(
        {"platform": platform, **limits.choose(scope(), platform, whole(given, "per_second"), whole(given, "per_day"))}
    )


@blueprint.post("/apps")
def register_app() -> AnyResponse:
    """Our registration at a `platform`: `redirect` and `push`. Answers both."""
    given = wish()
    members = {name: str(given[name]) for name in given if name not in ("platform", "back")}
    return done(apps.register(scope(), _platform(given), **members))


@blueprint.get("/pushes")
def list_pushes() -> Response:
    """The newest pushes of `?platform=` (and `?shop=`), each with its tries."""
    args = request.args
    platform, shop_id = _platform(args.to_dict()), args.get("shop")
    account = f"{platform}:{shop_id}" if shop_id else None
    return jsonify(pushes.recent(scope(), platform, account, args.get("limit", 100, type=int)))


@blueprint.post("/pushes/<identifier>/again")
def push_again(identifier: str) -> AnyResponse:
    """Send a push once more to everybody it was meant for."""
    state = scope().state
    with state.transaction():
        return done({"queued": postbox.redeliver(state, identifier)})


@blueprint.post("/trouble")
def plant_trouble() -> AnyResponse:
    """The next pushes of a `platform` go wrong: `kind` drop_event, duplicate_event, reorder_events or slow (`times`, `seconds`)."""
    given = wish()
    fault = {
        "event": f"{_platform(given)}.*", "kind": str(given.get("kind", "")), "times": whole(given, "times", 1),
        "seconds": whole(given, "seconds", 60),
    }  # fmt: skip
    return done(faults.plant(scope().state, fault))


@blueprint.post("/demo")
def fill_demo() -> AnyResponse:
    """One living shop per platform (or the one of `platform`), filled once. Answers the shops.

    `products` [{title, skus: [{sku, title, price, stock}]}] takes the place of the usual ones, so that SKUs match a catalogue.
    """
    given, here = wish(), scope()
    chosen = [_platform(given)] if given.get("platform") else list(shops.PLATFORMS)
    with here.state.transaction():
        return done([demo.fill(here, platform, given.get("products")) for platform in chosen])


def _platform(given: Doc) -> str:
    name = str(given.get("platform", ""))
    if name not in shops.PLATFORMS:
        raise CannotDo(f"platform must be one of {', '.join(shops.PLATFORMS)}")
    return name
