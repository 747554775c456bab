"""The face of the order book's actions, by noun."""

from app.orders.actions.addressing import PARTS, AlreadySent, OtherCountry, change_address
from app.orders.actions.again import HeardElsewhere, send_link_again, tell_way_again
from app.orders.actions.arriving import delivered
from app.orders.actions.changing import Asked, agree, ask_claim, ask_email, asked, refuse, vouch
from app.orders.actions.holding import CannotHold, clean_tag, hold, release, tag
from app.orders.actions.inboxes import seen, tell_inboxes
from app.orders.actions.links import opened, purchase_token
from app.orders.actions.many import AT_ONCE, Outcome, each, printed, send_rest, sendable
from app.orders.actions.notes import add_note, delete_note, edit_note
from app.orders.actions.outside import OutsideLine, OutsideOrder, bring, follow, sent_outside
from app.orders.actions.owning import claim, renew_links
from app.orders.actions.paying import end_unpaid, hold_for_bank, mark_paid
from app.orders.actions.placing import LineRequest, PriceChanged, SellerOrder, place
from app.orders.actions.refunding import (
    Consequence,
    PaidElsewhere,
    RefundLine,
    TooMuch,
    dispute_moved,
    refund,
    refund_moved,
    refund_preview,
)
from app.orders.actions.sending import CannotSend, NothingToSend, OnHold, cancel, fulfil
from app.orders.actions.team import tell_team
from app.orders.actions.telling import send_links, send_receipt, tell_sellers
from app.orders.actions.views import remove_view, save_view
from app.orders.actions.writing import write
from app.orders.timeline import tell

__all__ = [
    "AT_ONCE",
    "PARTS",
    "AlreadySent",
    "Asked",
    "CannotHold",
    "CannotSend",
    "Consequence",
    "HeardElsewhere",
    "LineRequest",
    "NothingToSend",
    "OnHold",
    "OtherCountry",
    "Outcome",
    "OutsideLine",
    "OutsideOrder",
    "PaidElsewhere",
    "PriceChanged",
    "RefundLine",
    "SellerOrder",
    "TooMuch",
    "add_note",
    "agree",
    "ask_claim",
    "ask_email",
    "asked",
    "bring",
    "cancel",
    "change_address",
    "claim",
    "clean_tag",
    "delete_note",
    "delivered",
    "dispute_moved",
    "each",
    "edit_note",
    "end_unpaid",
    "follow",
    "fulfil",
    "hold",
    "hold_for_bank",
    "mark_paid",
    "opened",
    "place",
    "printed",
    "purchase_token",
    "refund",
    "refund_moved",
    "refund_preview",
    "refuse",
    "release",
    "remove_view",
    "renew_links",
    "save_view",
    "seen",
    "send_link_again",
    "send_links",
    "send_receipt",
    "send_rest",
    "sendable",
    "sent_outside",
    "tag",
    "tell",
    "tell_inboxes",
    "tell_sellers",
    "tell_team",
    "tell_way_again",
    "vouch",
    "write",
]
