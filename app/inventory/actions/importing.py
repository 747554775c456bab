"""Stock out of a spreadsheet: exactly the plan that was looked at, or nothing."""

from collections.abc import Sequence
from uuid import UUID

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.outbox import emit
from app.inventory import plans
from app.inventory.events import StockChanged
from app.inventory.models import StockLevel, StockMovement
from app.inventory.plans import Step
from app.inventory.spreadsheet import Line
from app.inventory.stock import default_location


class PlanStale(Conflict):
    message = "Stock moved since you looked: a sale, or somebody else. Nothing was changed; here is what the file would do now."


def apply_plan(actor: Actor, lines: Sequence[Line], mark: str, source: str) -> int:
    """Set every level that the plan marked `mark` names; lines with a problem are left out. Returns how many changed.

    Levels are locked and planned again first. Raises PlanStale when that gives another plan.
    """
    plan = plans.make(lines, lock=True)
    if plan.mark != mark:
        raise PlanStale
    changes = plan.changes
    for step in changes:
        _set(actor, step, f"From {source}"[:200])
    db.session().flush()
    for step in changes:
        emit(StockChanged(workspace_id=db.current_workspace(), variant_id=step.variant_id, reason="counted"))
    if changes:
        place = default_location()
        audit.record(actor, "inventory.import", place, source=source, changed=len(changes), left_out=len(plan.wrong))
    return len(changes)


def _set(actor: Actor, step: Step, note: str) -> None:
    """One level and its movement; flushed together by the caller, so that a long file takes few round trips."""
    level, delta = step.level, step.delta
    if level is None:
        level = StockLevel(variant_id=step.variant_id, location_id=step.location_id, on_hand=0, reserved=0)
        db.session().add(level)
    db.session().add(_movement(actor, step.variant_id, step.location_id, delta, note))
    level.on_hand = step.after


def _movement(actor: Actor, variant_id: UUID, location_id: UUID, delta: int, note: str) -> StockMovement:
    return StockMovement(
        variant_id=variant_id,
        location_id=location_id,
        on_hand_delta=delta,
        reason="counted",
        note=note,
        actor_name=actor.name,
    )
