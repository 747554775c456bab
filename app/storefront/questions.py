"""Questions about a product, and the seller's community: doors that app/wiring.py opens, because the forum stands beside the storefront."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from app.catalogue.models import Product


class Questions(Protocol):
    """`tab` is for the forum's own template, `data` for search engines."""

    @property
    def tab(self) -> Any: ...
    @property
    def data(self) -> Sequence[dict[str, Any]]: ...


@dataclass
class _Doors:
    """`look` answers what a product's page shows, None for nothing; `community` the page of a workspace's community, or nothing.

    `sitemaps` are paths of more sitemaps, which crawlers are told of.
    """

    look: Callable[[Product], Questions | None] = lambda product: None
    community: Callable[[UUID], str] = lambda workspace_id: ""
    sitemaps: Sequence[str] = ()


doors = _Doors()
