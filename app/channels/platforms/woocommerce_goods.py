"""WooCommerce's products and variations as listings (reference: WOOCOMMERCE.md §4)."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.channels.channel_facts import ListingFacts, Ref
from app.channels.platforms.woocommerce_facts import amount, variant, whole, words
from app.core.wire import mapping, moment, rows, text

STATES = {"publish": "active", "pending": "pending", "trash": "gone", "True": "active"}
"""Drafts, private and planned ones are not on sale. One recorded variation says true for «publish»."""
NOT_GOODS = ("grouped", "external")
"""A group is a page with other products on it, an external one is sold elsewhere: neither has stock of its own."""
SHARED = "parent"


def is_variable(product: Mapping[str, Any]) -> bool:
    """Plugins have types of their own, such as variable-subscription."""
    return text(product.get("type")).startswith("variable") or bool(product.get("variations"))


def is_goods(product: Mapping[str, Any]) -> bool:
    return text(product.get("type")) not in NOT_GOODS and state(product) != "gone"


def state(found: Mapping[str, Any]) -> str:
    return STATES.get(text(found.get("status")), "inactive")


def single(product: Mapping[str, Any], currency: str) -> ListingFacts:
    return _listing(product, currency, Ref(text(product["id"])), quantity(product), state(product))


def variations(product: Mapping[str, Any], found: Iterable[Mapping[str, Any]], currency: str) -> list[ListingFacts]:
    """The SKUs of a variable product. One that shares its parent's stock shows the parent's number."""
    parent_state = state(product)
    made = []
    for one in found:
        own = state(one)
        ref = Ref(text(product["id"]), text(one["id"]))
        count = quantity(product) if one.get("manage_stock") == SHARED else quantity(one)
        shown = _listing(one, currency, ref, count, own if parent_state == "active" else parent_state, product)
        made.append(shown)
    return made


def _listing(
    found: Mapping[str, Any],
    currency: str,
    ref: Ref,
    count: int | None,
    shown: str,
    product: Mapping[str, Any] | None = None,
) -> ListingFacts:
    whose = product if product is not None else found
    price = found.get("regular_price") or found.get("price")
    return ListingFacts(
        ref=ref,
        title=words(whose.get("name")),
        sku=text(found.get("sku")),
        variant_title=options(found) if product is not None else "",
        state=shown,
        quantity=count,
        stock={} if count is None else {"": count},
        price_minor=amount(price, currency) if text(price) and currency else None,
        currency=currency,
        picture=picture(found) or picture(whose),
        url=text(found.get("permalink")) or text(whose.get("permalink")),
        updated_at=moment(found.get("date_modified_gmt")),
        raw=found,
    )


def quantity(found: Mapping[str, Any]) -> int | None:
    """What is counted; None where the shop sells without counting, which is never zero (TRAPS.md A9)."""
    if found.get("manage_stock") is not True or found.get("stock_quantity") is None:
        return None
    return whole(found["stock_quantity"])


def options(variation: Mapping[str, Any]) -> str:
    """Black / M. An option of "" stands for any."""
    return " / ".join(filter(None, (words(one.get("option")) for one in rows(variation.get("attributes")))))


def picture(found: Mapping[str, Any]) -> str:
    listed = rows(found.get("images"))
    return text((listed[0] if listed else mapping(found.get("image"))).get("src"))


def owner(product: Mapping[str, Any]) -> str:
    """The product that a push or a search by SKU is about: of a variation its parent."""
    return variant(product.get("parent_id")) or text(product.get("id"))
