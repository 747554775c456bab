"""Counts of threads and categories stay exact, whatever is written and decided."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core import db
from app.core.errors import Refused
from app.core.ids import new_id
from app.forum import actions
from app.forum.actions import moderating
from app.forum.models import Post, Thread
from tests.forum.conftest import Town, actor
from tests.forum.desk import exact, flag

STEPS = ("reply", "link", "hide", "show", "approve", "hold", "delete", "restore", "hide thread", "show thread", "start")


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), min_size=3, max_size=14))
def test_counts_stay_exact_whatever_happens(town: Town, steps: list[tuple[str, int]]) -> None:
    thread = town.start(town.world.alice)
    for step, which in steps:
        take(town, thread, step, which)
        exact(town)


def take(town: Town, thread: Thread, step: str, which: int) -> None:
    """One thing that people or the team may do; what is refused changes nothing."""
    bob = actor(town.world.bob)
    with db.workspace(town.world.north.id) as session:
        ids = session.scalars(select(Post.id).where(Post.thread_id == thread.id).order_by(Post.number)).all()
    post = town.row(Post, ids[which % len(ids)])
    try:
        if step == "reply":
            town.reply(town.world.charlie, thread, f"Words {which}")
        elif step in ("link", "start"):
            newcomer(town, thread, step)
        elif step == "hold":
            flag(town, town.world.fay, post, trust=2)
            flag(town, town.world.vera, post, trust=2)
        else:
            decide(town, bob, thread, post, step)
    except Refused:
        return


def newcomer(town: Town, thread: Thread, step: str) -> None:
    """Somebody whose first post carries a link: it waits."""
    person = town.world.person(f"Newcomer {new_id().hex[-6:]}")
    town.trust(person, 0)
    with town.inside(person):
        if step == "link":
            actions.reply(actor(person), db.get(Thread, thread.id), "See [here](https://shop.example)")
        else:
            actions.start(actor(person), town.general, "My shop", "See [here](https://shop.example)")


def decide(town: Town, bob: Any, thread: Thread, post: Post, step: str) -> None:
    with db.workspace(town.world.north.id, bob.user_id):
        post, thread = db.get(Post, post.id), db.get(Thread, thread.id)
        if step == "hide thread":
            moderating.decide_thread(bob, thread, "hide_thread", "spam")
        elif step == "show thread":
            moderating.decide_thread(bob, thread, "show_thread")
        elif step == "delete":
            actions.take_back(bob, post)
        elif step == "restore":
            actions.restore(bob, post)
        elif step == "hide":
            moderating.hide(bob, post, "spam")
        else:
            {"show": moderating.show, "approve": moderating.approve}[step](bob, post)
