"""Tags that somebody does not want to meet."""

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import db
from app.core.errors import Refused
from app.core.ids import new_id
from app.forum import text
from app.forum.actions.writing import writing
from app.forum.models import HiddenTag

MOST = 50


def hide_tag(user_id: UUID, typed: str) -> str:
    """From now on; twice is as once. Returns the tag. Raises Refused for what is no tag, and beyond 50."""
    tag = "-".join(typed.strip().removeprefix("#").lower().split())
    if not text.TAG.fullmatch(tag):
        raise Refused(
            "Name a tag as threads have it: letters from a to z, digits and hyphens. Nothing was changed.", field="tag"
        )
    with writing() as session:
        mine = select(func.count()).where(HiddenTag.user_id == user_id)
        if (session.scalar(mine) or 0) >= MOST:
            raise Refused(f"You hide {MOST} tags already. Show one again first; nothing was changed.", field="tag")
        made = insert(HiddenTag).values(
            workspace_id=db.current_workspace(), id=new_id(), user_id=user_id, tag=tag, created_at=db.now()
        )
        session.execute(made.on_conflict_do_nothing(index_elements=["workspace_id", "user_id", "tag"]))
    return tag


def show_tag(user_id: UUID, tag: str) -> None:
    """Undo `hide_tag`; nothing happens for one that is not hidden."""
    with writing() as session:
        session.execute(delete(HiddenTag).where(HiddenTag.user_id == user_id, HiddenTag.tag == tag.lower()))
