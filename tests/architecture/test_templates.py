"""What the content security policy forbids never reaches a template (SECURITY.md §1)."""

import re
from pathlib import Path

import pytest

from tests.architecture.order import ROOT

TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.html") if "mail" not in path.relative_to(ROOT / "templates").parts
)
FORBIDDEN = {
    "inline style": re.compile(r"<[^>]*\sstyle\s*="),
    "inline handler": re.compile(r"<[^>]*\son[a-z]+\s*="),
    "hx-on": re.compile(r"hx-on[:=]"),
    "javascript:": re.compile(r"\bjavascript:|[\"']js:"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)"),
    "trigger filter": re.compile(r"hx-trigger=\"[^\"]*\["),
    "unsafe output": re.compile(r"\|\s*safe\b"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_template_keeps_the_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_htmx_elements_carry_the_nonce(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    elements = re.findall(r"<[a-z][^>]*\shx-(?:get|post|put|delete|trigger|sse)[^>]*>", text)
    assert [one for one in elements if "hx-nonce" not in one] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_forms_that_change_carry_the_token(path: Path) -> None:
    if "styleguide" in path.parts:
        pytest.skip("the style guide's forms lead nowhere")
    text = path.read_text(encoding="utf-8")
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", text, re.S | re.I)
    assert [
        form[:80] for form in forms if "csrf" not in form and "form_head" not in form and "hidden_tag" not in form
    ] == []
