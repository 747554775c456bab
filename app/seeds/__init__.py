"""The demo: a living marketplace, written once by the same actions that people use.

Runs while nobody else works on the queues: it performs its own jobs, under the clock of the day each thing happened.
"""

import structlog
from sqlalchemy import exists, select

from app.catalogue.models import Shop
from app.core import db
from app.seeds import cast, sales, shops

log = structlog.get_logger()


def needed() -> bool:
    """True while no shop exists."""
    with db.system("seed"):
        return not db.session().scalar(select(exists().where(Shop.slug == shops.FIRST)))


def run() -> None:
    """Seed once; a second call does nothing."""
    if not needed():
        return
    people = cast.arrive()
    log.info("seeds.people", count=len(people))
    places = shops.furnish(people)
    log.info("seeds.shops", count=len(places))
    count = sales.happen(people, places)
    log.info("seeds.orders", count=count)
