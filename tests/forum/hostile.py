"""What those type who mean harm: markup that wants to run, letters that climb and turn, text that is slow to read.

Each list is for every place that takes words: posts, titles, names, tags and search. `␀ ␁ ␉ ␌` in the files stand for the characters
they picture; vectors are parted by a line of `%%`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
PICTURED = str.maketrans({"␀": "\0", "␁": "\x01", "␉": "\t", "␌": "\f"})


def _read(name: str) -> list[str]:
    text = (CORPUS / f"{name}.txt").read_text(encoding="utf-8").removesuffix("\n")
    return [one.translate(PICTURED) for one in text.split("\n%%\n")]


OWASP = _read("owasp")
"""The filter evasion cheat sheet, and the handlers of newer browsers."""
MUTATION = _read("mutation")
"""Markup that changes its meaning when it is parsed for the second time: namespaces, templates, comments, raw text."""
MARKDOWN = _read("markdown")
"""Links, pictures, definitions, titles, code and bare addresses that try to break out."""
EVERY = [*OWASP, *MUTATION, *MARKDOWN]

TURNING = ["\u202eevil", "a\u202db\u202c", "\u2066x\u2069", "inv\u202excod.exe", "\u2067\u2068x"]
"""Directions that go on behind the text."""
ZALGO = ["Z" + "\u0300\u0489\u0337\u035c" * 200, "ก" + "็" * 300, "e" + "\u0323\u0301" * 1_000, "\u0301" * 500]
"""Marks that climb over the lines around."""
LANGUAGES = {
    "Thai": "ที่นี่มีน้ำแข็งใสกับผู้ใหญ่ ปิ่นโต ญี่ปุ่น ก๊วยเตี๋ยว ฯลฯ ๑๒๓",
    "Vietnamese": "Tiếng Việt: ngưỡng cửa, khuỷu tay, thuở ấy, Nguyễn Thị Ngọc Ánh",
    "Hebrew with points": "בְּרֵאשִׁית בָּרָא אֱלֹהִים אֵת הַשָּׁמַיִם וְאֵת הָאָרֶץ",
    "Arabic with vowels": "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ وَالسَّلَامُ",
    "Persian": "می‌خواهم کتاب‌ها را بخوانم",
    "Devanagari": "हिन्दी में क्षत्रिय, ज्ञान, स्त्री, र्‍य और ड़ँ",
    "Tamil": "தமிழ் எழுத்துக்கள் ஸ்ரீ",
    "Myanmar": "မြန်မာစာ လျှို့ဝှက် ကျွန်ုပ်",
    "Tibetan": "བསྒྲུབས་ རྒྱལ་པོ་",
    "Khmer": "ភាសាខ្មែរ ស្ត្រី",
    "Emoji": "👩🏽‍🚀 👨‍👩‍👧‍👦 🏳️‍🌈 🏴‍☠️ ❤️‍🔥 1️⃣ 🇩🇪 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "Chinese": "繁體與简体，標點。「引號」",
    "Korean": "한국어 맞춤법",
}
"""What must come through as it was typed (in its composed form)."""

Text = Callable[[int], str]
"""Of about so many characters."""


def _times(part: str) -> Text:
    return lambda size: (part * (size // len(part) + 1))[:size]


def _around(before: str, inside: str, after: str) -> Text:
    return lambda size: _repeated(before, inside, after, size // (len(before) + len(after)))


def _repeated(before: str, inside: str, after: str, times: int) -> str:
    return before * times + inside + after * times


def _counted(line: Callable[[int], str]) -> Text:
    """Lines that grow or differ by their number."""

    def text(size: int) -> str:
        found, number = "", 0
        while len(found) < size:
            found, number = found + line(number), number + 1
        return found[:size]

    return text


def _definition(size: int) -> str:
    """A long address, repeated by short names."""
    return f"[a]: /{'b' * 1_900}\n\n" + "[a]" * (size // 3 - 1_000)


TANGLED: dict[str, Text] = {
    "open brackets": _times("["),
    "open pictures": _times("!["),
    "pictures in brackets": _times("![["),
    "pictures in links": _times("[!["),
    "links in links": _times("[![]("),
    "brackets before code": _times("[`"),
    "brackets before marks": _times("[*"),
    "brackets before tags": _times("[<"),
    "references without end": _times("[a]["),
    "character data": _times("<![CDATA["),
    "brackets by line": _times("[a\n"),
    "pictures in pictures": _around("![", "a", "](b)"),
    "quotes and lazy lines": lambda size: ">" * 19 + "a\n" * (size // 2),
    "quotes, lists and lazy lines": lambda size: "> - " * 9 + "a\n" * (size // 2),
    "one address many times": _definition,
}
"""Refused in words, since the work grows faster than the text, or is many times the text."""

DEEP: dict[str, Text] = {
    "quotes": _times(">"),
    "quotes with text": lambda size: ">" * (size - 1) + "a",
    "lists": lambda size: "- " * (size // 2) + "a",
    "numbered lists": _times("1. "),
    "quotes and lists": _times("> - "),
    "indented lists": _counted(lambda number: "  " * number + "- a\n"),
    "ever deeper quotes": _counted(lambda number: ">" * (number + 1) + "a\n\n"),
    "emphasis": _around("*a ", "b", " c*"),
    "strong": _around("**", "a", "**"),
}
"""Refused in words beyond 20 levels."""

STRANGE: dict[str, Text] = {
    "closed brackets": _times("[]"),
    "links without end": _times("[a]("),
    "titles without end": _times('[a](b "'),
    "addresses without end": _times("[a](<b"),
    "emphasis of two kinds": _times("*_"),
    "emphasis before letters": _times("***a"),
    "emphasis of odd lengths": _times("a***b**c* "),
    "struck": _around("~~a", "b", "~~"),
    "waves": _times(" ~~~a~~~"),
    "backticks": _times("`"),
    "backticks of every length": _counted(lambda number: "`" * (number + 1) + "a"),
    "tag openings": _times("<"),
    "comments": _times("<!--"),
    "instructions": _times("<?"),
    "attributes": _times("<a href='"),
    "entities": _times("&amp;"),
    "broken entities": _times("&a"),
    "numbers of characters": _times("&#x41;"),
    "backslashes": _times("\\"),
    "colons": _times("://"),
    "schemes": _times("http://"),
    "addresses": _times("http://a.example "),
    "one long address": lambda size: "http://a.example/" + "(" * size,
    "a long scheme": lambda size: "a" * (size // 2) + "://" * (size // 6),
    "definitions": _counted(lambda number: f"[a{number}]: /b\n"),
    "one long definition": lambda size: "[a]: /b '" + "t\n" * (size // 2 - 8),
    "one long label": lambda size: "[" + "a\n" * (size // 2 - 2),
    "table": lambda size: "|" * (size // 2) + "\n" + "|-" * (size // 4),
    "rules": _times("---\n"),
    "headings": _times("# a\n"),
    "underlines": _times("a\n=\n"),
    "fences": _times("```\n"),
    "tabs": lambda size: ">\t" * 9 + "a" + "\t" * (size - 20) + "b",
    "blank lines": lambda size: "- a" + "\n" * (size - 4) + "b",
    "at signs": _times("@"),
    "marks": _times("a\u0323\u0301\u0300\u0302"),
}
"""Read in time that grows as the text does; some are refused for the size of what they become."""


def texts(size: int) -> Iterator[tuple[str, str]]:
    """Every slow text, with its name."""
    for kind in (TANGLED, DEEP, STRANGE):
        yield from ((name, make(size)) for name, make in kind.items())
