"""Telling TikTok Shop quantities and prices: per product, with an outcome per SKU (TIKTOK.md §6, TRAPS.md A6-A8, A11)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.channel_facts import Outcome, PriceChange, StockChange
from app.channels.platforms import tiktok_facts as facts
from app.channels.platforms import tiktok_requests as asks
from app.channels.platforms.tiktok_calls import Calls
from app.channels.platforms.tiktok_errors import (
    ALL_WAREHOUSES,
    GONE,
    NAME,
    NO_SCOPE,
    PASSING,
    ZERO,
    errors_of,
)
from app.core.errors import ProviderError
from app.core.wire import major, reading

Change = TypeVar("Change", StockChange, PriceChange)
Failures = dict[str, tuple[str, str]]
OURS = {"106001", NO_SCOPE, "36009033"}
"""Refusals that no other product would escape: a wrong signature, a missing scope, a closed address."""


def each_product(
    changes: Sequence[Change], tell: Callable[[str, Sequence[Change]], Sequence[Outcome]]
) -> list[Outcome]:
    """One call per product; outcomes in the order of `changes`. Raises ProviderError only when nothing was told yet."""
    groups: dict[str, list[Change]] = {}
    for one in changes:
        groups.setdefault(one.ref.product, []).append(one)
    found: dict[int, Outcome] = {}
    stopped: ProviderError | None = None
    for product, group in groups.items():
        try:
            outcomes = tell(product, group) if stopped is None else _untold(group, stopped)
        except ProviderError as error:
            if not found:
                raise
            stopped, outcomes = error, _untold(group, error)
        found |= {id(change): outcome for change, outcome in zip(group, outcomes, strict=True)}
    return [found[id(change)] for change in changes]


def _untold(group: Iterable[Change], error: ProviderError) -> list[Outcome]:
    """What was not tried any more after one product could not even be asked about; trying again helps."""
    words, code = str(error).removeprefix(f"{NAME}: "), error.remote_code or ""
    return [Outcome(one.ref, ok=False, error=words, code=code) for one in group]


def prices(calls: Calls, product: str, changes: Sequence[PriceChange]) -> list[Outcome]:
    skus = [
        {"id": one.ref.variant, "price": {"amount": major(one.amount_minor, one.currency), "currency": one.currency}}
        for one in changes
    ]
    failed = _sent(calls, f"{asks.PRODUCT}/{product}/prices/update", {"skus": skus}, changes)
    return [_outcome(one, failed) for one in changes]


def stock(calls: Calls, product: str, changes: Sequence[StockChange], warehouse: str = "") -> list[Outcome]:
    """Set it; give all warehouses where TikTok wants them; take the product off sale where it takes no zero."""
    failed = _set(calls, product, changes, warehouse)
    partial = [one for one in changes if failed.get(one.ref.variant, ("",))[0] == ALL_WAREHOUSES]
    if partial:
        failed = _without(failed, partial) | _set(calls, product, _whole(calls, partial, warehouse), warehouse)
    empty = [one for one in changes if _refused_zero(one, failed)]
    if not empty:
        _resumed(calls, product, changes, failed)
        return [_outcome(one, failed) for one in changes]
    return _paused(calls, product, changes, empty, failed, warehouse)


def _set(calls: Calls, product: str, changes: Sequence[StockChange], warehouse: str) -> Failures:
    return _sent(calls, f"{asks.PRODUCT}/{product}/inventory/update", asks.stock(changes, warehouse), changes)


def _sent(calls: Calls, path: str, body: Mapping[str, Any], changes: Iterable[Change]) -> Failures:
    """SKU → (code, words) of what failed. A no to the whole call is a no to each; what may pass or concerns us is raised."""
    try:
        return errors_of(calls.post(path, body), "sku_id")
    except ProviderError as error:
        if not error.permanent or isinstance(error, AccessExpired | AccessEnded) or error.remote_code in OURS:
            raise
        words = str(error).removeprefix(f"{NAME}: ")
        return {one.ref.variant: (error.remote_code or "", words) for one in changes}


def _without(failed: Failures, changes: Iterable[StockChange]) -> Failures:
    again = {one.ref.variant for one in changes}
    return {sku: why for sku, why in failed.items() if sku not in again}


def _whole(calls: Calls, changes: Sequence[StockChange], warehouse: str) -> list[StockChange]:
    found = calls.find(asks.INVENTORY, {"sku_ids": [one.ref.variant for one in changes]})
    with reading(NAME):
        current = {sku: facts.per_warehouse(row) for sku, row in facts.stocks(found).items()}
    return [asks.completed(one, current.get(one.ref.variant, {}), warehouse) for one in changes]


def _refused_zero(change: StockChange, failed: Failures) -> bool:
    return change.quantity == 0 and failed.get(change.ref.variant, ("",))[0] in ZERO


def _paused(
    calls: Calls,
    product: str,
    changes: Sequence[StockChange],
    empty: Sequence[StockChange],
    failed: Failures,
    warehouse: str,
) -> list[Outcome]:
    """Off sale with the whole product: it cannot be told for one SKU, and selling what is not there is worse."""
    others = [one for one in changes if one not in empty and failed.get(one.ref.variant, ("",))[0] in ZERO]
    if others:
        failed = _without(failed, others) | _set(calls, product, others, warehouse)
    refused = _switch(calls, "deactivate", product)
    if refused:
        return [_outcome(one, {**failed, **{gone.ref.variant: refused for gone in empty}}) for one in changes]
    return [
        Outcome(one.ref, ok=True, paused=True) if one in empty else replace(_outcome(one, failed), paused=True)
        for one in changes
    ]


def _resumed(calls: Calls, product: str, changes: Sequence[StockChange], failed: Failures) -> None:
    """On sale again, once there is something to sell; a refusal counts as one of the SKUs that asked for it."""
    back = [one for one in changes if one.resume and one.quantity > 0 and one.ref.variant not in failed]
    refused = _switch(calls, "activate", product) if back else None
    if refused:
        failed |= {one.ref.variant: refused for one in back}


def _switch(calls: Calls, what: str, product: str) -> tuple[str, str] | None:
    """Take a product off sale or put it on again; what TikTok said when it would not."""
    data = calls.post(f"{asks.PRODUCT}/{what}", {"product_ids": [product]})
    errors = errors_of(data, "product_id")
    return next(iter(errors.values()), None)


def _outcome(change: StockChange | PriceChange, failed: Failures) -> Outcome:
    if change.ref.variant not in failed:
        return Outcome(change.ref, ok=True)
    code, words = failed[change.ref.variant]
    return Outcome(change.ref, False, words, code, permanent=code not in PASSING, gone=code in GONE)
