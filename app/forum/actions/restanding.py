"""What people have read, follow and have begun to write, when posts get other numbers or another thread. The threads are locked."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Integer, Uuid, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.ids import new_id
from app.forum.arranging import Standing
from app.forum.models import Draft, Following, Reading, Thread


def rows(standing: Sequence[Standing]) -> Any:
    """A table of posts with the places that they shall have: id, number, branch, parent_id."""
    columns = (
        cast([one.id for one in standing], ARRAY(Uuid)),
        cast([one.number for one in standing], ARRAY(Integer)),
        cast([one.branch for one in standing], ARRAY(Integer)),
        cast([one.parent_id for one in standing], ARRAY(Uuid)),
    )
    return func.unnest(*columns).table_valued("id", "number", "branch", "parent_id", name="placed").render_derived()


def merged(source: Thread, target: Thread, before: int, seen: int) -> None:
    """`before`: how many posts the target had, `seen`: the last of them that could be seen.

    Whoever had read all of the target has also read what they read of the source; others go on where they were.
    """
    read = select(Reading.user_id, Reading.number).where(Reading.thread_id == source.id)
    of = {row.user_id: row.number for row in db.session().execute(read)}
    done = select(Reading).where(Reading.thread_id == target.id, Reading.number >= seen, Reading.user_id.in_(of))
    for row in db.session().scalars(done.order_by(Reading.user_id).with_for_update()):
        row.number = max(row.number, before + of[row.user_id])
    db.session().flush()
    _run(delete(Reading).where(Reading.thread_id == source.id))
    follow_too(source, target)
    _run(delete(Following).where(Following.thread_id == source.id))
    taken = select(Draft.user_id).where(Draft.place == f"thread:{target.id}").scalar_subquery()
    mine = update(Draft).where(Draft.place == f"thread:{source.id}", Draft.user_id.not_in(taken))
    _run(mine.values(place=f"thread:{target.id}"))


def parted(thread: Thread, made: Thread, stayed: list[int], left: list[int]) -> None:
    """`stayed` and `left`: the numbers that the posts had. What was read is read in both threads."""
    now = db.session().scalars(select(Reading).where(Reading.thread_id == thread.id).with_for_update())
    found = [(row, _until(stayed, row.number), _until(left, row.number)) for row in now]
    made_rows = [
        {"workspace_id": row.workspace_id, "id": new_id(), "thread_id": made.id, "user_id": row.user_id, "number": there, "read_at": row.read_at}
        for row, _, there in found
        if there
    ]  # fmt: skip
    for row, here, _ in found:
        row.number = here
    db.session().flush()
    if made_rows:
        db.session().execute(insert(Reading), made_rows)
    follow_too(thread, made)


def _until(numbers: list[int], read: int) -> int:
    """How many of the numbers, which are in order, were read."""
    return sum(one <= read for one in numbers) if numbers and numbers[-1] > read else len(numbers)


def follow_too(source: Thread, target: Thread) -> None:
    """Who follows one thread follows the other, unless they chose otherwise there."""
    wanted = select(Following).where(Following.thread_id == source.id)
    values = [
        {"workspace_id": row.workspace_id, "id": new_id(), "thread_id": target.id, "user_id": row.user_id, "level": row.level, "created_at": row.created_at}
        for row in db.session().scalars(wanted)
    ]  # fmt: skip
    if values:
        _run(insert(Following).values(values).on_conflict_do_nothing())


def _run(statement: Any) -> None:
    db.session().execute(statement.execution_options(synchronize_session=False))
