"""What people write: Markdown in, clean HTML out, in bounded work whatever is typed (SECURITY.md §2, input and output).

Raw HTML is text here. What the parser makes is cleaned once more by an allow-list, because one of the two may be wrong.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

import nh3
from markdown_it.token import Token

from app.forum import letters, likeness, markdown, marks
from app.forum.changes import diff as diff
from app.forum.letters import BadText as BadText
from app.forum.letters import tidy as tidy
from app.forum.markdown import LONGEST as LONGEST

LONGEST_TITLE, LONGEST_NAME, LONGEST_EXCERPT = 150, 40, 200
"""Characters."""
MOST_MENTIONS, MOST_IMAGES, MOST_TAGS = 20, 20, 5
LARGEST = 6 * LONGEST
"""Characters of HTML: sixfold is a code block of quotation marks; more is made by repeating one long address."""
TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
TAGS = frozenset(
    ["p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "img", "h3", "h4", "h5", "hr"]
)
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}, "code": {"class"}}
VALUES = {
    **{tag: {"dir": {"auto"}} for tag in marks.TURNED},
    "pre": {"dir": {"ltr"}, "tabindex": {"0"}},
    "a": {"class": {"mention"}},
    "img": {"loading": {"lazy"}},
}

Mentioned = Callable[[tuple[str, ...]], Mapping[str, str]]
"""Handles that were called, in small letters; answers with the page of each that is known."""


@dataclass(frozen=True)
class Rendered:
    """`html` is safe to show as it is. `mentions`: the handles called, known or not, in small letters. `links` and `images` are counts;
    a picture from elsewhere is a link. `plain` is one line of at most 200 characters, not escaped."""

    html: str
    mentions: frozenset[str]
    links: int
    images: int
    plain: str


def words(html: str) -> str:
    """What a rendered text says, in one line without its marks; not escaped."""
    return " ".join(unescape(nh3.clean(html, tags=set())).split())


def nobody(_: tuple[str, ...]) -> Mapping[str, str]:
    """Where nobody can be called."""
    return {}


def render(typed: str, *, mentioned: Mentioned = nobody) -> Rendered:
    """A post's Markdown. Raises BadText when it is empty, too long, too deep, too tangled, or calls too many people."""
    tokens = markdown.parse(_body(typed))
    if marks.depth(tokens) > markdown.DEEPEST:
        raise markdown.too_deep()
    marks.settle(tokens)
    images = marks.pictures(tokens)
    marks.name_links(tokens)
    links = sum(one.type == "link_open" for one in marks.inline(tokens))
    _within(images, MOST_IMAGES, "pictures")
    called = marks.called(tokens)
    _within(len(called), MOST_MENTIONS, "mentions of different people")
    plain = letters.excerpt(_words(tokens), LONGEST_EXCERPT)
    if not letters.shown(plain):
        raise _empty()
    marks.link_people(tokens, mentioned(called) if called else {})
    return Rendered(_html(tokens), frozenset(called), links, images, plain)


def clean(html: str) -> str:
    """By the allow-list; links leave without a word of where from, and are worth nothing to those who sell them."""
    return _cleaner.clean(html)


def title(typed: str) -> str:
    """One line of 3 to 150 characters. Raises BadText."""
    return _line(typed, "title", 3, LONGEST_TITLE, "Nothing was posted yet.")


def name(typed: str) -> str:
    """A name to be shown, one line of 2 to 40 characters that looks like nobody of our team. Raises BadText."""
    found = letters.without_invisible(_line(typed, "name", 2, LONGEST_NAME, "Nothing was saved."))
    found = " ".join(found.split())
    if not any(one.isalnum() for one in found):
        raise BadText("Use a letter or a digit in the name. Nothing was saved.", field="name")
    if likeness.of_team(found):
        said = "This name looks like one of Guildhall's own team. Choose another one. Nothing was saved."
        raise BadText(said, field="name")
    return found


def tags(typed: Sequence[str]) -> list[str]:
    """At most five, in small letters, with hyphens for spaces, each once. Raises BadText."""
    found = list(dict.fromkeys("-".join(one[:LONGEST_TITLE].lower().split()) for one in typed if one.strip()))
    if not all(TAG.fullmatch(one) for one in found):
        said = "Tags are up to 30 letters from a to z, digits and hyphens, and begin with a letter or digit."
        raise BadText(f"{said} Nothing was posted yet.", field="tags")
    if len(found) > MOST_TAGS:
        raise BadText(f"Use at most {MOST_TAGS} tags; these are {len(found)}. Nothing was posted yet.", field="tags")
    return found


def _line(typed: str, field: str, least: int, most: int, so: str) -> str:
    found = letters.one_line(typed) if len(typed) <= LONGEST else typed
    if len(found) > most:
        raise BadText(f"Use at most {most} characters for the {field}; this has {len(found):,}. {so}", field=field)
    if letters.shown(found) < least:
        raise BadText(f"Write a {field} of at least {least} characters. {so}", field=field)
    return found


def _body(typed: str) -> str:
    """As it is kept. Its length counts before it is tidied, so that a megabyte costs nothing, and after: some letters become two."""
    _short(typed.replace("\r\n", "\n").strip())
    body = tidy(typed).strip()
    _short(body)
    if not letters.shown(body):
        raise _empty()
    return body


def _short(body: str) -> None:
    if len(body) > LONGEST:
        said = f"Use at most {LONGEST:,} characters; this has {len(body):,}. Nothing was posted yet."
        raise BadText(said, field="body")


def _empty() -> BadText:
    return BadText("Write something first. Nothing was posted yet.", field="body")


def _within(found: int, most: int, what: str) -> None:
    if found > most:
        raise BadText(f"Use at most {most} {what} in one post; this has {found}. Nothing was posted yet.", field="body")


def _words(tokens: Sequence[Token]) -> str:
    """The text without its marks; code stands in only where there is nothing else."""
    said = " ".join("".join(_word(one) for one in line) for line in marks.lines(tokens))
    return said if letters.shown(said) else " ".join(token.content for token in tokens if token.tag == "code")


def _word(one: Token) -> str:
    if one.type == "image":
        return str(one.attrs["alt"])
    return " " if one.tag == "br" else one.content


def _html(tokens: list[Token]) -> str:
    addresses = sum(len(str(value)) for one in marks.inline(tokens) for value in one.attrs.values())
    made = clean(markdown.html(tokens)) if addresses <= LARGEST else ""
    if addresses > LARGEST or len(made) > LARGEST:
        said = "This text has too many marks, or repeats a long address too often. Make it shorter. Nothing was posted yet."
        raise BadText(said, field="body")
    return made


_LOOKS: Mapping[tuple[str, str], Callable[[str], object]] = {
    ("a", "href"): markdown.is_address,
    ("img", "src"): marks.PICTURE.fullmatch,
    ("code", "class"): re.compile("language-[a-z]{1,20}").fullmatch,
    ("ol", "start"): str.isdecimal,
}


def _kept(tag: str, attribute: str, value: str) -> str | None:
    """The second look at what may lead somewhere."""
    right = _LOOKS.get((tag, attribute))
    return value if right is None or right(value) else None


_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    attributes=ATTRIBUTES,
    attribute_filter=_kept,
    tag_attribute_values=VALUES,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow ugc noopener noreferrer",
)
