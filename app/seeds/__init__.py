"""The demo: a living marketplace, written once by the same actions that people use.

It performs its own jobs, under the clock of the day each thing happened, so nobody else may work on the queues meanwhile.
Every step looks first whether it was done, so a seeding that was cut off anywhere goes on where it stopped.
"""

from concurrent.futures import ThreadPoolExecutor

import structlog

from app.seeds import cast, community, despatch, diary, heard, opinions, releases, sales, seats, shops
from app.seeds.drain import HANDS, Drain
from app.seeds.progress import CannotSeed, Tell, silent

__all__ = ["CannotSeed", "needed", "run"]
log = structlog.get_logger()


def needed() -> bool:
    """True while the demo is missing or incomplete."""
    return diary.read().open


def run(tell: Tell = silent) -> None:
    """Write the demo, or what is missing of it; a finished one stays as it is.

    `tell` hears a sentence after each step. Raises CannotSeed: a job failed, or somebody else is at it.
    """
    with diary.alone(), ThreadPoolExecutor(HANDS) as pool:
        entry = diary.read()
        if not entry.open:
            return
        begun = entry.begun or diary.begin()
        drain = Drain(pool)
        drain.recover()
        people = cast.arrive(drain, tell)
        places = shops.furnish(people, drain, pool, tell)
        community.open_all(people, places, begun)
        count = sales.happen(people, places, begun, drain, tell)
        seats.take(places)
        releases.come_out(places, people[sales.FIRST], begun, drain)
        despatch.happen(people, places, begun, drain, tell)
        opinions.happen(people, places, begun, drain)
        heard.settle(people.values(), begun)
        community.happen(people, places, begun, pool, tell)
        drain.rest()
        diary.finish()
    log.info("seeds.finished", people=len(people), shops=len(places), checkouts=count)
