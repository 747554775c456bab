"""Voided labels: asked for, decided now or by the clock, and money that comes back later or never."""

from collections.abc import Callable

from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from . import ledger, parcels, store
from .services import CARRIERS
from .store import Doc

TASK = "carriers.void"
DAY = 86400
WINDOW = 30 * DAY
DECIDED_AFTER = {"USPS": 15 * DAY, "UPS": DAY}
REQUESTED, REFUNDED, REJECTED, NOT_NEEDED = "requested", "refunded", "rejected", "not_applicable"
# What a provider does when a void was decided: it changes its own objects and tells whoever listens.
WATCHERS: dict[str, Callable[[Scope, Doc], None]] = {}


class Refused(Exception):
    """The void is refused: `reason` is already_voided, used or too_late."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ask(scope: Scope, parcel: Doc, at_once: bool = False) -> Doc:
    """Void a label. The money comes after the carrier's days, or `at_once`. Raises Refused."""
    reason = _against(scope, parcel)
    if reason:
        raise Refused(reason)
    parcels.stop(scope, parcel)
    billed = CARRIERS[parcel["carrier"]].billed_on_scan
    parcel["void"] = NOT_NEEDED if billed else REFUNDED if at_once else REQUESTED
    store.save(scope, parcel["id"], parcel)
    ledger.record(scope, "void", parcel, amount=0 if billed else parcel["amount"])
    if parcel["void"] == REQUESTED:
        due = scope.now() + DECIDED_AFTER.get(parcel["carrier"], DAY)
        timers.set_timer(scope.state, TASK, parcel["id"], due)
    return parcel


def _against(scope: Scope, parcel: Doc) -> str:
    if parcel["void"] and parcel["void"] != REJECTED:
        return "already_voided"
    if parcels.scanned(parcel):
        return "used"
    return "too_late" if scope.now() - parcel["created"] > WINDOW else ""


def decide(scope: Scope, parcel: Doc, outcome: str) -> Doc:
    """The carrier's answer to a void that was asked for: refunded or rejected. Raises ValueError."""
    if outcome not in (REFUNDED, REJECTED):
        raise ValueError(f"status must be {REFUNDED} or {REJECTED}")
    if parcel["void"] != REQUESTED:
        raise ValueError("No void of this label is waiting.")
    timers.cancel(scope.state, TASK, parcel["id"])
    parcel["void"] = outcome
    store.save(scope, parcel["id"], parcel)
    WATCHERS[parcel["provider"]](scope, parcel)
    return parcel


def come_due(scope: Scope, identifier: str) -> None:
    """The carrier's days are over: the money comes back."""
    parcel = store.find(scope, parcels.KIND, identifier)
    if parcel and parcel["void"] == REQUESTED:
        decide(scope, parcel, REFUNDED)
