"""Shopee's listings in our words, and what became of changes to them (SHOPEE.md §6)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.channels.channel_facts import ListingFacts, Member, Outcome, Ref
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms import shopee_states as states
from app.channels.platforms.shopee_words import at, cents, ref, said, whole
from app.core.errors import ProviderError
from app.core.wire import mapping, rows

Found = Mapping[str, Any]


# --- listings
def plain(item: Found) -> ListingFacts:
    """An item without variations. `quantity` is the seller's stock alone: what lies with Shopee is not ours to set."""
    stock = _stock(item)
    amount, currency = _price(item)
    return ListingFacts(
        ref=ref(item.get("item_id")),
        title=said(item.get("item_name")),
        sku=said(item.get("item_sku")),
        state=states.ITEMS.get(said(item.get("item_status")), "pending"),
        quantity=sum(stock.values()) if stock else None,
        stock=stock,
        price_minor=amount,
        currency=currency,
        picture=_picture(item),
        updated_at=at(item.get("update_time")),
        raw=item,
    )


def models(item: Found, listed: Found) -> list[ListingFacts]:
    """One per variation; price and stock are the variation's own."""
    whole_item, tiers = plain(item), rows(listed.get("tier_variation"))
    return [_model(whole_item, one, tiers) for one in rows(listed.get("model"))]


def _model(item: ListingFacts, found: Found, tiers: Sequence[Found]) -> ListingFacts:
    stock = _stock(found)
    amount, currency = _price(found)
    off = said(found.get("model_status")) == "MODEL_UNAVAILABLE" and item.state == "active"
    return replace(
        item,
        ref=ref(item.ref.product, found.get("model_id")),
        sku=said(found.get("model_sku")) or item.sku,
        variant_title=said(found.get("model_name")) or _options(found, tiers),
        state="inactive" if off else item.state,
        quantity=sum(stock.values()) if stock else None,
        stock=stock,
        price_minor=amount,
        currency=currency or item.currency,
        raw=found,
    )


def with_members(listings: Sequence[ListingFacts], kit: Found) -> list[ListingFacts]:
    """Each variation of a kit with what is inside it."""
    inside = {ref("", one.get("model_id")).variant: _members(one) for one in rows(kit.get("model_list"))}
    alone = next(iter(inside.values()), []) if len(inside) == 1 else []
    return [replace(one, members=inside.get(one.ref.variant, alone)) for one in listings]


def _members(model: Found) -> list[Member]:
    return [
        Member(
            ref(one.get("component_item_id"), one.get("component_model_id")),
            max(whole(one.get("quantity"), 1), 1),
            said(one.get("component_item_or_model_sku")),
        )
        for one in rows(model.get("component_list"))
    ]


def _stock(found: Found) -> dict[str, int]:
    """Per location; a shop with one place has "". Empty where Shopee keeps all of it, or says none."""
    stock: dict[str, int] = {}
    for one in rows(mapping(found.get("stock_info_v2")).get("seller_stock")):
        place = said(one.get("location_id"))
        stock[place] = stock.get(place, 0) + whole(one.get("stock"))
    return stock


def _price(found: Found) -> tuple[int | None, str]:
    """The price that we may set; what a promotion makes of it is Shopee's."""
    price = next(iter(rows(found.get("price_info"))), {})
    currency = said(price.get("currency"))
    return (cents(price.get("original_price"), currency), currency) if price else (None, "")


def _picture(item: Found) -> str:
    listed = mapping(item.get("image")).get("image_url_list")
    return said(listed[0]) if isinstance(listed, list) and listed else ""


def _options(found: Found, tiers: Sequence[Found]) -> str:
    """The names of a variation's choices, by their places in the item's tiers."""
    places = found.get("tier_index")
    chosen = []
    for tier, place in zip(tiers, places if isinstance(places, list) else [], strict=False):
        options = rows(tier.get("option_list"))
        if 0 <= whole(place, -1) < len(options):
            chosen.append(said(options[whole(place)].get("option")))
    return ", ".join(filter(None, chosen))


# --- what became of changes
def outcomes(refs: Sequence[Ref], found: Found) -> list[Outcome]:
    """One per SKU of an answered call: the failures are named, also where `error` is empty (TRAPS.md A7).

    Raises ProviderError where the whole call was refused for a reason that is not about this item.
    """
    answer = mapping(found.get("response"))
    failed = {ref("", one.get("model_id")).variant: one for one in rows(answer.get("failure_list"))}
    code = errors.code_of(found.get("error"))
    if code and not failed:
        raise errors.refusal(code, found.get("message"))
    done = {ref("", one.get("model_id")).variant for one in rows(answer.get("success_list"))}
    return [_outcome(one, failed.get(one.variant), bool(code) and one.variant not in done) for one in refs]


def _outcome(one: Ref, failure: Found | None, left_out: bool) -> Outcome:
    if failure is None:
        return Outcome(one, ok=not left_out, error="Shopee does not say why" if left_out else "")
    words = said(failure.get("failed_reason")) or "Shopee does not say why"
    return refused(one, "failed", words)


def refused(one: Ref, code: str, words: str) -> Outcome:
    gone = errors.is_gone(code, words)
    return Outcome(one, False, words, code, permanent=gone or errors.lasts(code, words), gone=gone)


def not_done(one: Ref, error: ProviderError) -> Outcome:
    """Refused as a whole: a permanent refusal is about the item, anything else about the moment."""
    words = str(error).removeprefix(f"{errors.NAME}: ")
    if error.permanent:
        return refused(one, error.remote_code or "", words)
    return Outcome(one, False, words, error.remote_code or "")
