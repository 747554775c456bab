"""CommonMark without raw HTML, in bounded work whatever is typed.

The parser is close to linear by itself; what is left is text that makes it look ahead at every bracket, or ask every line at every level.
A toll counts both, and ends it in words. Bare addresses are found by a rule of our own: that of linkify-it needed seconds for 30,000
characters of «://».
"""

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.parser_inline import ParserInline
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from app.forum.letters import BadText

LONGEST = 30_000
"""Characters of a post."""
MOST_WORK = LONGEST // 2
"""Looks ahead and questions about lines; 30,000 characters of real text need less than a thousand."""
DEEPEST = 20
"""Quotes and lists in each other, and likewise marks in a line."""
LEVELS = 2 * DEEPEST
"""Of the parser: a list takes two, the list and its item."""
LONGEST_ADDRESS = 2_000

WEB = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s@\\]*(?:@[^\s\\]*)?)?", re.IGNORECASE)
OURS = re.compile(r"(?:/(?!/|\\|%5c)|#)[^\s\\]*", re.IGNORECASE)
MAIL = re.compile(r"mailto:[^\s@\\]+@[^\s@\\]+", re.IGNORECASE)
HOST = re.compile(
    r"://(?:[^\W_](?:[\w-]{0,62})\.){1,10}(?:[a-z][a-z0-9-]{1,62}|[^\W\da-z_]{2,63})(?::\d{1,5})?(?![\w.@:-]*@)",
    re.IGNORECASE,
)
REST = re.compile(r"[/?#][^\s<>\"`\\\u3000-\u3002\u300a-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]*")
PAIRS = {")": "(", "]": "[", "}": "{"}
LANGUAGE = re.compile(r"[A-Za-z]{1,20}(?=\s|$)")


def is_address(url: str) -> bool:
    """Of the web, of a letter, or of a page of ours; never of a script, and never with a name before an @ that looks like its host."""
    return (
        url.isascii()
        and url.isprintable()
        and len(url) <= LONGEST_ADDRESS
        and any(kind.fullmatch(url) for kind in (WEB, OURS, MAIL))
    )


def parse(body: str) -> list[Token]:
    """Raises BadText for what goes too deep, or takes too much work."""
    return _parser.parse(body, {"toll": 0})


def html(tokens: list[Token]) -> str:
    """Not yet cleaned."""
    return str(_parser.renderer.render(tokens, _parser.options, {}))


def words(token: Token) -> str:
    """What a picture shows, in one line without marks."""
    renderer: Any = _parser.renderer
    return " ".join(renderer.renderInlineAsText(token.children, _parser.options, {}).split())


class _Inline(ParserInline):
    def skipToken(self, state: StateInline) -> None:
        """A step that looks ahead, for the end of a bracket."""
        _pay(state.env)
        super().skipToken(state)


class _Markdown(MarkdownIt):
    def __init__(self, options: dict[str, Any]) -> None:
        super().__init__("zero", renderer_cls=_Renderer)
        self.inline = _Inline()
        self.configure("commonmark", options)

    def validateLink(self, url: str) -> bool:
        return is_address(url)

    def normalizeLinkText(self, link: str) -> str:
        """As typed: an address that is decoded may bring back characters that turn its direction."""
        return link


class _Renderer(RendererHTML):
    """Code runs from left to right in every language; who has no mouse can scroll it."""

    def fence(self, tokens: Any, idx: int, options: Any, env: Any) -> str:
        found = LANGUAGE.match(tokens[idx].info.strip())
        return self._code(tokens[idx], f' class="language-{found[0].lower()}"' if found else "")

    def code_block(self, tokens: Any, idx: int, options: Any, env: Any) -> str:
        return self._code(tokens[idx], "")

    def _code(self, token: Token, kind: str) -> str:
        return f'<pre dir="ltr" tabindex="0"><code{kind}>{escapeHtml(token.content)}</code></pre>\n'


def _pay(env: Any) -> None:
    env["toll"] += 1
    if env["toll"] > MOST_WORK:
        raise BadText(
            "This text has too many short lines, or brackets, lists or quotes that begin and never end. "
            "Take some out, or put the text into a code block. Nothing was posted yet.",
            field="body",
        )


def _block_toll(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Asked at the start of every block, and for every line whether a block ends before it."""
    _pay(state.env)
    if not silent and state.level > LEVELS:
        raise too_deep()
    return False


def too_deep() -> BadText:
    said = (
        f"Quotes, lists and marks can be {DEEPEST} deep; these go deeper. Take some levels out. Nothing was posted yet."
    )
    return BadText(said, field="body")


def _bare_address(state: StateInline, silent: bool) -> bool:
    """http(s)://… as it stands, with a real host, without the punctuation that ends the sentence."""
    scheme = "https" if state.pending[-5:].lower() == "https" else "http"
    if silent or state.linkLevel or not state.src.startswith("://", state.pos) or not _after(state.pending, scheme):
        return False
    host = HOST.match(state.src, state.pos, state.posMax)
    if host is None:
        return False
    rest = REST.match(state.src, host.end(), state.posMax)
    whole = state.src[state.pos : rest.end() if rest else host.end()]
    typed = _sentence_end(whole) if len(whole) <= LONGEST_ADDRESS else whole
    url = state.md.normalizeLink(state.pending[-len(scheme) :] + typed)
    if not state.md.validateLink(url):
        return False
    shown = state.pending[-len(scheme) :] + typed
    state.pending = state.pending[: -len(scheme)]
    _link(state, url, shown)
    state.pos += len(typed)
    return True


def _after(pending: str, scheme: str) -> bool:
    before = pending[: -len(scheme)][-1:]
    return pending[-len(scheme) :].lower() == scheme and not (before.isascii() and before.isalnum())


def _link(state: StateInline, url: str, shown: str) -> None:
    state.push("link_open", "a", 1).attrs = {"href": url}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)


def _sentence_end(url: str) -> str:
    """Without closing punctuation, and without a bracket that was opened before the address."""
    while url[-1] in ".,;:!?'*_~" or (url[-1] in PAIRS and url.count(url[-1]) > url.count(PAIRS[url[-1]])):
        url = url[:-1]
    return url


def _parser_of() -> MarkdownIt:
    options = {"html": False, "maxNesting": LEVELS + 10, "breaks": True, "xhtmlOut": False}
    made = _Markdown(options)
    made.enable("strikethrough").disable(["html_block", "html_inline"])
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    made.block.ruler.before("code", "toll", _block_toll, ends)
    made.inline.ruler.after("text", "bare_address", _bare_address)
    return made


_parser = _parser_of()
