"""The face of inventory's actions, by noun."""

from app.inventory.actions.changing import (
    REASONS,
    BadQuantity,
    adjust,
    adjust_default,
    count,
    create_location,
    receive,
    restock,
)
from app.inventory.actions.importing import PlanStale, apply_plan
from app.inventory.actions.keeping import keep
from app.inventory.actions.reserving import SoldOut, Want, commit, expire, extend, held, hold_again, release, reserve
from app.inventory.stock import default_location

__all__ = [
    "REASONS",
    "BadQuantity",
    "PlanStale",
    "SoldOut",
    "Want",
    "adjust",
    "adjust_default",
    "apply_plan",
    "commit",
    "count",
    "create_location",
    "default_location",
    "expire",
    "extend",
    "held",
    "hold_again",
    "keep",
    "receive",
    "release",
    "reserve",
    "restock",
]
