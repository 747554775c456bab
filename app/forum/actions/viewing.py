"""Filters of the thread list, kept under a name."""

from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Refused
from app.core.ids import new_id
from app.forum import letters
from app.forum.actions.writing import writing
from app.forum.models import DefaultView, ForumCategory, ForumView

MOST, LONGEST = 20, 40


def keep_view(actor: Actor, typed: str, category: ForumCategory | None, query: str, *, team: bool = False) -> ForumView:
    """Keep filters under a name; one's own view of that name gets them instead. Raises Refused, Forbidden."""
    name = _name(typed)
    if not query and category is None:
        raise Refused("Choose some filters first; this list has none. Nothing was saved.", field="name")
    with writing() as session:
        known = session.scalars(_mine(actor).where(ForumView.name == name).with_for_update()).one_or_none()
        if known is None:
            if (session.scalar(select(func.count()).select_from(_mine(actor).subquery())) or 0) >= MOST:
                raise Refused(f"You have {MOST} views already. Remove one first; nothing was saved.", field="name")
            known = db.add(ForumView(user_id=actor.user_id, name=name, query=query))
        _owned(actor, known, team)
        known.query, known.category_id = query, category.id if category else None
    return known


def rename_view(actor: Actor, view: ForumView, typed: str, *, team: bool = False) -> str:
    """Raises Refused, Forbidden."""
    name = _name(typed)
    with writing() as session:
        _owned(actor, view, team)
        taken = _mine(actor).where(ForumView.name == name, ForumView.id != view.id)
        if session.scalars(taken).first() is not None:
            raise Refused(f"You have a view called «{name}» already. Nothing was changed.", field="name")
        view.name = name
    return name


def remove_view(actor: Actor, view: ForumView) -> str:
    """A view of one's own. Returns its name. Raises Forbidden."""
    with writing() as session:
        if view.user_id != actor.user_id:
            raise Forbidden("Only who saved this view can remove it. Nothing was changed.")
        name = view.name
        session.delete(view)
        session.flush()
    return name


def share_view(actor: Actor, view_id: UUID, shared: bool) -> ForumView:
    """Show a view of one's own to everybody of the community, or any shared one no longer. For the team. Raises NotFound."""
    view = db.get(ForumView, view_id)
    if shared and view.user_id != actor.user_id:
        raise NotFound
    if view.shared != shared:
        audit.record(actor, "forum.share_view" if shared else "forum.unshare_view", view, name=view.name)
        (_share if shared else _withdraw)(view)
    return view


def _share(view: ForumView) -> None:
    view.shared = True
    db.session().flush()


def _withdraw(view: ForumView) -> None:
    """It is its owner's alone again, and nobody else's community opens with it; neither may be read by who withdraws it."""
    of = (DefaultView.workspace_id == view.workspace_id, DefaultView.view_id == view.id)
    alone = update(ForumView).where(ForumView.id == view.id)
    with db.system("a view that is shared no longer") as session:
        session.execute(delete(DefaultView).where(*of, DefaultView.user_id != view.user_id))
        session.execute(alone.values(shared=False), execution_options={"synchronize_session": False})


def open_with(user_id: UUID, view: ForumView | None) -> None:
    """The view with which the community opens for the person; with none, it opens with everything."""
    with writing() as session:
        if view is None:
            session.execute(delete(DefaultView).where(DefaultView.user_id == user_id))
            return
        made = insert(DefaultView).values(
            workspace_id=view.workspace_id, id=new_id(), user_id=user_id, view_id=view.id, created_at=db.now()
        )
        session.execute(
            made.on_conflict_do_update(index_elements=["workspace_id", "user_id"], set_={"view_id": view.id})
        )


def _name(typed: str) -> str:
    name = letters.without_invisible(letters.one_line(typed))
    if not letters.shown(name) or len(name) > LONGEST:
        raise Refused(f"Give the view a name of up to {LONGEST} characters. Nothing was saved.", field="name")
    return name


def _mine(actor: Actor) -> Select[ForumView]:
    return select(ForumView).where(ForumView.user_id == actor.user_id)


def _owned(actor: Actor, view: ForumView, team: bool) -> None:
    """Who shared a view while they were of the team does not change it for everybody afterwards."""
    if view.user_id != actor.user_id or (view.shared and not team):
        raise Forbidden("This view is the team's. Save yours under another name; nothing was changed.")
