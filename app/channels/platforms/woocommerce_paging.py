"""Orders by their change, page after page while the shop goes on changing them (TRAPS.md C17, E35, F43).

Page numbers would skip an order whenever one before it changes and moves to the end. So a page goes on from the last change seen.
A shop's clock knows whole seconds only; where one second fills more than a page, places are counted, each time a few back.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.channels.channel_facts import Page
from app.channels.order_facts import OrderRef
from app.channels.platforms import woocommerce_facts as facts
from app.channels.platforms.woocommerce_site import NAME, PER_PAGE, Answer, Site
from app.core.errors import ProviderError
from app.core.wire import reading

SECOND = timedelta(seconds=1)
BY_CHANGE, BY_DATE = "modified", "date"
STEP = PER_PAGE - 20
"""Less than a page, so that twenty orders may leave their place between two requests."""


@dataclass(frozen=True)
class Mark:
    """Where to go on: `way` is the order of the list, `after` the last change seen, `skip` how many places from there."""

    way: str
    after: datetime
    skip: int = 0

    def __str__(self) -> str:
        return f"{self.way}|{stamp(self.after)}|{self.skip}"

    @classmethod
    def read(cls, cursor: str, since: datetime) -> "Mark":
        if not cursor:
            return cls(BY_CHANGE, since.replace(microsecond=0))
        way, after, skip = cursor.split("|")
        return cls(way, datetime.fromisoformat(after).replace(tzinfo=UTC), int(skip))


def stamp(at: datetime) -> str:
    """A moment as WordPress reads it with dates_are_gmt: UTC, whole seconds, no zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def changed_orders(site: Site, since: datetime, until: datetime, cursor: str = "") -> Page[OrderRef]:
    """Orders changed in [since, until). Some come twice, where pages meet; none is left out."""
    mark = Mark.read(cursor, since)
    try:
        found = _ask(site, mark, until)
    except ProviderError as error:
        if error.remote_code != "rest_invalid_param" or mark.way != BY_CHANGE:
            raise
        mark = Mark(BY_DATE, mark.after)
        found = _ask(site, mark, until)
    with reading(NAME):
        seen = [facts.reference(one) for one in found.items]
    kept = [one for one in seen if one.updated_at is None or one.updated_at < until]
    following = _next(mark, seen) if found.more(mark.skip + PER_PAGE) else None
    return Page(kept, str(following) if following else "")


def _ask(site: Site, mark: Mark, until: datetime) -> Answer:
    """`modified_after` leaves its own second out, so the second before is named. Old shops cannot sort by change: then by
    date, without an end, because a list that loses members while it is read would skip some."""
    query: dict[str, Any] = {"modified_after": stamp(mark.after - SECOND), "dates_are_gmt": True}
    if mark.way == BY_CHANGE:
        query["modified_before"] = stamp(until + SECOND)
    return site.page("/orders", per_page=PER_PAGE, offset=mark.skip, orderby=mark.way, order="asc", **query)


def _next(mark: Mark, seen: list[OrderRef]) -> Mark:
    last = max((one.updated_at for one in seen if one.updated_at), default=mark.after)
    if mark.way == BY_CHANGE and last > mark.after:
        return Mark(BY_CHANGE, last)
    return Mark(mark.way, mark.after, mark.skip + STEP)
