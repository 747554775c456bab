"""A shop's look as CSS custom properties: the names that static/css/tokens.css reads, and nothing else.

The tokens hold 4.5:1 for every hue while chroma stays at or below 0.12, so a livelier wish is toned down to that.
"""

from app.catalogue.models import Shop
from app.catalogue.queries import theme_css


def css(shop: Shop) -> str:
    """One rule. Numbers are clamped and fonts chosen from a list, so nothing a seller typed reaches the sheet."""
    return theme_css(shop)
