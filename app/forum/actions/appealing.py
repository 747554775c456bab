"""What people say to a decision about them, once, and what the team answers: somebody else than who decided, where there is one."""

from sqlalchemy import select

from app.core import db
from app.core.actor import Actor
from app.core.errors import NotFound, Refused
from app.forum.actions import barring, deciding, moderating, people
from app.forum.actions.writing import writing
from app.forum.decisions import VERBS
from app.forum.models import Appeal, Moderation, Post, Thread

LONGEST = 2000
"""Characters."""


class CannotAppeal(Refused):
    """There is no such decision about this person, or they have answered it."""


class YourOwn(Refused):
    message = "You made this decision, so somebody else of your team answers the appeal. Nothing was decided."


def appeal(actor: Actor, decision: Moderation, words: str) -> Appeal:
    """Whoever it concerns answers it once, also when they may not write otherwise. Raises CannotAppeal, NotFound."""
    said = words.replace("\r\n", "\n").strip()
    with writing():
        person = people.known(actor)
        if decision.subject_id != person.user_id:
            raise NotFound
        if not VERBS[decision.verb].appealable:
            raise CannotAppeal("There is nothing to appeal in this. Nothing was sent.")
        if not 3 <= len(said) <= LONGEST:
            raise CannotAppeal(f"Write between 3 and {LONGEST:,} characters. Nothing was sent.", field="words")
        mine = select(Appeal.id).where(Appeal.moderation_id == decision.id, Appeal.user_id == person.user_id)
        if db.session().scalar(mine):
            raise CannotAppeal("You have answered this decision already; the team sees it. Nothing was sent.")
        row = db.add(Appeal(moderation_id=decision.id, user_id=person.user_id, words=said))
        deciding.tell_answerers(row, decision)
        deciding.moved()
        return row


def answer(actor: Actor, row: Appeal, granted: bool, words: str) -> None:
    """Uphold the decision, or undo it. Raises Decided when a fellow was quicker, YourOwn, Refused without words."""
    said = " ".join(words.split())[:LONGEST]
    if not said:
        raise Refused("Say why, in a few words: the person reads it. Nothing was decided.", field="words")
    with writing():
        moderating.moderator(actor)
        deciding.person(row.user_id)
        decision = db.get(Moderation, row.moderation_id)
        row = db.lock(row)
        if row.state != "open":
            raise moderating.Decided(
                f"{row.answered_by or 'Somebody'} answered this appeal already. Nothing was changed by you."
            )
        if decision.actor_id == actor.user_id and deciding.moderators() - {actor.user_id}:
            raise YourOwn
        row.state, row.answer, row.decided_at = ("granted" if granted else "upheld"), said, db.now()
        row.answered_by = actor.name
        db.session().flush()
        if granted:
            _undo(actor, decision)
        _log(actor, row, decision)


def _log(actor: Actor, row: Appeal, decision: Moderation) -> None:
    verb = "grant_appeal" if row.state == "granted" else "uphold_appeal"
    thread = db.find(Thread, decision.thread_id) if decision.thread_id else None
    post = db.find(Post, decision.post_id) if decision.post_id else None
    about = "" if thread else decision.about
    deciding.log(actor, verb, reason=row.answer, thread=thread, post=post, subject_id=row.user_id, about=about)


def _undo(actor: Actor, decision: Moderation) -> None:
    """By the same actions that anybody of the team could take; what was undone meanwhile stays as it is."""
    said, verb = "After an appeal", VERBS[decision.verb].undo
    try:
        if verb == "show_post" and decision.post_id:
            moderating.show(actor, db.get(Post, decision.post_id), said, tells=False)
        elif verb == "lift" and decision.subject_id:
            barring.lift(actor, decision.subject_id, said, tells=False)
        elif verb in ("show_thread", "restore_thread", "unlock_thread") and decision.thread_id:
            moderating.decide_thread(actor, db.get(Thread, decision.thread_id), verb, words=said, tells=False)
    except (moderating.Decided, barring.MayAlready):
        return
