"""The face of the licences' queries, by noun."""

from app.licences.queries.lacking import Lacking, first_lacking, lacking, next_lacking
from app.licences.queries.listing import Counts, Filters, counts, export, find_licences, history, offer_of, one
from app.licences.queries.offers import Terms, licensed, owed, promised, terms_of
from app.licences.queries.owned import Held, called, held, held_by_line, held_in_orders, key_of, of_grant, own, sold_in
from app.licences.queries.programs import Found, find, locked, longest_lease, public_keys, seat, signers

__all__ = [
    "Counts",
    "Filters",
    "Found",
    "Held",
    "Lacking",
    "Terms",
    "called",
    "counts",
    "export",
    "find",
    "find_licences",
    "first_lacking",
    "held",
    "held_by_line",
    "held_in_orders",
    "history",
    "key_of",
    "lacking",
    "licensed",
    "locked",
    "longest_lease",
    "next_lacking",
    "of_grant",
    "offer_of",
    "one",
    "owed",
    "own",
    "promised",
    "public_keys",
    "seat",
    "signers",
    "sold_in",
    "terms_of",
]
