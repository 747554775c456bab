"""What people write becomes clean HTML, whatever is typed, and in work that grows as the text does."""

from typing import Any

import pytest

from app.forum import text
from tests.forum import page
from tests.forum.rendering import HOUSE, REL, html, known, links, refused

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
