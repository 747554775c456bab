"""What no line of ours may do, whatever it is for (SECURITY.md §1; §2, 1.2.4, 1.3.2, 1.5.1, 11.5.1, 13.2.4)."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = {
    "code out of data": r"(?<![\w.])(eval|exec|__import__)\(|\bpickle\b.*\bload|\bmarshal\b|yaml\.load\(",
    "a shell": r"shell\s*=\s*True|os\.(system|popen)\(",
    "parsing XML": r"xml\.(etree|dom|sax)(?!\.saxutils)|\blxml\b",
    "following redirects": r"allow_redirects\s*=\s*True",
    "trusting any certificate": r"verify\s*=\s*False|_create_unverified_context|CERT_NONE",
    "markup without escaping": r"\bMarkup\([^\"')]|autoescape\s*=\s*False",
    "a template out of data": r"render_template_string\(|from_string\(",
}
SCRIPTS = {
    "code out of data": r"(?<![\w.])eval\(|new Function\(|setTimeout\(\s*[\"'`]|document\.write",
    "markup out of data": r"\.(innerHTML|outerHTML)\s*=|insertAdjacentHTML",
    "a nonce for every script": r"inlineScriptNonce|allowEval",
    "copies of pages in the browser": r"hx-history-cache|historyCacheSize\s*[:=]\s*[1-9]",
}
OUTWARD = {
    "app/core/http.py": "the one door to providers: no redirects, size cap, time limits",
    "app/shipping/carriers/easypost_facts.py": "names the type of an answer",
    "app/shipping/carriers/shippo_facts.py": "names the type of an answer",
    "app/shipping/carriers/shipstation_facts.py": "names the type of an answer",
    "app/core/wire.py": "names the type of an answer",
    "app/core/outside.py": "the guarded way to addresses that tenants typed: public ones only, no redirects, no proxy",
    "app/channels/platforms/shopee_line.py": "names the type of an answer",
    "app/channels/platforms/tiktok_calls.py": "names the type of an answer",
    "app/channels/platforms/tiktok_errors.py": "names the type of an answer",
    "app/channels/platforms/woocommerce_site.py": "names the type of an answer",
}
TYPED = "app/channels/platforms/woocommerce_site.py"
"""Whose address a tenant typed."""
PACKAGES = {"app/downloads/books.py", "app/downloads/stampers/book.py"}
"""What an EPUB says of itself is XML: read without entities and without addresses."""
SAFE = {"resolve_entities": "False", "no_network": "True", "huge_tree": "False"}
STRONG = {"app/core/ids.py", "app/core/crypto.py"}


def python() -> Iterator[tuple[str, str]]:
    """(path, code) of the product; the sandbox, the command line and the demo stand outside of what it serves."""
    for path in [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").glob("*.py")]:
        name = str(path.relative_to(ROOT))
        if not name.startswith(("app/sandbox/", "app/cli/", "app/seeds/")):
            yield name, path.read_text(encoding="utf-8")


def browser() -> Iterator[tuple[str, str]]:
    """(path, code) of our own scripts and templates."""
    for path in [*(ROOT / "static/js").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]:
        yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("what", PYTHON)
def test_the_product_does_without(what: str) -> None:
    files = list(python())
    assert len(files) > 200
    found = {name for name, code in files if re.search(PYTHON[what], code)}
    assert found == (PACKAGES if what == "parsing XML" else set())


def test_xml_of_books_names_nothing_outside() -> None:
    """Each parser reads no entities and opens no addresses, and nothing is read without one."""
    for name, code in python():
        calls = [one for one in ast.walk(ast.parse(code)) if isinstance(one, ast.Call)] if name in PACKAGES else []
        made = [one for one in calls if ast.unparse(one.func) == "etree.XMLParser"]
        read = [one for one in calls if ast.unparse(one.func) in ("etree.fromstring", "etree.parse", "etree.XML")]
        assert len(made) == len(read) == (1 if name in PACKAGES else 0)
        for one in made:
            said = {word.arg: ast.unparse(word.value) for word in one.keywords}
            assert SAFE.items() <= said.items(), name
        assert all(len(one.args) == 2 for one in read), name


@pytest.mark.parametrize("what", SCRIPTS)
def test_pages_do_without(what: str) -> None:
    files = list(browser())
    assert len(files) > 100
    assert [name for name, code in files if re.search(SCRIPTS[what], code)] == []


def test_statements_are_made_of_constants() -> None:
    """A formatted text in SQL holds names and rules of ours; what people type goes in as a parameter."""
    formatted = re.compile(r"(?<!\w)text\(\s*f[\"']+(.*?)[\"']", re.S)
    found = {(name, one) for name, code in python() for one in formatted.findall(code)}
    typed = [one for one in found if re.search(r"\{[^}]*(request|form|args|typed|wanted|query_string)", one[1])]
    assert typed == []
    executed = {one for _, code in python() for one in re.findall(r"\.execute\(\s*f[\"'](.*?)[\"']", code)}
    assert executed == {"listen {CHANNEL}"}


def test_requests_leave_through_one_door() -> None:
    """Nobody may be sent to an address that a tenant typed, but by the guarded way: nothing else asks other hosts by itself."""
    asks = re.compile(
        r"^\s*(import|from) (requests|httpx|urllib\.request|aiohttp|http\.client)\b(?! import RequestException)", re.M
    )
    assert {name for name, code in python() if asks.search(code)} == set(OUTWARD)
    for name in set(OUTWARD) - {"app/core/http.py", "app/core/outside.py"}:
        code = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"requests\.(get|post|put|request|Session)\(", code), name
    typed = (ROOT / TYPED).read_text(encoding="utf-8")
    assert "outside.call(" in typed and "http.call(" not in typed


def test_what_must_not_be_guessed_is_not_made_by_chance() -> None:
    """`random` makes waits and nothing else; tokens come from `secrets`."""
    users = {name for name, code in python() if re.search(r"^\s*(import random|from random)", code, re.M)}
    waits = {"app/core/jobs.py", "app/live/stream.py", "app/channels/pace.py", "app/channels/actions/speaking.py"}
    assert users == waits
    for name in STRONG:
        assert "secrets" in (ROOT / name).read_text(encoding="utf-8") or "urandom" in (ROOT / name).read_text()
