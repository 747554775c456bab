"""Threads called alike."""

from sqlalchemy import func, select

from app.core import db
from app.forum.models import Thread
from app.forum.queries.places import Place
from app.forum.queries.threads import Row, rows

MOST = 5


def threads(place: Place, title: str, limit: int = MOST) -> list[Row]:
    """The closest first. The function knows the reader's scope, and the rows are read once more under its policies."""
    near = func.similar_threads(title, limit).table_valued("id", "alike")
    wanted = select(Thread).join(near, near.c.id == Thread.id).where(Thread.state == "visible")
    found = db.session().scalars(wanted.order_by(near.c.alike.desc(), Thread.id.desc()))
    return rows(place, list(found))
