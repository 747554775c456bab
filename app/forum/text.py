"""What people write: Markdown in, clean HTML out, in bounded time whatever is typed (SECURITY.md §2, input and output).

Raw HTML is text here. What the parser makes is cleaned once more by an allow-list, because one of the two may be wrong.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.core.errors import Refused

LONGEST, LONGEST_TITLE = 30_000, 150
"""Characters of a post and of a title."""
MOST_MENTIONS, MOST_IMAGES = 20, 20
DEEPEST = 20
"""Quotes and lists in each other; deeper ones are text."""
MARKS = 3
"""Combining marks on one letter; no language needs more, and more climb over the lines around."""
TAGS = frozenset(
    ["p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "img", "h3", "h4", "h5", "hr"]
)
ATTRIBUTES = {"a": {"href", "title", "class"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "code": {"class"}}
MENTION = re.compile(r"(?<![\w@/.])@([A-Za-z0-9](?:[A-Za-z0-9_.-]{0,38}[A-Za-z0-9])?)")
OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"))
"""Characters that turn the direction of what follows; a post's block has a direction of its own."""


class BadText(Refused):
    """The words cannot be kept as they are."""


@dataclass(frozen=True)
class Rendered:
    """`html` is safe to show as it is. `mentions`: the names after an @, outside of code, each once. `links` and `images` are counts."""

    html: str
    mentions: tuple[str, ...]
    links: int
    images: int


def tidy(typed: str) -> str:
    """One kind of line end, no control characters, no turned directions, no towers of marks."""
    text = unicodedata.normalize("NFC", typed.replace("\r\n", "\n").replace("\r", "\n")).translate(OVERRIDES)
    return _low("".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cs", "Co")))


def _low(text: str) -> str:
    kept, marks = [], 0
    for one in text:
        marks = marks + 1 if unicodedata.combining(one) else 0
        if marks <= MARKS:
            kept.append(one)
    return "".join(kept)


def title(typed: str) -> str:
    """One line. Raises BadText when it is empty or too long."""
    found = " ".join(tidy(typed).split())
    if len(found) < 3:
        raise BadText("Write a title of at least three characters. Nothing was posted yet.", field="title")
    if len(found) > LONGEST_TITLE:
        raise BadText(f"Use at most {LONGEST_TITLE} characters for the title. Nothing was posted yet.", field="title")
    return found


def render(typed: str) -> Rendered:
    """A post's Markdown. Raises BadText when it is empty, too long, or calls too many people."""
    body = tidy(typed).strip()
    if not body:
        raise BadText("Write something first. Nothing was posted yet.", field="body")
    if len(body) > LONGEST:
        said = f"Use at most {LONGEST:,} characters; this has {len(body):,}. Nothing was posted yet."
        raise BadText(said, field="body")
    tokens = _parser.parse(body)
    mentions = _mentions(tokens)
    if len(mentions) > MOST_MENTIONS:
        said = f"Call at most {MOST_MENTIONS} people in one post; this calls {len(mentions)}. Nothing was posted yet."
        raise BadText(said, field="body")
    links, images = _count(tokens, "link_open"), _count(tokens, "image")
    if images > MOST_IMAGES:
        raise BadText(f"Use at most {MOST_IMAGES} pictures in one post. Nothing was posted yet.", field="body")
    return Rendered(clean(_parser.renderer.render(tokens, _parser.options, {})), mentions, links, images)


def clean(html: str) -> str:
    """By the allow-list; links leave without a word of where from, and are worth nothing to those who sell them."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes={name: set(some) for name, some in ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow ugc noopener noreferrer",
    )


def _mentions(tokens: Sequence[Token]) -> tuple[str, ...]:
    said = (one.content for one in _inline(tokens) if one.type == "text")
    return tuple(dict.fromkeys(name for text in said for name in MENTION.findall(text)))


def _count(tokens: Sequence[Token], kind: str) -> int:
    return sum(one.type == kind for one in _inline(tokens))


def _inline(tokens: Sequence[Token]) -> Sequence[Token]:
    return [child for token in tokens for child in token.children or ()]


def _parser_of() -> MarkdownIt:
    """CommonMark without raw HTML; headings begin below those of the page."""
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST, "breaks": True})
    made.enable("strikethrough")
    made.add_render_rule("heading_open", lambda self, tokens, at, *_: f"<h{_level(tokens[at])}>")
    made.add_render_rule("heading_close", lambda self, tokens, at, *_: f"</h{_level(tokens[at])}>\n")
    made.add_render_rule("text", lambda self, tokens, at, *_: _called(tokens[at].content))
    return made


def _level(token: Token) -> int:
    return min(int(token.tag[1:]) + 2, 5)


def _called(text: str) -> str:
    """Mentions stand out; they are words and no links, since whom they call decides who reads."""
    return MENTION.sub(lambda found: f"<strong>@{found[1]}</strong>", escape(text))


_parser = _parser_of()
