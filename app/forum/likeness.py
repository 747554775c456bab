"""Names that a reader would take for somebody of our team, however they are written."""

import re
import unicodedata

WORDS = frozenset(
    [
        "guildhall",
        "admin",
        "admins",
        "administrator",
        "administrators",
        "mod",
        "mods",
        "moderator",
        "moderators",
        "moderation",
    ]
    + ["staff", "support", "official", "system", "team", "root", "webmaster", "sysadmin", "superadmin", "helpdesk"]
)
ANYWHERE = frozenset(["guildhall", "moderator", "administrator"])
"""No other word has these inside."""
ALIKE = str.maketrans(
    "аеорсухіїјѕԁӏһոѵкмтнвгαοερτυικνβηɡıłøƖᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ013457$@!|€ⅼ",
    "aeopcyxiijsdlhnvkmthbraoeptuiknbngilolabcdefghijklmnoprstuvwyzoleastsalieл".replace("л", "l"),
)
"""Letters and digits that look like Latin ones."""


def of_team(name: str) -> bool:
    """Raises nothing; a whole word, the whole name, or one of the words that are in no other."""
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
