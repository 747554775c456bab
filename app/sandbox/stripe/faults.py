"""Trouble on demand: each fault says what it matches, what goes wrong, and how many times."""

import json
from fnmatch import fnmatchcase
from typing import Any

from app.sandbox.state import State

REQUEST_KINDS = {"slow", "500", "503", "429", "drop_answer", "invalid_json", "nonsense", "html", "carrier_refuses"}
EVENT_KINDS = {"slow", "drop_event", "duplicate_event", "reorder_events"}
MEMBERS = {"kind", "path", "method", "event", "times", "seconds", "when", "copies"}
LONGEST_WAIT = 120

Fault = dict[str, Any]


def plant(state: State, given: Fault) -> Fault:
    """Remember a fault; raises ValueError with a sentence when it makes no sense.

    `path` and `event` are globs (`/v1/transfers*`, `checkout.session.*`); `times` defaults to 1; `seconds` is for
    slow; `when: "after"` lets a 500 execute first; `copies` says how often duplicate_event sends (2). drop_answer,
    invalid_json, nonsense (JSON of another shape) and html (a page of the host, 503) execute and spoil the answer, the last two
    with carriers and marketplaces only; carrier_refuses makes a carrier say no to a purchase; 503 is a WordPress host's page.
    """
    fault = {"times": 1, **given, "kind": str(given.get("kind", ""))}
    _check(fault)
    state.run("INSERT INTO faults (body, remaining) VALUES (?, ?)", json.dumps(fault), fault["times"])
    return fault


def _check(fault: Fault) -> None:
    unknown = set(fault) - MEMBERS
    if unknown:
        raise ValueError(f"Unknown member of a fault: {', '.join(sorted(unknown))}")
    kinds = EVENT_KINDS if "event" in fault else REQUEST_KINDS
    if fault["kind"] not in kinds:
        raise ValueError(f"kind must be one of {', '.join(sorted(kinds))} (events are matched with `event`)")
    if not isinstance(fault["times"], int) or fault["times"] < 1:
        raise ValueError("times must be a whole number from 1")
    if not 0 <= float(fault.get("seconds", 1)) <= LONGEST_WAIT:
        raise ValueError(f"seconds must be between 0 and {LONGEST_WAIT}")


def take_request(state: State, method: str, path: str) -> Fault | None:
    """The fault for this request, used up once."""
    return _take(
        state,
        lambda fault: (
            "event" not in fault
            and fnmatchcase(path, fault.get("path", "*"))
            and fault.get("method", method).upper() == method
        ),
    )


def take_event(state: State, kind: str) -> Fault | None:
    """The fault for this event, used up once; `remaining` says how many more times it will strike."""
    return _take(state, lambda fault: "event" in fault and fnmatchcase(kind, fault["event"]))


def _take(state: State, matches: Any) -> Fault | None:
    with state.transaction():
        for row in state.rows("SELECT seq, body, remaining FROM faults WHERE remaining > 0 ORDER BY seq"):
            fault = json.loads(row["body"])
            if matches(fault):
                state.run("UPDATE faults SET remaining = remaining - 1 WHERE seq = ?", row["seq"])
                return {**fault, "remaining": row["remaining"] - 1}
    return None


def planted(state: State) -> list[Fault]:
    """Every fault that can still strike."""
    rows = state.rows("SELECT body, remaining FROM faults WHERE remaining > 0 ORDER BY seq")
    return [{**json.loads(row["body"]), "remaining": row["remaining"]} for row in rows]


def clear(state: State) -> None:
    """Forget all faults (held deliveries are let go by the caller)."""
    state.run("DELETE FROM faults")
