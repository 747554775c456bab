"""What must always hold of stock, as queries that return the levels that break it (RELIABILITY.md R31)."""

import structlog
from prometheus_client import Gauge
from sqlalchemy import text

from app.core import db

log = structlog.get_logger()
BROKEN = Gauge("guildhall_stock_violations", "Levels that break a rule of stock, by rule", ["rule"])
SHOWN = 20
COUNTED = """
    select coalesce(l.workspace_id, c.workspace_id)::text || ' ' || coalesce(l.variant_id, c.variant_id)::text
    from stock_levels l full join ({counts}) c using (workspace_id, variant_id, location_id)
    where {differ}"""

RULES = {
    "reserved_is_held": COUNTED.format(
        counts="select workspace_id, variant_id, location_id, sum(quantity) as held from reservations"
        " where state = 'held' group by 1, 2, 3",
        differ="coalesce(l.reserved, 0) <> coalesce(c.held, 0)",
    ),
    "levels_are_their_movements": COUNTED.format(
        counts="select workspace_id, variant_id, location_id, sum(on_hand_delta) as on_hand,"
        " sum(reserved_delta) as reserved from stock_movements group by 1, 2, 3",
        differ="(coalesce(l.on_hand, 0), coalesce(l.reserved, 0)) <> (coalesce(c.on_hand, 0), coalesce(c.reserved, 0))",
    ),
}


def violations() -> dict[str, list[str]]:
    """By rule the levels that break it, as «workspace variant», at most 20 each. Rules that hold are left out."""
    with db.system("check stock") as session:
        found = {
            rule: [str(row) for row in session.scalars(text(f"select * from ({query}) broken limit {SHOWN}"))]
            for rule, query in RULES.items()
        }
    return {rule: rows for rule, rows in found.items() if rows}


def check() -> dict[str, list[str]]:
    """Look, count and say it loudly."""
    found = violations()
    for rule in RULES:
        BROKEN.labels(rule).set(len(found.get(rule, [])))
    for rule, rows in found.items():
        log.error("inventory.invariant_broken", rule=rule, rows=rows)
    return found
