"""What was found out about leaks."""

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import File, Product
from app.core import db
from app.downloads import marks, suspects
from app.downloads.models import Copy, Trace
from app.downloads.stamper import KINDS
from app.orders.models import Order
from app.workspaces.models import Workspace

NEWEST = 50
FURTHEST = 30
"""Powers of ten that are told: further out nobody has seen whether chance keeps to its formula."""


@dataclass(frozen=True)
class Proof:
    """A copy that a leak came from. `sure` is certain, likely or possible; `words` say what that rests on; `marks` are (name, where)."""

    code: str
    order: Order
    file: File
    product: Product
    workspace: Workspace
    sure: str
    words: str
    marks: list[tuple[str, str]]


@dataclass(frozen=True)
class Origin:
    """An order that a leak came from, and which of its copies it may be, the surest first."""

    proofs: list[Proof]

    @property
    def order(self) -> Order:
        return self.proofs[0].order

    @property
    def workspace(self) -> Workspace:
        return self.proofs[0].workspace

    @property
    def sure(self) -> str:
        return self.proofs[0].sure

    @property
    def copies(self) -> list[Proof]:
        """Those that something speaks for by itself; all of them where nothing does."""
        return [one for one in self.proofs if one.sure != "possible"] or self.proofs

    @property
    def others(self) -> list[Proof]:
        return [one for one in self.proofs if one not in self.copies]


def traces() -> list[Trace]:
    """Of the open workspace, the newest first."""
    return list(db.session().scalars(select(Trace).order_by(Trace.id.desc()).limit(NEWEST)))


def origins(trace: Trace) -> list[Origin]:
    """In the workspace's scope, or for the platform's traces in system scope. What was erased since is left out."""
    found: dict[UUID, list[Proof]] = {}
    for proof in filter(None, (_proof(told) for told in trace.result)):
        found.setdefault(proof.order.id, []).append(proof)
    return [Origin(proofs) for proofs in found.values()]


def _proof(told: dict[str, Any]) -> Proof | None:
    place = UUID(told["workspace_id"])
    with db.workspace(place):
        copy = db.find(Copy, UUID(told["copy_id"]))
        if copy is None:
            return None
        grant, file = db.get(Grant, copy.grant_id), db.get(File, copy.file_id)
        order, product = db.get(Order, grant.order_id), db.get(Product, file.product_id)
        workspace = db.get(Workspace, place)
    chance = float(told["chance"])
    shown = [(KINDS.get(one["kind"], one["kind"]), one["where"]) for one in told["marks"]]
    words = evidence({one["kind"]: one["where"] for one in told["marks"]}, chance)
    return Proof(marks.words(copy.mark), order, file, product, workspace, sureness(chance), words, shown)


def sureness(chance: float) -> str:
    return "certain" if chance < suspects.SURE else "likely" if chance < suspects.LIKELY else "possible"


def evidence(places: dict[str, str], chance: float) -> str:
    """What speaks for a copy, the strongest first, and how often chance alone would. `places` by kind of mark."""
    if "bytes" in places:
        return "A file in it is this copy, byte for byte." if places["bytes"] else "No other copy has these bytes."
    return f"{_said(places)} {odds(chance)}"


def _said(places: dict[str, str]) -> str:
    read = places.keys() - {"pattern", "cut", "line"}
    if read and "pattern" in places:
        return f"The code of this copy was read in it, and its pattern shows: {places['pattern']}."
    if read:
        return "The code of this copy was read in it."
    if "pattern" in places:
        return f"No code was read in it, but the pattern of this copy shows: {places['pattern']}."
    if "cut" in places:
        return "A part of a code was read in it, and this copy's begins like that."
    return "The buyer's address is on it, which anybody can type."


def odds(chance: float) -> str:
    """How often chance alone would say the same."""
    if chance < suspects.LIKELY:
        power = -math.floor(math.log10(chance)) - 1 if chance > 10.0**-FURTHEST else FURTHEST
        return f"By accident that happens less than once in 10^{power}."
    return f"By accident, or by somebody's intent, that happens in about {chance:.0%} of cases."
