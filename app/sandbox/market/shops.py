"""Shops at the platforms: who they are, their warehouses, and what only their platform knows about them."""

from collections.abc import Callable

from app.sandbox.stripe.scope import Scope

from . import ids, store, watching
from .errors import CannotDo
from .store import Doc

KIND = "shop"
PLATFORMS = ("tiktok", "shopee", "woocommerce")
NAMES = {"tiktok": "TikTok Shop", "shopee": "Shopee", "woocommerce": "WooCommerce"}
WAREHOUSES = ("Main warehouse", "North warehouse", "Harbour warehouse", "Pop-up store")
COUNTRIES = {
    "USD": "US",
    "GBP": "GB",
    "EUR": "DE",
    "IDR": "ID",
    "VND": "VN",
    "SGD": "SG",
    "MYR": "MY",
    "THB": "TH",
    "PHP": "PH",
}

_private: dict[str, Callable[[Doc], Doc]] = {}


def register(platform: str, private: Callable[[Doc], Doc]) -> None:
    """What a platform alone keeps about a new shop (a cipher, decimals, keys): `private(shop doc)` gives its `private` members."""
    _private[platform] = private


def create(
    scope: Scope,
    platform: str,
    *,
    name: str,
    region: str = "",
    currency: str = "USD",
    warehouses: int = 1,
    private: Doc | None = None,
    identifier: str = "",
) -> Doc:
    """A new shop; `private` goes over what its platform registered.

    `identifier` only where the platform's ids are chosen by people (a WooCommerce store's slug).

    Raises CannotDo: unknown platform, no name, id in use.
    """
    if platform not in PLATFORMS:
        raise CannotDo(f"platform must be one of {', '.join(PLATFORMS)}")
    if not name.strip():
        raise CannotDo("A shop needs a name.")
    outer = scope.on(platform)
    identifier = identifier or ids.new(outer, platform, "shop")
    if store.find(outer, KIND, identifier):
        raise CannotDo(f"There is a shop {identifier} already.", "already")
    inside = scope.on(f"{platform}:{identifier}")
    places = [_warehouse(inside, platform, place) for place in range(max(1, warehouses))]
    doc: Doc = {
        "platform": platform, "id": identifier, "name": name.strip(), "region": region or COUNTRIES.get(currency, "US"),
        "currency": currency.upper(), "warehouses": places, "holiday": False, "suspended": False, "private": {},
    }  # fmt: skip
    doc["private"] = {**(_private[platform](doc) if platform in _private else {}), **(private or {})}
    return store.add(outer, KIND, doc)


def _warehouse(scope: Scope, platform: str, place: int) -> Doc:
    name = WAREHOUSES[place] if place < len(WAREHOUSES) else f"Warehouse {place + 1}"
    return {"id": ids.new(scope, platform, "warehouse"), "name": name, "default": place == 0}


def get(scope: Scope, platform: str, shop_id: object) -> Doc | None:
    """The shop, whatever the scope's account."""
    return store.find(scope.on(platform), KIND, shop_id)


def all_of(scope: Scope, platform: str) -> list[Doc]:
    """Every shop at a platform, oldest first."""
    return store.listed(scope.on(platform), KIND)


def save(scope: Scope, shop: Doc) -> Doc:
    """Keep the changed shop (its `private` members, its holiday, …)."""
    return store.save(scope.on(shop["platform"]), KIND, shop)


def scope_of(scope: Scope, shop: Doc) -> Scope:
    """The scope of everything inside a shop."""
    return scope.on(f"{shop['platform']}:{shop['id']}")


def of_scope(scope: Scope) -> Doc:
    """The shop whose scope this is; raises CannotDo when there is none."""
    platform, _, identifier = scope.account.partition(":")
    shop = get(scope, platform, identifier)
    if shop is None:
        raise CannotDo(f"There is no shop {scope.account}.", "unknown")
    return shop


def end_access(scope: Scope, shop: Doc, cause: str = "seller") -> None:
    """The seller takes the application's access back; the platform's protocol kills its tokens and says so."""
    watching.tell(scope_of(scope, shop), shop, "access_ended", shop, cause=cause)


def default_warehouse(shop: Doc) -> str:
    """The id of the warehouse that orders are served from first."""
    return str(next(one["id"] for one in shop["warehouses"] if one["default"]))
