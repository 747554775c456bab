"""A shop's look as CSS custom properties: the names that static/css/tokens.css reads, and nothing else.

The tokens hold 4.5:1 for every hue while chroma stays at or below 0.12, so a livelier wish is toned down to that.
"""

from app.catalogue.models import Shop

MAX_CHROMA = 12
MAX_RADIUS = 24
SERIF = '"Newsreader","Iowan Old Style","Palatino Linotype",Georgia,serif'
FONTS = {
    "sans": ("", ""),
    "serif": (f"--shop-font-display:{SERIF};", f"--shop-font:{SERIF};"),
    "modern": ('--shop-font-display:"Inter",ui-sans-serif,system-ui,sans-serif;', ""),
    "mono": ('--shop-font-display:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace;', ""),
}


def css(shop: Shop) -> str:
    """One rule. Numbers are clamped and fonts chosen from a list, so nothing a seller typed reaches the sheet."""
    chroma = min(max(shop.chroma, 0), MAX_CHROMA) / 100
    radius = min(max(shop.radius, 0), MAX_RADIUS) / 16
    display, text = FONTS.get(shop.font, FONTS["sans"])
    return f":root{{--shop-hue:{shop.hue % 360};--shop-chroma:{chroma:.2f};--shop-radius:{radius:.3f}rem;{display}{text}}}\n"
