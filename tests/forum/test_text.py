"""What people write becomes clean HTML, whatever is typed, and in work that grows as the text does."""

import sys
import unicodedata
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.forum import markdown, text
from app.forum.text import BadText
from tests.forum import hostile, page

HOUSE = "/forum-pictures/01900000-0000-7000-8000-000000000001/01900000-0000-7000-8000-000000000002/640.webp"
PAGES = {"mei": "/c/north/people/mei", "tom_b": "/c/north/people/tom_b"}
REL = "nofollow ugc noopener noreferrer"


def known(handles: tuple[str, ...]) -> dict[str, str]:
    return {one: PAGES[one] for one in handles if one in PAGES}


def html(typed: str) -> str:
    return text.render(typed, mentioned=known).html


def refused(typed: str) -> str:
    with pytest.raises(BadText) as found:
        text.render(typed)
    assert found.value.field == "body" and found.value.status == 422
    return found.value.message


def links(typed: str) -> list[str]:
    return [one.attrs["href"] for one in page.elements(html(typed)) if one.name == "a"]


# What it makes


def test_a_post_of_every_kind() -> None:
    made = html("# Mugs\n\nA **red** and a *blue* one, ~~no~~ `code`.\nNext line\n\n> said\n\n1. one\n2. two\n\n---")
    assert made == (
        '<h3 dir="auto">Mugs</h3>\n'
        '<p dir="auto">A <strong>red</strong> and a <em>blue</em> one, <s>no</s> <code>code</code>.<br>\nNext line</p>\n'
        '<blockquote dir="auto">\n<p>said</p>\n</blockquote>\n'
        '<ol dir="auto">\n<li>one</li>\n<li dir="auto">two</li>\n</ol>\n<hr>\n'
    )


@pytest.mark.parametrize(("typed", "tag"), [("#", "h3"), ("##", "h4"), ("###", "h5"), ("######", "h5")])
def test_headings_stand_below_those_of_the_page(typed: str, tag: str) -> None:
    assert html(f"{typed} a") == f'<{tag} dir="auto">a</{tag}>\n'


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ("python", ' class="language-python"'),
        ("Rust x=1", ' class="language-rust"'),
        ("c++", ""),
        ("a-b", ""),
        ("", ""),
    ],
)
def test_code_keeps_the_name_of_its_language(info: str, kind: str) -> None:
    assert html(f"```{info}\na < b\n```") == f'<pre dir="ltr" tabindex="0"><code{kind}>a &lt; b\n</code></pre>\n'


def test_markup_is_shown_as_it_was_typed() -> None:
    assert html("<b>x</b> <!-- y -->") == '<p dir="auto">&lt;b&gt;x&lt;/b&gt; &lt;!-- y --&gt;</p>\n'


def test_each_block_reads_as_its_first_letter_says() -> None:
    """The first block of a list or quote has no direction of its own, or a browser would not look into it."""
    made = html("שלום\n\n> אחת\n>\n> two\n\n- אחת\n- two\n\n  three")
    assert '<blockquote dir="auto">\n<p>אחת</p>\n<p dir="auto">two</p>' in made
    assert '<ul dir="auto">\n<li>\n<p>אחת</p>\n</li>\n<li dir="auto">\n<p>two</p>\n<p dir="auto">three</p>' in made


# Links


def test_links_leave_without_a_word_of_where_from() -> None:
    made = page.elements(
        html("[a](https://example.com/x 'T') [b](/threads/1#post-2) [c](#post-3) <mailto:a@example.com>")
    )
    found = [one for one in made if one.name == "a"]
    assert [one.attrs["href"] for one in found] == [
        "https://example.com/x",
        "/threads/1#post-2",
        "#post-3",
        "mailto:a@example.com",
    ]
    assert {one.attrs["rel"] for one in found} == {REL}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("see https://example.com.", ["https://example.com"]),
        ("(https://example.com/a_(b))", ["https://example.com/a_(b)"]),
        ("**https://example.com/a**", ["https://example.com/a"]),
        ("https://example.com/_a_b_?x=1&y=2#z!", ["https://example.com/_a_b_?x=1&y=2#z"]),
        ("HTTPS://Example.com", ["HTTPS://Example.com"]),
        ("看https://example.com/a。好", ["https://example.com/a"]),
        ("https://example.com:8080/a, http://b.example", ["https://example.com:8080/a", "http://b.example"]),
        ("https://bücher.example/", ["https://xn--bcher-kva.example/"]),
        ("`https://example.com` http://localhost ftp://a.example xhttps://a.example www.a.example a.example", []),
        ("http://user@evil.example/ http://bank.example@evil.example", []),
        ("[https://a.example](https://b.example)", ["https://b.example"]),
        ("[a](example.com) [b](//b.example) [c](/\\c.example) [d](ftp://d.example)", []),
        (f"https://example.com/{'a' * 2_000}", []),
    ],
)
def test_addresses(typed: str, expected: list[str]) -> None:
    assert links(typed) == expected


