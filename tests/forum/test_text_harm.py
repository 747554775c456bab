"""Titles, names, tags and edits; and that nothing harmful comes out, whatever goes in."""

import unicodedata
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forum import text
from app.forum.text import BadText
from tests.forum import hostile, page
from tests.forum.rendering import HOUSE, REL, html, known

# Titles, names, tags


def field_of(refusal: Any, *typed: Any) -> str:
    with pytest.raises(BadText) as found:
        refusal(*typed)
    return str(found.value.field)


def test_titles() -> None:
    assert text.title("  How do\n I   wash\u202e it? ") == "How do I wash it?"
    for wrong in ("", "ab", "a\u200b\u200b\u200b", "a" * 151, "a" * 1_000_000):
        assert field_of(text.title, wrong) == "title"


def test_names() -> None:
    assert text.name(" Mei \u200b Lin\u200e ") == "Mei Lin"
    assert text.name("Mei\u200cLin") == "MeiLin"
    assert text.name("می\u200cخواهم") == "می\u200cخواهم"
    for right in ("Badminton Bob", "Staffordshire Pots", "Modesty Blaise", "李雷", "O'Neil-Smith", "R2 🚀", "Ed"):
        assert text.name(right) == right
    for wrong in ("", "a", "…!", "🚀🚀", "\u200b\u200b\u200b", "a" * 41):
        assert field_of(text.name, wrong) == "name"


@pytest.mark.parametrize(
    "typed",
    [
        "Admin",
        "ADM1N",
        "Аdmin",
        "𝐀𝐝𝐦𝐢𝐧",
        "ᴀᴅᴍɪɴ",
        "ａｄｍｉｎ",
        "a d m i n",
        "ad-min",
        "admin123",
        "Site Admin",
        "SiteAdmin",
        "Ad\u200bmin",
        "Moderator",
        "TheModerators",
        "rnoderator",
        "m0d",
        "Mods",
        "STAFF",
        "$taff",
        "Guildhall",
        "GuildhaII",
        "Guildhall Mei",
        "gu!ldhall",
        "Support",
        "Mei (Support)",
        "Administratör",
        "mo\u0301derator",
    ],
)
def test_nobody_looks_like_the_team(typed: str) -> None:
    with pytest.raises(BadText, match="looks like one of Guildhall's own team"):
        text.name(typed)


def test_tags() -> None:
    assert text.tags(["Red Mugs", "red  mugs ", "", "glaze", " 3d-print"]) == ["red-mugs", "glaze", "3d-print"]
    for wrong in (["-a"], ["a" * 31], ["crème"], ["a/b"], ["a\u202eb"], ["a\n<b>"], list("abcdef"), ["a" * 1_000_000]):
        assert field_of(text.tags, wrong) == "tags"


# What an edit changed


def test_an_edit_is_shown_word_by_word() -> None:
    assert text.diff("The quick brown fox", "The slow brown fox jumps") == [
        ("same", "The "),
        ("removed", "quick"),
        ("added", "slow"),
        ("same", " brown fox"),
        ("added", " jumps"),
    ]
    assert text.diff("我爱北京", "我爱上海") == [("same", "我爱"), ("removed", "北京"), ("added", "上海")]
    assert text.diff("", "") == [] and text.diff("a", "a") == [("same", "a")]


def test_a_long_edit_is_shown_line_by_line() -> None:
    old = "".join(f"line {n} here\n" for n in range(2_000))
    assert text.diff(old, old.replace("line 7 here", "line 7 there"))[1:3] == [
        ("removed", "line 7 here\n"),
        ("added", "line 7 there\n"),
    ]


words = st.lists(st.sampled_from(["a", "b", "the", " ", "\n", ".", "é", "字", "**"]), max_size=60).map("".join)


