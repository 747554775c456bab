"""Whatever is typed, in any field of any route, is answered in words: never with a 500 (SECURITY.md §2, 15.3.5, 2.2)."""

import re
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from tests.security.stage import STREAMS, Stage

ROOT = Path(__file__).parents[2]
NASTY = [
    "a\x00b",
    "9" * 5000,
    "99999999999999999999",
    "-1",
    "NaN",
    "1e400",
    "²",
    "٣",
    "x" * 20_000,
    "9999-12-31",
    "0001-01-01T00:00:00~00000000-0000-7000-8000-000000000001",
    "9999-12-31T23:59:59+00:00~ffffffff-ffff-ffff-ffff-ffffffffffff",
    "Infinity~00000000-0000-7000-8000-000000000001",
    "'\"\\;--%s%n{{7*7}}\u202e\r\nX: y",
]
LINE = 400
"""Characters of a text when every field stands in the address: the server takes no line of half a million."""
GONE_AFTER = {"accounts.sign_out", "accounts.end_other_sessions", "workspaces.leave"}
"""Routes after which the signed-in browser could not go on."""


def field_names() -> list[str]:
    """Every name that a route or form of the product reads."""
    found: set[str] = set()
    for path in (ROOT / "app").rglob("*.py"):
        if "sandbox" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r'(?:args|form|values)\.get(?:list)?\("([\w-]+)"', text))
            found |= set(re.findall(r"^    (\w+)(?:: \w+)? = \w*[Ff]ield\(", text, re.M))
    return sorted(found)


NAMES = field_names()


def test_the_names_were_found() -> None:
    assert {"price", "next", "quantity", "after", "email", "version", "max_uses"} <= set(NAMES)


@pytest.mark.parametrize("turn", range(0, len(NASTY), 3))
def test_no_field_breaks_a_page(stage: Stage, turn: int) -> None:
    """Each name gets another nasty text in each turn; every route is called with all of them."""
    typed = dict(zip(NAMES, islice(cycle(NASTY), turn, None), strict=False))
    clean = {name: text for name, text in typed.items() if "\x00" not in text}
    assert _broken(stage, clean if turn else typed) == []


@pytest.mark.parametrize("text", NASTY)
def test_one_field_alone_breaks_no_list(stage: Stage, text: str) -> None:
    """Filters and marks of pages one by one, where the others cannot hide them."""
    seller, buyer = stage.browser(stage.world.alice), stage.browser(stage.world.fay)
    lists = [path for endpoint, _, path in stage.routes("GET") if endpoint not in STREAMS and "/d/" not in path]
    wrong = []
    for path in [one for one in lists if one.endswith(LISTS)]:
        for name in FILTERS:
            answer = (seller if path.startswith("/w") else buyer).get(path, query_string={name: text})
            wrong += [(path, name, answer.status_code)] if answer.status_code >= 500 else []
    assert wrong == []


LISTS = ("/orders", "/products", "/inventory", "/ledger", "/ledger.csv", "/audit", "/discover", "/export.csv")
FILTERS = ("after", "before", "q", "low", "since", "until", "order", "sort")


@pytest.mark.parametrize(
    "part", ["99999999999999999999", "9" * 5000, "a%00b", "..%2f..%2fetc%2fpasswd", "%ff%fe", "x" * 3000, "..;", "²"]
)
def test_no_address_breaks_a_page(stage: Stage, part: str) -> None:
    """One parameter after the other: too large, cut, traversing, not UTF-8."""
    seller, wrong = stage.browser(stage.world.alice), []
    for rule in stage.app.url_map.iter_rules():
        for name in rule.arguments:
            path = _address(stage, rule, name, part)
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = seller.get(path) if method == "GET" else seller.post(path)
                known = answer.status_code < 400 and name not in ("token", "width")
                if answer.status_code >= 500 or known:
                    wrong.append((method, path[:120], answer.status_code))
    assert wrong == []


def test_a_field_sent_twice_is_read_once(stage: Stage) -> None:
    """Parameter pollution: lists where one value is meant break nothing."""
    seller, wrong = stage.browser(stage.world.alice), []
    for endpoint, method, path in stage.routes("POST"):
        if endpoint in GONE_AFTER or path.startswith("/webhooks/"):
            continue
        twice = {name: ["1", "2"] for name in NAMES} | {f"{name}[]": "3" for name in NAMES[:20]}
        answer = seller.post(path, twice)
        wrong += [(method, path)] if answer.status_code == 500 else []
    assert wrong == []


def test_a_character_that_no_text_has_is_left_out(stage: Stage) -> None:
    seller = stage.browser(stage.world.alice)
    assert (
        seller.post(f"/w/{stage.world.north.slug}/settings", {"name": "North\x00light", "hue": "30"}).status_code == 303
    )
    assert "Northlight" in seller.get(f"/w/{stage.world.north.slug}/settings").get_data(as_text=True)


def _broken(stage: Stage, typed: dict[str, Any]) -> list[tuple[str, str, int]]:
    """Calls that were answered 500. 503 is a provider that is away, which is a sentence already."""
    seller, buyer, wrong = stage.browser(stage.world.alice), stage.browser(stage.world.fay), []
    asked = {name: text[:LINE] for name, text in typed.items()}
    for endpoint, method, path in stage.routes():
        if endpoint in STREAMS | GONE_AFTER or path.startswith("/webhooks/"):
            continue
        browser = seller if path.startswith("/w") else buyer
        answer = browser.get(path, query_string=asked) if method == "GET" else browser.post(path, typed)
        if answer.status_code == 500:
            wrong.append((method, path, answer.status_code))
    return wrong


def _address(stage: Stage, rule: Any, chosen: str, part: str) -> str:
    path: str = rule.rule
    for name in rule.arguments:
        text = part if name == chosen else stage.value(rule.endpoint, name)
        path = re.sub(rf"<(?:[^<>:]+:)?{name}>", text.replace("\\", ""), path)
    return path
