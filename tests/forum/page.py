"""Reads HTML as browsers do, and says what in it could harm."""

import re
from collections.abc import Iterator
from typing import Any

from justhtml import JustHTML

ALLOWED = {
    "p": {"dir"},
    "br": set(),
    "em": set(),
    "strong": set(),
    "s": set(),
    "code": {"class"},
    "pre": {"dir", "tabindex"},
    "blockquote": {"dir"},
    "ul": {"dir"},
    "ol": {"dir", "start"},
    "li": {"dir"},
    "a": {"href", "title", "class", "rel"},
    "img": {"src", "alt", "title", "loading"},
    "h3": {"dir"},
    "h4": {"dir"},
    "h5": {"dir"},
    "hr": set(),
}
ADDRESS = re.compile(r"(https?://[^\s/@\\]+([/?#].*)?|mailto:[^\s@]+@.+|/(?![/\\]).*|#.*)", re.IGNORECASE)
PICTURE = re.compile(r"/forum-pictures/[0-9a-f-]{36}/[0-9a-f-]{36}/\d+\.webp")


def elements(html: str) -> list[Any]:
    """Every element, comment and instruction, also inside of templates; text aside."""
    found = JustHTML(html, sanitize=False, fragment=True)
    return [one for one in _below(found.root) if one.name not in ("#document-fragment", "#text")]


def _below(node: Any) -> Iterator[Any]:
    yield node
    for child in [*(getattr(node, "children", None) or ()), *filter(None, [getattr(node, "template_content", None)])]:
        yield from _below(child)


def text(html: str) -> str:
    found = JustHTML(html, sanitize=False, fragment=True)
    return "".join(str(one.data) for one in _below(found.root) if one.name == "#text")


def harm(html: str) -> list[str]:
    """What a browser could run, load or follow that the allow-list does not know; empty for a safe page."""
    return [wrong for one in elements(html) for wrong in _wrong(one)]


def _wrong(one: Any) -> Iterator[str]:
    if one.name not in ALLOWED or getattr(one, "namespace", "html") not in ("html", None):
        yield f"<{one.name}>"
        return
    for name, value in one.attrs.items():
        if name not in ALLOWED[one.name]:
            yield f"<{one.name} {name}>"
        if name == "href" and not ADDRESS.fullmatch(value):
            yield f"href={value}"
        if name == "src" and not PICTURE.fullmatch(value):
            yield f"src={value}"
