"""Parcels on their way, whichever provider sold the label; moved by a person, by a door, or by the clock."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any
from zlib import crc32

from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from . import store
from .geography import Place
from .numbers import new_number
from .rating import Journey, Offer
from .scans import HUBS, NEVER_SCANNED, OVER, SCANS, UNKNOWN
from .store import Doc

KIND = "carriers.parcel"
HOUR, DAY = 3600, 86400
# What providers do when a parcel moved: they tell whoever listens. Given are the parcel now and its earlier status.
WATCHERS: dict[str, Callable[[Scope, Doc, str], None]] = {}
AUTOPILOT = ("label_created", "accepted", "in_transit", "out_for_delivery", "delivered")


class CannotMove(ValueError):
    """The parcel cannot get this scan; the message says why."""


def send(
    scope: Scope, provider: str, offer: Offer, journey: Journey, *, label: str, reference: str, printed: list[str]
) -> Doc:
    """A parcel whose label has just been paid; `label` is the provider's id of it."""
    service = offer.service
    code, said = service.names[provider]
    parcel: Doc = {
        "id": f"parcel_{store.token()}",
        "provider": provider,
        "carrier": service.carrier,
        "service": code,
        "service_name": said,
        "number": new_number(service.carrier),
        "label": label,
        "reference": reference,
        "printed": printed,
        "from": asdict(journey.origin),
        "to": asdict(journey.destination),
        "ounces": journey.ounces,
        "is_return": journey.is_return,
        "status": UNKNOWN,
        "scans": [],
        "void": "",
        "created": scope.now(),
        "days": offer.days,
        "plan": _plan(scope.now(), offer.days),
        "amount": offer.total,
    }
    for step, due in parcel["plan"].items():
        timers.set_timer(scope.state, _task(step), parcel["id"], due)
    return store.add(scope, KIND, parcel["id"], parcel)


def _plan(start: int, days: int) -> dict[str, int]:
    """When the clock gives the parcel which scan, unless a person is faster."""
    arrival = start + max(2, days) * DAY
    return {
        "label_created": start + 1,
        "accepted": start + DAY,
        "in_transit": start + DAY + 12 * HOUR,
        "out_for_delivery": arrival + 8 * HOUR,
        "delivered": arrival + 14 * HOUR,
    }


def _task(step: str) -> str:
    return f"carriers.{step}"


def move(scope: Scope, parcel: Doc, step: str, *, at: int | None = None, text: str = "") -> Doc:
    """Give a parcel a scan; `at` may lie in the past (a scan that comes late). Raises CannotMove."""
    if step not in SCANS:
        raise CannotMove(f"step must be one of {', '.join(SCANS)}")
    if parcel["void"] not in ("", "rejected"):
        raise CannotMove("The label was voided; no carrier takes this parcel.")
    before = parcel["status"]
    parcel["scans"] = sorted(
        [*parcel["scans"], _scan(parcel, step, scope.now() if at is None else at, text)], key=lambda scan: scan["at"]
    )
    parcel["status"] = parcel["scans"][-1]["status"]
    _forget_earlier(scope, parcel, step)
    store.save(scope, parcel["id"], parcel)
    WATCHERS[parcel["provider"]](scope, parcel, before)
    return parcel


def _scan(parcel: Doc, step: str, at: int, text: str) -> Doc:
    scan = SCANS[step]
    city, state, code, country = _place(parcel, scan.place, len(parcel["scans"]))
    return {
        "key": store.token(), "step": step, "at": at, "status": scan.status, "detail": scan.detail,
        "text": text or scan.text, "city": city, "state": state, "zip": code, "country": country,
    }  # fmt: skip


def _place(parcel: Doc, where: str, count: int) -> tuple[str, str, str, str]:
    if where == "hub":
        city, state, code = HUBS[(crc32(parcel["number"].encode()) + count) % len(HUBS)]
        return city, state, code, "US"
    place = parcel[where]
    return place["city"].upper(), place["state"].upper(), place["zip"], place["country"]


def _forget_earlier(scope: Scope, parcel: Doc, step: str) -> None:
    """What the clock would have done before this step is done; after the end it does nothing any more."""
    reached = AUTOPILOT.index(step) if step in AUTOPILOT else -1
    over = parcel["status"] in OVER
    for place, one in enumerate(AUTOPILOT):
        if place <= reached or over:
            timers.cancel(scope.state, _task(one), parcel["id"])


def stop(scope: Scope, parcel: Doc) -> None:
    """The clock leaves this parcel alone from now on."""
    for step in AUTOPILOT:
        timers.cancel(scope.state, _task(step), parcel["id"])


def scanned(parcel: Doc) -> bool:
    """Whether the carrier has seen the parcel."""
    return parcel["status"] not in NEVER_SCANNED


def _tick(step: str, scope: Scope, identifier: str) -> None:
    parcel = store.find(scope, KIND, identifier)
    if parcel and parcel["void"] in ("", "rejected"):
        move(scope, parcel, step, at=parcel["plan"][step])


TASKS: dict[str, Any] = {_task(step): partial(_tick, step) for step in AUTOPILOT}


def by_number(scope: Scope, number: str) -> Doc | None:
    """The account's parcel with a tracking number."""
    return store.first(scope, KIND, number=number)


def by_label(scope: Scope, label: str) -> Doc | None:
    """The account's parcel with a provider's label id."""
    return store.first(scope, KIND, label=label)


def place_of(doc: Doc) -> Place:
    """An address as the parcel keeps it, as a Place."""
    return Place(**doc)
