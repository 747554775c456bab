"""The links of a mail: found in its text, its HTML, and made clickable."""

import re
from html.parser import HTMLParser

from markupsafe import Markup, escape

from .message import Message

ADDRESS = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
TRAILING = ".,;:!?*_"
DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
CID = re.compile(r"cid:([^\"'\s)>]+)", re.IGNORECASE)


def clickable(text: str) -> Markup:
    """The text, safe for a page, with its web addresses as links."""
    done, at = Markup(), 0
    for start, address in _addresses(text):
        done += Markup('{}<a href="{}" rel="noreferrer">{}</a>').format(text[at:start], address, address)
        at = start + len(address)
    return done + escape(text[at:])


def found(message: Message) -> list[str]:
    """Every web address of a mail once, those of its text first."""
    links = [address for _, address in _addresses(message.text or "")]
    collector = _Hrefs()
    collector.feed(message.html or "")
    return list(dict.fromkeys(links + collector.hrefs))


def framed(html: str, parts: dict[str, str]) -> str:
    """The HTML of a mail for the frame: links lead out of it, pictures inside the mail (`parts`: cid → URL) show."""
    start = DOCTYPE.match(html)
    at = start.end() if start else 0
    whole = f'{html[:at]}<base target="_top">{html[at:]}'
    return CID.sub(lambda match: parts.get(match[1], match[0]), whole)


def _addresses(text: str) -> list[tuple[int, str]]:
    """Where each address starts, and the address without the punctuation of the sentence around it."""
    return [(match.start(), _trimmed(match[0])) for match in ADDRESS.finditer(text)]


def _trimmed(address: str) -> str:
    while address[-1] in TRAILING or (address[-1] == ")" and address.count("(") < address.count(")")):
        address = address[:-1]
    return address


class _Hrefs(HTMLParser):
    """Collects where the links of a page lead."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href") or ""
        if tag == "a" and ADDRESS.match(href):
            self.hrefs.append(href)
