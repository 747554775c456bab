"""The demo's communities: what sellers and buyers wrote over the last months, by the same actions as on any day.

Posts are written in the order of time, each under its own clock, because what somebody may do depends on what they did
before. A post has a key, so a seeding that was cut off goes on behind the last one.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import datetime

from app.seeds.cast import Person
from app.seeds.community.opening import TOWNS, Town, open_town
from app.seeds.community.writing import write
from app.seeds.progress import Tell, step
from app.seeds.shops import Place


def open_all(people: dict[str, Person], places: Sequence[Place], begun: datetime) -> None:
    """Every community with its rooms, before anybody writes: its address answers as soon as the shops stand."""
    for plan in TOWNS:
        open_town(plan, people, places, begun)


def happen(people: dict[str, Person], places: Sequence[Place], begun: datetime, pool: Executor, tell: Tell) -> None:
    """Each community at the same time as the others; they share nothing but people."""
    futures = [pool.submit(_happen, plan, people, places, begun) for plan in TOWNS]
    for count, future in enumerate(futures, 1):
        future.result()
        tell(step("communities", count, len(futures)))


def _happen(plan: Town, people: dict[str, Person], places: Sequence[Place], begun: datetime) -> None:
    write(open_town(plan, people, places, begun), people, begun)
