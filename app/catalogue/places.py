"""Countries as sellers write them: ISO 3166 alpha-2 codes, English names (CLDR through Babel), or a few groups of them."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from babel import Locale

from app.core.errors import Refused

ELSEWHERE = "*"
NOT_COUNTRIES = {"EU", "EZ", "UN", "ZZ", "XA", "XB", "QO", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
"""Codes in CLDR's list that are unions, tests or parts of countries."""
GROUPS = {
    "European Union": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    "Europe outside the EU": "AD AL BA CH FO GB GG GI IM IS JE LI MC MD ME MK NO RS SM UA VA XK",
    "North America": "CA MX US",
    "Nordic countries": "DK FI IS NO SE",
    "Australia and New Zealand": "AU NZ",
    "East Asia": "HK JP KR MO SG TW",
}
NICKNAMES = {"EU": "European Union", "UK": "GB", "USA": "US", "ENGLAND": "GB", "AMERICA": "US", "UAE": "AE"}


@dataclass(frozen=True)
class Unknown:
    """A word that names no country, and the nearest one that does (or empty)."""

    word: str
    nearest: str


@cache
def names() -> dict[str, str]:
    """Code → English name, in the order of the names."""
    found = {
        code: str(name)
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in NOT_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def name(code: str) -> str:
    return "Everywhere else" if code == ELSEWHERE else names().get(code, code)


def parse(raw: str) -> list[str]:
    """Codes behind «DE, France, EU», sorted by name, each once; ['*'] for nothing. Raises Refused naming every unknown word."""
    words = [word for word in (part.strip() for part in raw.replace("\n", ",").replace(";", ",").split(",")) if word]
    found: dict[str, None] = {}
    unknown: list[Unknown] = []
    for word in words:
        codes = _codes(word)
        found |= dict.fromkeys(codes)
        if not codes:
            unknown.append(Unknown(word, _nearest(word)))
    if unknown:
        raise Refused(_sentence(unknown), field="countries")
    if ELSEWHERE in found and len(found) > 1:
        raise Refused("«Everywhere else» stands alone: give the countries a zone of their own.", field="countries")
    return sorted(found, key=name) or [ELSEWHERE]


@cache
def _by_word() -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {name.casefold(): (code,) for code, name in names().items()}
    words |= {code.casefold(): (code,) for code in names()}
    words |= {group.casefold(): tuple(codes.split()) for group, codes in GROUPS.items()}
    words |= {nick.casefold(): words[target.casefold()] for nick, target in NICKNAMES.items()}
    return words | dict.fromkeys(("*", "everywhere else", "rest of the world", "worldwide"), (ELSEWHERE,))


def _codes(word: str) -> tuple[str, ...]:
    return _by_word().get(word.casefold(), ())


def _nearest(word: str) -> str:
    near = get_close_matches(word.casefold(), _by_word(), n=1, cutoff=0.72) if len(word) > 2 else []
    return name(_by_word()[near[0]][0]) if near and len(_by_word()[near[0]]) == 1 else ""


def _sentence(unknown: list[Unknown]) -> str:
    said = [f"«{one.word}»" + (f" (did you mean {one.nearest}?)" if one.nearest else "") for one in unknown]
    verb = "is no country" if len(said) == 1 else "are no countries"
    return f"{', '.join(said)} {verb} that we know. Use names, or two letters such as DE."


def written(codes: list[str]) -> str:
    """As the form shows it again."""
    return "" if codes == [ELSEWHERE] else ", ".join(name(code) for code in codes)
