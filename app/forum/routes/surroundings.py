"""What stands around a thread: data for search engines, the product it asks about, and what its team alone sees."""

from typing import Any

from app.forum import queries, structured
from app.forum.models import Thread
from app.forum.queries.places import Place
from app.forum.queries.posts import ThreadPage
from app.forum.routes.asker import beside


def about(place: Place, row: Thread, page: ThreadPage) -> dict[str, Any]:
    """More values for the page of a thread."""
    asked = row.category.product_id is not None
    return {
        "data": structured.thread(place, row, page),
        "product_page": queries.questions.product_page(row.category) if asked else None,
        "faq": queries.questions.answer_of(row) if asked and place.team else None,
        "asker_url": beside(place, row),
    }
