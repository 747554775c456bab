"""What a post's tokens become: pictures of ours, people who are called, directions of reading."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from markdown_it.token import Token

from app.forum import letters, markdown
from app.forum.letters import BadText

HANDLE = "[A-Za-z0-9][A-Za-z0-9_-]{0,38}"
MENTION = re.compile(rf"(?<![A-Za-z0-9_@/.+\u00c0-\u024f-])@({HANDLE})(?![A-Za-z0-9_@-])(?!\.\w)")
PICTURE = re.compile(
    "/forum-pictures/{0}/{0}/[0-9]{{1,4}}\\.webp".format("-".join(f"[0-9a-f]{{{n}}}" for n in (8, 4, 4, 4, 12)))
)
TURNED = frozenset(["p", "li", "ul", "ol", "blockquote", "h3", "h4", "h5"])


def inline(tokens: Sequence[Token]) -> list[Token]:
    return [child for token in tokens for child in token.children or ()]


def lines(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The marks of each paragraph, heading and item."""
    return (token.children for token in tokens if token.children)


def depth(tokens: Sequence[Token]) -> int:
    """How many of quotes and lists stand in each other, or of marks in a line."""
    return max(_deepest(tokens, ("blockquote", "ul", "ol")), *(_deepest(some, None) for some in lines(tokens)), 0)


def _deepest(tokens: Sequence[Token], tags: tuple[str, ...] | None) -> int:
    deep = most = 0
    for one in tokens:
        if tags is None or one.tag in tags:
            deep += one.nesting
            most = max(most, deep)
    return most


def outside_links(line: Sequence[Token]) -> Iterator[tuple[Token, bool]]:
    """Each mark of a line, and whether it stands free."""
    links = 0
    for one in line:
        links += one.nesting if one.tag == "a" else 0
        yield one, links == 0


def settle(tokens: Sequence[Token]) -> None:
    """Take away what came back by character references, lower the headings, and say which way each block reads."""
    for line in lines(tokens):
        marks = 0
        for one in line:
            marks = _harmless(one, marks)
    for one in tokens:
        if one.type.startswith("heading"):
            one.tag = f"h{min(int(one.tag[1:]) + 2, 5)}"
    _directions(tokens)


def _harmless(one: Token, marks: int) -> int:
    for child in one.children or ():
        marks = _harmless(child, marks)
    if "title" in one.attrs:
        one.attrs["title"] = letters.one_line(str(one.attrs["title"]))
    if one.type == "text":
        one.content, marks = letters.harmless(one.content, marks)
    return marks


def _directions(tokens: Sequence[Token]) -> None:
    """Each block reads as its first letter says. The first block of a list or a quote has the direction of the whole, since a browser
    passes over parts that have their own when it looks for that letter."""
    first: list[bool] = []
    for one in tokens:
        if one.tag not in TURNED:
            continue
        if one.nesting < 0:
            first.pop()
            continue
        if not first or not first[-1]:
            one.attrSet("dir", "auto")
        if first:
            first[-1] = False
        first.append(True)


def pictures(tokens: Sequence[Token]) -> int:
    """Keep those that are ours, and make links of the others: nobody's browser tells a stranger where it reads. Raises BadText for one
    without words."""
    kept = 0
    for token in tokens:
        if token.children:
            made = [(one, _picture(one, free)) for one, free in outside_links(token.children)]
            kept += sum(one.type == "image" and some == [one] for one, some in made)
            token.children = [one for _, some in made for one in some]
    return kept


def _picture(one: Token, free: bool) -> list[Token]:
    if one.type != "image":
        return [one]
    address, said = str(one.attrs.pop("src")), markdown.words(one)
    if not PICTURE.fullmatch(address):
        shown = Token("text", "", 0, content=said or address)
        return link(address, [shown]) if free else [shown]
    if not letters.shown(said):
        raise BadText(
            "Say what the picture shows, between the brackets: ![a red mug](…). Nothing was posted yet.", field="body"
        )
    one.attrs = {**one.attrs, "src": address, "alt": said, "loading": "lazy"}
    return [one]


def name_links(tokens: Sequence[Token]) -> None:
    """A link without a word shows its address, or nobody could find it."""
    for token in tokens:
        made: list[Token] = []
        for one in token.children or ():
            if one.type == "link_close" and not _said(made):
                opened = next(before for before in reversed(made) if before.type == "link_open")
                made.append(_text(str(opened.attrs["href"])))
            made.append(one)
        token.children = made if token.children else token.children


def _said(before: Sequence[Token]) -> bool:
    """Whether anything shows since the last link began."""
    inside = takewhile(lambda one: one.type != "link_open", reversed(before))
    return any(one.type == "image" or letters.shown(one.content) for one in inside)


def link(address: str, inside: list[Token], **attrs: str) -> list[Token]:
    opened = Token("link_open", "a", 1, attrs={**attrs, "href": address})
    return [opened, *inside, Token("link_close", "a", -1)]


def called(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The handles after an @ in running text, in small letters, each once."""
    said = (one.content for line in lines(tokens) for one, free in outside_links(line) if free and one.type == "text")
    return tuple(dict.fromkeys(name.lower() for text in said for name in MENTION.findall(text)))


def link_people(tokens: Sequence[Token], pages: Mapping[str, str]) -> None:
    """`pages`: the page of each handle that is known."""
    for token in tokens if pages else ():
        if token.children:
            pairs = outside_links(token.children)
            token.children = [new for one, free in pairs for new in (_people(one, pages) if free else [one])]


def _people(one: Token, pages: Mapping[str, str]) -> list[Token]:
    if one.type != "text":
        return [one]
    made, done = [], 0
    for found in MENTION.finditer(one.content):
        page = pages.get(found[1].lower())
        if page is not None:
            made += [_text(one.content[done : found.start()]), *link(page, [_text(found[0])], **{"class": "mention"})]
            done = found.end()
    return [*made, _text(one.content[done:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
