"""The orders that a person chose in the list, for other features that work on many at once."""

from collections.abc import Mapping
from itertools import islice
from typing import Protocol

from app.orders import query_strings
from app.orders.models import Order
from app.orders.queries.book import chosen, export_rows


class Typed(Mapping[str, str], Protocol):
    """A submitted form."""

    def getlist(self, key: str, /) -> list[str]: ...


def selected(form: Typed, most: int) -> list[Order]:
    """`everything` that the list's `query` matches, or the ticked `numbers`; up to `most`, in the list's order."""
    if form.get("everything"):
        return list(islice(export_rows(query_strings.parsed(form.get("query", ""))), most))
    ticked = [int(raw) for raw in form.getlist("numbers") if raw.isdecimal() and len(raw) < 10]
    return chosen(ticked[:most])
