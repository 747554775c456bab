"""Text is bounded: its length, its depth, its work, its letters."""

import sys
import unicodedata
from typing import Any

import pytest

from app.forum import markdown, text
from app.forum.text import BadText
from tests.forum import hostile, page
from tests.forum.rendering import html, links, refused

# Limits


def test_limits_of_length() -> None:
    assert text.render("a" * 30_000).plain.startswith("aaa")
    assert text.render("word\r\n" * 5_900).html.count("<br>") == 5_899
    assert refused("a" * 1_048_576) == "Use at most 30,000 characters; this has 1,048,576. Nothing was posted yet."
    assert refused("\u0958" * 20_000).startswith("Use at most 30,000 characters; this has 40,000.")
    for nothing in ("", " \n\t ", "\u200b\u200d", "#", "---", "&nbsp;", "[a]: /b", "\u0301"):
        assert refused(nothing).startswith("Write something first.")


@pytest.mark.parametrize(("before", "levels"), [("> ", 20), ("- ", 20), ("> - ", 10), ("1. ", 20)])
def test_limits_of_depth(before: str, levels: int) -> None:
    assert "deep" in page.text(html(before * levels + "deep"))
    for times in (levels + 1, 5_000):
        assert refused(before * times + "deep").startswith("Quotes, lists and marks can be 20 deep")


def test_limits_of_marks_in_marks() -> None:
    assert html("*a " * 20 + "b" + " c*" * 20).count("<em>") == 20
    assert refused("*a " * 21 + "b" + " c*" * 21).startswith("Quotes, lists and marks can be 20 deep")


@pytest.mark.parametrize("kind", sorted(hostile.TANGLED))
def test_tangled_text_is_refused_in_words(kind: str) -> None:
    assert refused(hostile.TANGLED[kind](29_000)).startswith(
        ("This text has too many short lines, or brackets", "This text has too many marks")
    )


@pytest.mark.parametrize("kind", sorted(hostile.DEEP))
def test_deep_text_is_refused_in_words(kind: str) -> None:
    assert refused(hostile.DEEP[kind](29_000)).startswith("Quotes, lists and marks can be 20 deep")


def calls(typed: str) -> int:
    """How many functions are called for a text: the same on every machine."""
    found = 0

    def see(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        text.render(typed)
    except BadText:
        pass
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize(("kind", "typed"), [pytest.param(*one, id=one[0]) for one in hostile.texts(6_000)])
def test_the_work_grows_as_the_text_does(kind: str, typed: str) -> None:
    """Real text needs about five calls for a character. The toll ends what looks ahead too often, at whatever length."""
    assert calls(typed) < 200 * len(typed)


def test_the_toll_is_far_above_real_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "MOST_WORK", markdown.MOST_WORK // 10)
    line = (
        "- [x] A [link](https://example.com/a 'b'), ![cup](https://example.com/c.png), `d[0]`, *e* and [f][g].\n  > h\n"
    )
    assert len(links(line * 40)) == 80


# Letters


@pytest.mark.parametrize("language", sorted(hostile.LANGUAGES))
def test_every_script_comes_through(language: str) -> None:
    typed = unicodedata.normalize("NFC", hostile.LANGUAGES[language])
    assert text.tidy(typed) == text.tidy(hostile.LANGUAGES[language]) == typed
    assert page.text(html(typed)).strip() == typed
    assert text.title(typed) == typed
    assert text.name(typed.split(" ")[0] + "a") == typed.split(" ")[0] + "a"


@pytest.mark.parametrize("typed", hostile.ZALGO)
def test_towers_of_marks_are_cut_down(typed: str) -> None:
    referred = "".join(f"&#{ord(one)};" for one in typed[:500])
    split = "a" + "".join(f"*{one}*" for one in typed[1:60])
    for shown in (
        text.tidy(typed),
        page.text(html(f"x{typed}")),
        page.text(html(f"x{referred}")),
        page.text(html(split)),
    ):
        marks = "".join("M" if unicodedata.category(one)[0] == "M" else " " for one in shown)
        assert max(map(len, marks.split()), default=0) <= 3


def test_marks_in_the_wrong_order_are_cheap() -> None:
    """Putting a long run in order would take the square of its length."""
    assert text.tidy("a" + "\u0301\u0323" * 50_000) == unicodedata.normalize("NFC", "a\u0301\u0323\u0301")


@pytest.mark.parametrize("typed", hostile.TURNING)
def test_directions_end_with_their_block(typed: str) -> None:
    turning = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    referred = "".join(f"&#x{ord(one):x};" for one in typed)
    made = [html(typed), html(referred), html(f"[a](/x '{referred}')"), html(f"![{referred}](https://x.example/)")]
    for shown in (*made, text.title(f"abc {typed}"), text.name(f"abc {typed}"), text.render(referred).plain):
        assert not turning & set(shown)


def test_control_characters_go() -> None:
    assert text.tidy("a\0b\x07c\x1b[0m\x85\ue000\ud800\r\nd\re\u2028f\t") == "abc[0m\nd\ne\nf\t"
    assert text.tidy("a\U000e0061\U000e0062b \U0001f3f4\U000e0067\U000e007f") == "ab \U0001f3f4\U000e0067\U000e007f"
