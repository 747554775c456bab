"""The service worker's text: our script, told which release it belongs to and which files that release is made of."""

import hashlib
import json
from pathlib import Path

from app.core.assets import Assets

FILES = (
    "app.css",
    "vendor/fonts/inter-latin.woff2",
    "vendor/fonts/newsreader-display-latin.woff2",
    "favicon.svg",
    "icons.svg",
)
"""What the page without a network needs; everything else under /static/dist/ is kept when it is first asked for."""
OFFLINE = "/offline"


def script(assets: Assets, offline: str) -> str:
    """The worker of this release. It differs from the last one when any file of the release or the page `offline` does, which
    is how browsers notice.
    """
    source = (assets.root / "worker" / "service-worker.js").read_text(encoding="utf-8")
    files = [assets.url(name) for name in FILES]
    bundles = [assets.url(name) for name in ("app.js", "htmx.js")]
    release = hashlib.sha256("\n".join([source, offline, *files, *bundles]).encode()).hexdigest()[:12]
    told = {
        "release": release,
        "offline": OFFLINE,
        "files": files,
        "icon": assets.url("icons/icon-192.png"),
        "badge": assets.url("icons/badge-96.png"),
    }
    return f"const APP = {json.dumps(told)};\n{source}"


def leaving(assets: Assets) -> str:
    """The worker that takes the other one back from every browser that it reached."""
    path: Path = assets.root / "worker" / "leaving.js"
    return path.read_text(encoding="utf-8")
