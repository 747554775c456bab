"""How a text will look."""

from dataclasses import dataclass

from app.forum import text
from app.forum.actions import posts
from app.forum.queries.posts import Clean


@dataclass(frozen=True)
class Preview:
    """`html` is what posting would show, clean; empty when `problem` says why it would be refused."""

    html: str = ""
    problem: str = ""


def preview(typed: str) -> Preview:
    """How a text would look. In the reader's scope; nothing is kept."""
    try:
        made = text.render(typed, mentioned=posts.called)
    except text.BadText as refusal:
        return Preview(problem=refusal.message)
    return Preview(Clean(made.html))
