"""Changing stock and prices: one item per call, up to fifty variations in it, and an answer for each of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app.channels.channel import AccessEnded, AccessExpired
from app.channels.channel_facts import Outcome, PriceChange, StockChange
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms import shopee_goods as goods
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms.shopee_line import Line
from app.core.errors import ProviderError

Change = TypeVar("Change", StockChange, PriceChange)
Tell = Callable[[str, Sequence[Change]], Mapping[str, Any]]
MOST = 50


def set_stock(line: Line, changes: Sequence[StockChange], places: Callable[[], Sequence[str]]) -> list[Outcome]:
    """Absolute, so a lost answer is simply told again. `places` names a shop's stock locations, the usual one first.

    It is asked for only where Shopee wants locations and a change names none: then all units lie in the usual one.
    """
    known: list[str] = []

    def send(item: str, part: Sequence[StockChange]) -> Mapping[str, Any]:
        return line.ask("POST", "/api/v2/product/update_stock", asks.stock(item, [_placed(one, known) for one in part]))

    def tell(item: str, part: Sequence[StockChange]) -> Mapping[str, Any]:
        found = send(item, part)
        if not known and errors.wants_places(found) and any("" in one.stock for one in part):
            known.extend(places())
            return send(item, part) if known else found
        return found

    return _each(changes, tell)


def _placed(change: StockChange, places: Sequence[str]) -> StockChange:
    """A quantity without a place is the whole of it, so the other places are emptied."""
    if not places or "" not in change.stock:
        return change
    named = {place: units for place, units in change.stock.items() if place}
    return replace(change, stock={**dict.fromkeys(places, 0), **named, places[0]: change.stock[""]})


def set_price(line: Line, changes: Sequence[PriceChange], region: str) -> list[Outcome]:
    """Prices with cents where there are none are refused here, without spoiling the others of their item."""

    def tell(item: str, part: Sequence[PriceChange]) -> Mapping[str, Any]:
        return line.ask("POST", "/api/v2/product/update_price", asks.price(item, part, region))

    fractions = {place: wrong for place, one in enumerate(changes) if (wrong := _fraction(one, region))}
    done = iter(_each([one for place, one in enumerate(changes) if place not in fractions], tell))
    return [fractions[place] if place in fractions else next(done) for place in range(len(changes))]


def _fraction(change: PriceChange, region: str) -> Outcome | None:
    try:
        asks.amount(change, region)
    except ProviderError as error:
        return goods.not_done(change.ref, error)
    return None


def _each(changes: Sequence[Change], tell: Tell[Change]) -> list[Outcome]:
    """One outcome per change, in their order. Raises ProviderError when the first call already could not be tried."""
    outcomes: dict[int, Outcome] = {}
    stopped: ProviderError | None = None
    for item, places in _calls(changes):
        part = [changes[place] for place in places]
        if stopped is None:
            try:
                told = goods.outcomes([one.ref for one in part], tell(item, part))
                outcomes |= dict(zip(places, told, strict=True))
                continue
            except ProviderError as error:
                stopped = error if _stops(error) else None
                if stopped and not outcomes and not error.unknown:
                    raise
                refused = error
        else:
            refused = stopped
        outcomes |= {place: goods.not_done(changes[place].ref, refused) for place in places}
    return [outcomes[place] for place in range(len(changes))]


def _calls(changes: Sequence[Change]) -> Iterator[tuple[str, list[int]]]:
    """(item, places of its changes), at most fifty of them."""
    known: dict[str, list[int]] = {}
    for place, one in enumerate(changes):
        known.setdefault(one.ref.product, []).append(place)
    for item, places in known.items():
        for start in range(0, len(places), MOST):
            yield item, places[start : start + MOST]


def _stops(error: ProviderError) -> bool:
    """Whether the next call would fare no better: the trouble is the shop's, the app's or the moment's, not the item's."""
    if isinstance(error, AccessExpired | AccessEnded) or not error.permanent:
        return True
    return errors.is_general(error.remote_code or "", str(error))
