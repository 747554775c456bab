"""The orders that a person chose in the list, for other features that work on many at once."""

from itertools import islice

from werkzeug.datastructures import MultiDict

from app.orders.models import Order
from app.orders.queries.addressed import parsed
from app.orders.queries.book import chosen, export_rows


def selected(form: MultiDict[str, str], most: int) -> list[Order]:
    """`everything` that the list's `query` matches, or the ticked `numbers`; up to `most`, in the list's order."""
    if form.get("everything"):
        return list(islice(export_rows(parsed(form.get("query", ""))), most))
    ticked = [int(raw) for raw in form.getlist("numbers") if raw.isdecimal() and len(raw) < 10]
    return chosen(ticked[:most])