@settings(deadline=None)
@given(words, words)
def test_an_edit_holds_both_texts(old: str, new: str) -> None:
    parts = text.diff(old, new)
    assert "".join(some for kind, some in parts if kind != "added") == old
    assert "".join(some for kind, some in parts if kind != "removed") == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 2_000, "b a " * 2_000),
        (" ".join(f"w{n % 90}" for n in range(4_000)), " ".join(f"w{n * 7 % 90}" for n in range(4_000))),
        (" ".join(f"w{n}" for n in range(4_000)), " ".join(f"w{n}" for n in reversed(range(4_000)))),
        ("a\n" * 15_000, "b\na\n" * 7_500),
    ],
)
def test_texts_that_are_hard_to_compare_are_compared_roughly(old: str, new: str) -> None:
    parts = text.diff(old, new)
    assert "".join(some for kind, some in parts if kind != "added") == old
    assert "".join(some for kind, some in parts if kind != "removed") == new


# Harm


AROUND = ["{}", "> - {}", "**{}** x", "[{}](https://example.com)", "![{}](https://example.com)", "x @mei {}"]


def shown(ask: Any, typed: str) -> str:
    """What is kept of it; nothing when it is refused."""
    try:
        return str(ask(typed))
    except BadText:
        return ""


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize(
    "vectors", [hostile.OWASP, hostile.MUTATION, hostile.MARKDOWN], ids=["owasp", "mutation", "markdown"]
)
def test_nothing_harmful_comes_out(vectors: list[str], around: str) -> None:
    made = {typed: shown(html, around.replace("{}", typed)) for typed in vectors}
    assert {typed: wrong for typed, some in made.items() if (wrong := page.harm(some))} == {}
    assert [typed for typed, some in made.items() if text.clean(some) != some] == []
    assert sum(map(bool, made.values())) > 0.8 * len(vectors)


def one_tag(typed: str) -> str:
    return " ".join(text.tags([typed]))


@pytest.mark.parametrize("ask", [text.title, text.name, one_tag])
def test_harmful_markup_is_nothing_to_titles_names_and_tags(ask: Any) -> None:
    """They are text, and shown as text; what they hold has no control character and one line."""
    made = [shown(ask, typed) for typed in hostile.EVERY]
    assert not {unicodedata.category(one) for one in "".join(made)} & {"Cc", "Cs", "Co", "Zl", "Zp"}


def test_the_allow_list_stands_alone() -> None:
    """What the parser should never make is taken out behind it as well."""
    for typed in hostile.EVERY:
        assert page.harm(text.clean(typed)) == []
    assert text.clean('<a href="/x" class="btn" id="a" target="_top">x</a>') == f'<a href="/x" rel="{REL}">x</a>'
    assert text.clean('<img src="https://evil.example/x.png" alt="a">') == '<img alt="a">'
    assert text.clean('<code class="mention language-a">x</code>') == "<code>x</code>"


MARKS = st.sampled_from(
    [
        *"*_~`[]()<>!#-+=|\\:;&\"'@ \n\t/.",
        "](",
        "](/x)",
        "![",
        "[a]: ",
        "```",
        "> ",
        "- ",
        "1. ",
        "    ",
        "&#x3c;",
        "&lt;",
        "http://a.b",
        "javascript:",
        "<b>",
        "</p>",
        "<!--",
        "<svg>",
        "\u202e",
        "\u0301",
        "字",
        "ש",
        "a",
        "onload=",
        "data:",
        "@mei",
        HOUSE,
        "\0",
        "\r",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=300), st.lists(MARKS, max_size=60).map("".join)))
def test_any_text_is_shown_safely_or_refused_in_words(typed: str) -> None:
    try:
        made = text.render(typed, mentioned=known)
    except BadText as no:
        assert no.field == "body" and no.message.endswith("Nothing was posted yet.")
        return
    assert page.harm(made.html) == []
    assert text.clean(made.html) == made.html
    assert made.plain and len(made.plain) <= 200 and "\n" not in made.plain
    assert made == text.render(text.tidy(typed), mentioned=known)


@settings(deadline=None)
@given(st.one_of(st.text(), st.text(st.characters(categories=["Mn", "Me", "Cf", "Lo"]), max_size=40)))
def test_tidying_twice_is_tidying_once(typed: str) -> None:
    assert text.tidy(text.tidy(typed)) == text.tidy(typed)


def test_a_picture_has_the_address_of_the_store() -> None:
    assert all(UUID(part) for part in HOUSE.split("/")[2:4])
