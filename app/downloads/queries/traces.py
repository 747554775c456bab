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


@dataclass(frozen=True)
class Proof:
    """A copy that a leak came from. `sure` is certain, likely or possible; `words` say how sure; `marks` are (name, where)."""

    code: str
    order: Order
    file: File
    product: Product
    workspace: Workspace
    sure: str
    words: str
    marks: list[tuple[str, str]]


def traces() -> list[Trace]:
    """Of the open workspace, the newest first."""
    return list(db.session().scalars(select(Trace).order_by(Trace.id.desc()).limit(NEWEST)))


def proofs(trace: Trace) -> list[Proof]:
    """In the workspace's scope, or for the platform's traces in system scope. What was erased since is left out."""
    found = [_proof(told) for told in trace.result]
    return [one for one in found if one is not None]


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
    return Proof(marks.words(copy.mark), order, file, product, workspace, sureness(chance), odds(chance), shown)


def sureness(chance: float) -> str:
    return "certain" if chance < suspects.SURE else "likely" if chance < suspects.LIKELY else "possible"


def odds(chance: float) -> str:
    """How often chance alone would say the same."""
    if chance <= 0:
        return "No other copy has these bytes."
    if chance < suspects.LIKELY:
        power = min(-math.floor(math.log10(chance)) - 1, 99)
        return f"By accident that happens less than once in 10^{power}."
    return f"By accident, or by somebody's intent, that happens in about {chance:.0%} of cases."
