"""Named filters of the thread list, as their reader sees them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, select

from app.core import db
from app.forum.models import DefaultView, ForumCategory, ForumView
from app.forum.queries.places import Place

MOST = 60


@dataclass(frozen=True)
class View:
    """`path` is the list that it stands for; `opens`: the community opens with it for this reader. `category`: its slug."""

    id: UUID
    name: str
    path: str
    query: str
    category: str
    shared: bool
    own: bool
    opens: bool


def listed(place: Place) -> list[View]:
    """The reader's own and those of the team, by name; without those of categories that the reader may not know of."""
    of = and_(ForumCategory.workspace_id == ForumView.workspace_id, ForumCategory.id == ForumView.category_id)
    opens = and_(
        DefaultView.workspace_id == ForumView.workspace_id,
        DefaultView.view_id == ForumView.id,
        DefaultView.user_id == place.user_id,
    )
    wanted = (
        select(ForumView, ForumCategory.slug, DefaultView.id.label("opens"))
        .join(ForumCategory, of, isouter=True)
        .join(DefaultView, opens, isouter=True)
        .order_by(ForumView.name, ForumView.id)
        .limit(MOST)
    )
    rows = db.session().execute(wanted)
    return [_view(place, *row) for row in rows if row.ForumView.category_id is None or row.slug]


def _view(place: Place, row: ForumView, slug: str | None, opens: UUID | None) -> View:
    path = f"{place.path}/{slug}" if slug else place.path
    return View(
        row.id,
        row.name,
        f"{path}?{row.query}" if row.query else path,
        row.query,
        slug or "",
        row.shared,
        row.user_id == place.user_id,
        opens is not None,
    )