def test_a_link_without_words_shows_its_address() -> None:
    assert ">https://example.com</a>" in html("[](https://example.com)")
    assert html(f"[![mug]({HOUSE})](/x)").count("/x") == 1


# Pictures


def test_a_picture_of_ours_is_shown() -> None:
    made = text.render(f"![A *red* mug]({HOUSE} 'Ours')")
    (found,) = [one for one in page.elements(made.html) if one.name == "img"]
    assert found.attrs == {"src": HOUSE, "alt": "A red mug", "title": "Ours", "loading": "lazy"}
    assert (made.images, made.links, made.plain) == (1, 0, "A red mug")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/pixel.png",
        f"https://evil.example{HOUSE}",
        HOUSE.replace("640", "640x"),
        f"{HOUSE}?x",
        HOUSE.replace("/640", "/../640"),
        "/logo.png",
        HOUSE.upper(),
    ],
)
def test_any_other_picture_is_a_link(address: str) -> None:
    made = text.render(f"![pixel]({address}) and ![]({address})")
    assert [one.name for one in page.elements(made.html)] == ["p", "a", "a"]
    assert page.text(made.html) == f"pixel and {address}\n"
    assert (made.images, made.links) == (0, 2)


def test_a_picture_from_elsewhere_inside_of_a_link_is_words() -> None:
    assert [one.name for one in page.elements(html("[![pixel](https://evil.example/x.png)](/x)"))] == ["p", "a"]


@pytest.mark.parametrize("words", ["", " ", "&nbsp;", "\u200b"])
def test_a_picture_needs_words(words: str) -> None:
    assert refused(f"x ![{words}]({HOUSE})").startswith("Say what the picture shows")


def test_twenty_pictures_are_enough() -> None:
    assert text.render(f"![a]({HOUSE}) " * 20).images == 20
    assert refused(f"![a]({HOUSE}) " * 21).startswith("Use at most 20 pictures in one post; this has 21.")


# People


def test_people_are_called() -> None:
    asked: list[Any] = []

    def mentioned(handles: tuple[str, ...]) -> dict[str, str]:
        asked.append(handles)
        return known(handles)

    made = text.render("Hi @Mei, @tom_b and **@nobody**! @mei again", mentioned=mentioned)
    assert asked == [("mei", "tom_b", "nobody")]
    assert made.mentions == {"mei", "tom_b", "nobody"}
    assert f'<a class="mention" href="/c/north/people/mei" rel="{REL}">@Mei</a>, ' in made.html
    assert "<strong>@nobody</strong>" in made.html
    assert [one.attrs.get("class") for one in page.elements(made.html) if one.name == "a"] == ["mention"] * 3
    assert (made.links, made.plain) == (0, "Hi @Mei, @tom_b and @nobody! @mei again")


@pytest.mark.parametrize(
    "typed",
    [
        "`@mei`",
        "```\n@mei\n```",
        "x\n\n    @mei",
        "[@mei](/x)",
        "https://social.example/@mei",
        "social.example/@mei",
        "a@mei",
        "mei@mei.example",
        "@mei@social.example",
        "@mei.example",
        "é@mei.fr",
        "@@mei",
        f"![@mei]({HOUSE})",
        f"@{'m' * 40}",
        "@-mei",
    ],
)
def test_nobody_is_called_by_code_links_and_addresses(typed: str) -> None:
    made = text.render(typed, mentioned=lambda handles: dict.fromkeys(handles, "/x"))
    assert made.mentions == frozenset() and "mention" not in made.html


@pytest.mark.parametrize("typed", ["(@mei)", "@mei.", "谢谢@mei谢谢", "*@mei*", "@mei's", "> @mei", "- @mei, x"])
def test_somebody_is_called_in_running_text(typed: str) -> None:
    assert text.render(typed, mentioned=known).mentions == {"mei"} and 'class="mention"' in html(typed)


def test_twenty_people_are_enough() -> None:
    assert len(text.render(" ".join(f"@a{n}" for n in range(20)) + " @a1" * 9).mentions) == 20
    many = " ".join(f"@a{n}" for n in range(4_000))
    assert refused(many).startswith("Use at most 20 mentions of different people in one post; this has 4000.")


def test_a_page_from_elsewhere_is_no_persons() -> None:
    made = text.render("@mei", mentioned=lambda _: {"mei": "javascript:alert(1)"})
    assert page.harm(made.html) == [] and "javascript" not in made.html


# Excerpts


def test_an_excerpt_is_one_line_without_marks() -> None:
    made = text.render("# Mugs\n\nA **red**\nmug <b> & ![cup](https://x.example/)\n\n- one\n- two\n\n```\ncode\n```")
    assert made.plain == "Mugs A red mug <b> & cup one two"
    assert text.render("```\nonly code\n```").plain == "only code"


def test_an_excerpt_ends_between_words() -> None:
    made = text.render("word " * 100).plain
    assert made == "word " * 39 + "word…" and len(made) == 200
    family = "👨‍👩‍👧‍👦"
    assert text.render(family * 100).plain == family * (199 // len(family)) + "…"
    assert len(text.render("a" * 300).plain) == 200


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
