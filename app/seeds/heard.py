"""What people of the story heard at its time: orders of weeks ago are no news in the inboxes of today."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core import db
from app.notifications import actions as notifications
from app.seeds.cast import Person

FRESH = timedelta(days=2)
OLD = ("orders.new", "reviews.new", "reviews.answered")


def settle(people: Iterable[Person], begun: datetime) -> None:
    """Sales and reviews of the last days wait to be read; the others were. Doing it twice changes nothing."""
    for person in people:
        with db.buyer(person.id):
            for kind in OLD:
                notifications.read_all(person.id, begun - FRESH, kind)
