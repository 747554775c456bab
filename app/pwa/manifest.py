"""What an installed Guildhall looks like (W3C Web Application Manifest)."""

from typing import Any

from app.core.assets import Assets

PAPER = "#fafbfa"
"""The light ground of pages; dark pages say their own in `theme-color`."""
SHORTCUTS = (("Orders", "orders"), ("Scan parcels", "scan"), ("Inbox", "inbox"))


def manifest(assets: Assets) -> dict[str, Any]:
    """For everybody alike: `/start` and the shortcuts find the person's own pages."""
    return {
        "id": "/",
        "name": "Guildhall",
        "short_name": "Guildhall",
        "description": "Shops by the people who make the things: orders, parcels, downloads and talk in one place.",
        "lang": "en",
        "dir": "ltr",
        "start_url": "/start",
        "scope": "/",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["business", "shopping"],
        "icons": [
            _icon(assets, "icon-192.png", 192),
            _icon(assets, "icon-512.png", 512),
            _icon(assets, "maskable-192.png", 192, "maskable"),
            _icon(assets, "maskable-512.png", 512, "maskable"),
            {"src": assets.url("favicon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
        "shortcuts": [
            {"name": name, "url": f"/go/{place}", "icons": [_icon(assets, f"shortcut-{place}-96.png", 96)]}
            for name, place in SHORTCUTS
        ],
    }


def _icon(assets: Assets, name: str, side: int, purpose: str = "any") -> dict[str, str]:
    return {"src": assets.url(f"icons/{name}"), "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
