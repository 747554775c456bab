"""Posts that were written elsewhere and come in with an archive."""

from markupsafe import escape

from app.forum import text
from app.forum.actions.posts import called
from app.forum.letters import BadText


def rendered(body: str) -> tuple[str, str]:
    """Clean HTML and excerpt of a body as it was typed, made here: HTML of others is never taken. What our own rules for new
    posts would refuse is kept as plain words."""
    try:
        made = text.render(body, mentioned=called)
    except BadText:
        plain = text.clean(f"<p>{escape(body)}</p>")
        return plain, text.words(plain)[:200]
    return made.html, made.plain
