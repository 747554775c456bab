"""Asking about a product: the category that its questions stand in, and what a guest typed before signing in."""

from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.models import Product
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import NotFound
from app.forum import text
from app.forum.actions import settings, threads
from app.forum.actions.writing import writing
from app.forum.models import Community, Draft, ForumCategory, Thread
from app.forum.queries import questions

MOST_TYPED = 5_000
"""Characters that are kept of a guest's question until they have signed in."""


class TurnedOff(NotFound):
    message = "This shop takes no questions about this product here. Nothing was posted."


def ask(actor: Actor, product: Product, title: str, details: str, *, key: str | None = None) -> Thread:
    """A thread about a listed product; its category is made for the first. Raises BadText, MayNotWrite, TurnedOff.

    Without details the question is its own text. What was kept of it from before signing in is gone.
    """
    with writing() as session:
        category = _category(actor, product)
        if category.archived_at is not None:
            raise TurnedOff
        thread = threads.start(actor, category, title, details.strip() or title, key=key)
        mine = (Draft.user_id == actor.user_id, Draft.place == place_of(product))
        session.execute(delete(Draft).where(*mine))
        return thread


def _category(actor: Actor, product: Product) -> ForumCategory:
    """Two first questions at once wait for each other at the community's row."""
    known = questions.of_product(product.id)
    if known is not None:
        return known
    community = db.session().scalars(select(Community).with_for_update()).one_or_none()
    if community is None:
        raise TurnedOff
    about = f"Questions and answers about {product.title}."
    return questions.of_product(product.id) or settings.add_category(
        actor, name=product.title[: text.LONGEST_TITLE], about=about, product_id=product.id
    )


def turn(actor: Actor, product: Product, on: bool) -> None:
    """In the workspace's scope: let people ask about a product, or put its questions out of sight. Raises TurnedOff."""
    category = _category(actor, product)
    if on != (category.archived_at is None):
        settings.archive_category(actor, category)
    audit.record(actor, "forum.turn_questions", product, on=on)


def keep_typed(visitor_id: UUID, product: Product, title: str, details: str) -> None:
    """Hold a guest's question under the id of their browser until they have signed in."""
    with writing() as session:
        typed = {"title": title[:MOST_TYPED], "body": details[:MOST_TYPED], "saved_at": db.now()}
        made = insert(Draft).values(
            workspace_id=db.current_workspace(), user_id=visitor_id, place=place_of(product), tags=[], **typed
        )
        session.execute(made.on_conflict_do_update(index_elements=["workspace_id", "user_id", "place"], set_=typed))


def claim_typed(person: UUID, guest: UUID | None) -> None:
    """After signing in, what the browser's guest typed is the person's, and replaces what they had kept there themselves."""
    if guest is None or guest == person:
        return
    with db.system("claim what a guest typed") as session:
        theirs = select(Draft.workspace_id, Draft.place).where(Draft.user_id == guest)
        for workspace_id, place in session.execute(theirs).all():
            same = (Draft.workspace_id == workspace_id, Draft.place == place)
            session.execute(delete(Draft).where(*same, Draft.user_id == person))
            session.execute(update(Draft).where(*same, Draft.user_id == guest).values(user_id=person))


def place_of(product: Product) -> str:
    """What a kept question is for."""
    return f"ask:{product.id}"
