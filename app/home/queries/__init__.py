"""Today's facts, all read from rows: what waits for somebody, what was earned, what is still to be set up."""

from app.home.queries.steps import OPTIONAL, Step, steps
from app.home.queries.takings import Takings, days, takings
from app.home.queries.waiting import Need, needs, recent_orders

__all__ = ["OPTIONAL", "Need", "Step", "Takings", "days", "needs", "recent_orders", "steps", "takings"]
