"""Names that a reader would take for somebody of our team, however they are written."""

import re
import unicodedata

ANYWHERE = frozenset(["guildhall", "moderator", "administrator"])
"""No other word has these inside."""
WORDS = ANYWHERE | {"admin", "admins", "administrators", "mod", "mods", "moderators", "moderation", "staff", "support"}
LOOKS = {
    "a": "аαᴀ4@", "b": "вβʙ", "c": "сᴄ", "d": "ԁᴅ", "e": "еεᴇ3€", "f": "ꜰ", "g": "ɡɢ", "h": "һнʜ", "i": "іїιɪı1!", "j": "јᴊ", "k": "кκᴋ",
    "l": "ӏʟł|", "m": "мᴍ", "n": "ոηɴ", "o": "оοᴏø0", "p": "рρᴘ", "r": "гʀ", "s": "ѕꜱ5$", "t": "тτᴛ7", "u": "υᴜ", "v": "ѵνᴠ", "w": "ᴡ",
    "x": "х", "y": "уʏ", "z": "ᴢ",
}  # fmt: skip
"""Letters of other scripts, digits and signs that look like a Latin letter."""
ALIKE = str.maketrans({one: letter for letter, some in LOOKS.items() for one in some})


def of_team(name: str) -> bool:
    """Whether a word of it, or all of it written together, is a word of the team; or one that is inside no other word."""
    words = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))
    for written in (name, re.sub(r"\d", "", name)):
        joined = _likeness(written)
        if joined in _words or any(one in joined for one in _anywhere):
            return True
    return any(_likeness(one) in _words for one in [*words, *re.split(r"[\s._-]+", name)])


def _likeness(text: str) -> str:
    """Two texts that look alike have the same."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold().translate(ALIKE))
    letters = "".join(one for one in plain if "a" <= one <= "z").replace("rn", "m").replace("vv", "w").replace("i", "l")
    return re.sub(r"(.)\1+", r"\1", letters)


_words = frozenset(map(_likeness, WORDS))
_anywhere = frozenset(map(_likeness, ANYWHERE))
