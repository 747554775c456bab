"""Stock and prices in batches of WooCommerce: one outcome per change, also where an answer of 200 holds failures (TRAPS.md A7)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from app.channels.channel_facts import Outcome, PriceChange, Ref, StockChange
from app.channels.platforms.woocommerce_site import NAME, Site, plain
from app.core.errors import ProviderError
from app.core.wire import major, mapping, rows, text

Change = TypeVar("Change", StockChange, PriceChange)
MOST = 100
INVALID = "woocommerce_rest_product_invalid_id"
GONE = ("_invalid_id", "_invalid_product_id")


# --- what is asked
def stock(change: StockChange) -> dict[str, Any]:
    """Absolute. Counting is switched on with it: also a variation that shared its parent's number counts for itself then."""
    return {"manage_stock": True, "stock_quantity": max(change.quantity, 0)}


def price(change: PriceChange) -> dict[str, Any]:
    return {"regular_price": major(change.amount_minor, change.currency)}


def send(site: Site, changes: Sequence[Change], body: Callable[[Change], dict[str, Any]]) -> list[Outcome]:
    """Group by group. What fails with a whole group fails for its items; raised is only what let none of it through."""
    found = {one.ref: _unknown(one.ref) for one in changes if not number(one.ref).isdigit()}
    failed: list[ProviderError] = []
    for path, group in _groups([one for one in changes if one.ref not in found]):
        if failed:
            found.update((one.ref, failure(one.ref, failed[0])) for one in group)
            continue
        try:
            asked = [{"id": int(number(one.ref)), **body(one)} for one in group]
            answer = site.send("POST", path, {"update": asked})
            found.update((one.ref, one) for one in outcomes([one.ref for one in group], answer))
        except ProviderError as error:
            found.update((one.ref, failure(one.ref, error)) for one in group)
            if not _is_about_one(error):
                failed.append(error)
    if failed and not any(one.ok for one in found.values()):
        raise failed[0]
    return [found[one.ref] for one in changes]


def _groups(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """By the address that takes them: products together, variations by their product."""
    found: dict[str, list[Change]] = {}
    for one in changes:
        path = f"/products/{one.ref.product}/variations/batch" if one.ref.variant else "/products/batch"
        found.setdefault(path, []).append(one)
    return [(path, group[at : at + MOST]) for path, group in found.items() for at in range(0, len(group), MOST)]


def number(ref: Ref) -> str:
    """The id that WooCommerce changes: the variation's where there is one."""
    return ref.variant or ref.product


# --- what is answered
def outcomes(refs: Sequence[Ref], answer: Any) -> list[Outcome]:
    """One per asked reference, found by its id."""
    by_id = {text(one.get("id")): one for one in rows(mapping(answer).get("update"))}
    return [_outcome(ref, by_id.get(number(ref))) for ref in refs]


def _outcome(ref: Ref, found: Mapping[str, Any] | None) -> Outcome:
    if found is None:
        return Outcome(ref, False, "WooCommerce did not say what became of it", "missing")
    error = mapping(found.get("error"))
    if not error:
        return Outcome(ref, True)
    code = text(error.get("code"))
    status = mapping(error.get("data")).get("status")
    broken = isinstance(status, int) and status >= 500
    return Outcome(ref, False, plain(error.get("message")) or code, code, not broken, _is_gone(code))


def failure(ref: Ref, error: ProviderError) -> Outcome:
    code = error.remote_code or ""
    return Outcome(ref, False, str(error), code, error.permanent, _is_gone(code))


def _unknown(ref: Ref) -> Outcome:
    return Outcome(ref, False, f"{NAME} has no product {number(ref)}", INVALID, permanent=True, gone=True)


def _is_about_one(error: ProviderError) -> bool:
    """Whether it says something about this product alone, so that the others may be tried."""
    return error.permanent and _is_gone(error.remote_code or "")


def _is_gone(code: str) -> bool:
    return code.endswith(GONE)
