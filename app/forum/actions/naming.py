"""What somebody is called in one community: a name to be shown, and a handle that follows an @."""

import re

from sqlalchemy import any_, func, literal, or_, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused
from app.forum import likeness, text
from app.forum.actions import people
from app.forum.actions.writing import writing
from app.forum.models import Community, ForumPerson

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){1,29}")
RESERVED = frozenset(["all", "everybody", "everyone", "here", "me", "new", "edit", "seller", "team", "owner", "shop"])
MOST_FORMER = 10
"""Handles that one person may have given up here; each stays theirs."""


def name(actor: Actor, shown: str, handle: str) -> ForumPerson:
    """Old mentions keep leading to the person, and nobody else gets a handle that they had. Raises BadText, MayNotWrite, Refused."""
    with writing():
        person = people.writer(actor)
        person.name = text.name(shown)
        wanted = handle.strip().removeprefix("@").lower()
        if wanted != person.handle:
            _take(person, wanted)
        audit.record(actor, "forum.name_person", person, handle=person.handle)
        db.session().flush()
        return person


def _take(person: ForumPerson, wanted: str) -> None:
    if not HANDLE.fullmatch(wanted):
        raise Refused(
            "Use 2 to 30 small letters, digits and single hyphens, beginning and ending with a letter or digit."
            " Nothing was saved.",
            field="handle",
        )
    if wanted in RESERVED or likeness.of_team(wanted):
        raise Refused("This handle could be mistaken for somebody of the team. Choose another one; nothing was saved.", field="handle")  # fmt: skip
    db.session().scalars(select(Community.id).with_for_update()).one()
    _free(person, wanted)
    former = [one for one in (*person.former, person.handle) if one != wanted]
    if len(former) > MOST_FORMER:
        raise Refused(f"You have had {MOST_FORMER} handles here. Go back to one of them; nothing was saved.", field="handle")  # fmt: skip
    person.handle, person.former = wanted, former


def _free(person: ForumPerson, wanted: str) -> None:
    others = select(func.count()).where(
        ForumPerson.id != person.id, or_(ForumPerson.handle == wanted, literal(wanted) == any_(ForumPerson.former))
    )
    if db.session().scalar(others):
        raise Refused("Somebody else has this handle, or had it. Choose another one; nothing was saved.", field="handle")  # fmt: skip
