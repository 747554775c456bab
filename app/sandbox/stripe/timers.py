"""Things that happen later by themselves, on the sandbox's clock."""

from app.sandbox.state import State

DAY = 86400


def set_timer(state: State, task: str, subject: str, due: int) -> None:
    """Remember that `task` (a name in clockwork.TASKS) happens to `subject` once the clock reaches `due`."""
    state.run("INSERT OR IGNORE INTO timers (due, task, subject) VALUES (?, ?, ?)", due, task, subject)


def cancel(state: State, task: str, subject: str) -> None:
    """Forget a task of a subject."""
    state.run("DELETE FROM timers WHERE task = ? AND subject = ?", task, subject)
