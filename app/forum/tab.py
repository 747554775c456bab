"""What app/wiring.py hands to the storefront: the questions of a product, and where a seller's community is."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.catalogue.models import Product
from app.forum import structured
from app.forum.queries import places, questions


@dataclass(frozen=True)
class Questions:
    """`tab` for templates/forum/_questions.html, `data` for search engines."""

    tab: questions.Tab
    data: list[dict[str, Any]]


def look(product: Product) -> Questions | None:
    """None where nothing can be asked: no community, or the seller turned questions off."""
    found = questions.tab(product.workspace_id, product.id)
    return Questions(found, structured.faq(found.faq)) if found else None


def community(workspace_id: UUID) -> str:
    """The page of a workspace's community, empty without one."""
    return places.path_of(workspace_id)
