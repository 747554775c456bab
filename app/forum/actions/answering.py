"""The FAQ of a product: accepted answers that the seller puts on its page, in the order they choose. In the workspace's scope."""

from sqlalchemy import func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.forum.models import Answer, ForumCategory, Thread
from app.forum.queries.questions import MOST_FAQ


class NotAnAnswer(Refused):
    status = 409
    message = "Choose the answer of this question first; then it can stand on the product's page. Nothing was changed."


def feature(actor: Actor, thread: Thread) -> Answer:
    """The accepted answer stands on the product's page, last in line. Raises NotAnAnswer, Refused when the page is full."""
    thread = db.lock(thread)
    category = db.get(ForumCategory, thread.category_id)
    if category.product_id is None or thread.accepted_id is None or thread.state != "visible":
        raise NotAnAnswer
    wanted = select(Answer).where(Answer.thread_id == thread.id, Answer.product_id == category.product_id)
    row = db.session().scalars(wanted).one_or_none()
    if row is None:
        row = db.add(_last(category, thread))
    row.post_id = thread.accepted_id
    audit.record(actor, "forum.feature_answer", thread, post_id=row.post_id)
    return row


def _last(category: ForumCategory, thread: Thread) -> Answer:
    of = select(func.count(), func.coalesce(func.max(Answer.position), -1)).where(
        Answer.product_id == category.product_id
    )
    count, last = db.session().execute(of).one()
    if count >= MOST_FAQ:
        raise Refused(f"A product's page holds {MOST_FAQ} answers. Remove one first; nothing was changed.")
    return Answer(
        product_id=category.product_id, thread_id=thread.id, post_id=thread.accepted_id, position=int(last) + 1
    )


def remove(actor: Actor, row: Answer) -> None:
    """Off the product's page; the thread stays as it is."""
    db.session().delete(row)
    audit.record(actor, "forum.remove_answer", row)


def move(row: Answer, up: bool) -> None:
    """One place up or down among the answers of its product."""
    wanted = select(Answer).where(Answer.product_id == row.product_id).order_by(Answer.position, Answer.id)
    rows = list(db.session().scalars(wanted.with_for_update()))
    at = rows.index(row)
    to = at - 1 if up else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
    for position, one in enumerate(rows):
        one.position = position
