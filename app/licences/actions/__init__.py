"""The face of the licences' actions, by noun."""

from app.licences.actions.closing import follow_refund
from app.licences.actions.deciding import AlreadySo, disable, enable, set_limits
from app.licences.actions.giving import give_past, give_some
from app.licences.actions.issuing import fill_owed, issue, readdress
from app.licences.actions.seats import Taken, activate, deactivate, free, refuse_closed, seen
from app.licences.actions.signers import KEPT, make_next, signer, start
from app.licences.actions.signing import FORMAT, signed_file, stamp
from app.licences.actions.stocking import Imported, empty, import_keys, look_at_stock, look_everywhere
from app.licences.actions.terms import BadTerms, Terms, VariantTerms, set_terms, switch_off
from app.licences.purchases import Bought, Purchase

__all__ = [
    "FORMAT",
    "KEPT",
    "AlreadySo",
    "BadTerms",
    "Bought",
    "Imported",
    "Purchase",
    "Taken",
    "Terms",
    "VariantTerms",
    "activate",
    "deactivate",
    "disable",
    "empty",
    "enable",
    "fill_owed",
    "follow_refund",
    "free",
    "give_past",
    "give_some",
    "import_keys",
    "issue",
    "look_at_stock",
    "look_everywhere",
    "make_next",
    "readdress",
    "refuse_closed",
    "seen",
    "set_limits",
    "set_terms",
    "signed_file",
    "signer",
    "stamp",
    "start",
    "switch_off",
]
