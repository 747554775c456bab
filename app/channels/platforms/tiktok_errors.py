"""What TikTok Shop's refusals mean (TIKTOK.md §4). One code stands for many things, so that one is read by its words."""

import re
from collections.abc import Mapping
from typing import Any

import requests

from app.channels.channel import AccessEnded, AccessExpired
from app.core.errors import ProviderError
from app.core.http import Explained, redacted
from app.core.wire import body_of, mapping, rows, text

NAME = "TikTok Shop"
MANY = "36009004"
"""Bad key, missing signature, wrong time, invalid token, unexpected cipher, invalid parameter."""
EXPIRED = "105002"
NO_SCOPE = "105005"
TOO_MANY = "36009002"
TIMED_OUT = "36009007"
ENDED = {"36004001", "36004005"}
"""The refresh token has expired; there is no such authorisation (EcomPHP/tiktokshop-php, pull 15)."""
PASSING = {"36009003", TIMED_OUT, "10002014", "10002015", "10006402", "10037002", "10037003", "10037004", "12001000"}
NOT_YOURS = "21008111"
ZERO = {"12019024", "12052055"}
"""The stock count is invalid; it is not within the allowed limits."""
ALL_WAREHOUSES = "12019028"
TOO_WIDE = "12052180"
GONE = {"12019008", "12019150", "12052031", "12052032", "12052034", "12052048", "12052260"}
PAUSE = 2.0
"""Seconds, when TikTok names none: its limits are per second, but nobody says how many."""

TOKEN = re.compile(r"access[-_]token`? (header )?is invalid|access[-_]token.*expired", re.IGNORECASE)
SHOP = re.compile(r"shop_(cipher|id)`? (query parameter )?is invalid", re.IGNORECASE)
CLOCK = re.compile(r"invalid timestamp", re.IGNORECASE)


def refusal(
    said: Mapping[str, Any], status: int = 200, *, reads: bool = False, wait: str | None = None
) -> ProviderError:
    """The exception for an answer whose code is not 0. `reads`: the request changes nothing, so no effect is unknown.

    `wait` is the Retry-After header.
    """
    code, words = text(said.get("code")) or str(status), redacted(text(said.get("message"))) or f"answered {status}"
    if code == EXPIRED or (code == MANY and TOKEN.search(words)):
        return AccessExpired(NAME, words, code)
    if code in ENDED or (code == MANY and SHOP.search(words)):
        return AccessEnded(NAME, words, code)
    if code == NO_SCOPE:
        words = "does not let us do this. Connect the shop again and allow everything that is asked for"
    if status == 429 or code == TOO_MANY:
        return ProviderError(NAME, words, permanent=False, retry_after=_seconds(wait), remote_code=TOO_MANY)
    passing = code in PASSING or status == 408 or (code == MANY and CLOCK.search(words) is not None)
    unknown = not reads and (code in PASSING or status == 408)
    return ProviderError(NAME, words, permanent=not passing, unknown=unknown, remote_code=code)


def is_ours(error: ProviderError) -> bool:
    """Whether the gateway turned our request away, whoever it was for: a key, an address, a path of ours is wrong."""
    code = error.remote_code or ""
    return (code.startswith("36009") and "refresh_token" not in str(error)) or not code.isdigit() or len(code) < 4


def _seconds(wait: str | None) -> float:
    return float(wait) if wait and wait.isdigit() else PAUSE


def explain(response: requests.Response) -> Explained | None:
    """The words of a 5xx answer; a 503 is a server in trouble, never a limit."""
    said = mapping(body_of(response))
    return Explained(text(said.get("message")), text(said.get("code"))) if said else None


def errors_of(data: Mapping[str, Any], key: str) -> dict[str, tuple[str, str]]:
    """Item id → (code, words) of the items that failed inside a success; `key` names the id, such as sku_id."""
    found = {}
    for one in rows(data.get("errors")):
        detail = mapping(one.get("detail"))
        inner = rows(detail.get("extra_errors"))
        words = "; ".join(dict.fromkeys(filter(None, (text(error.get("message")) for error in [*inner, one]))))
        code = next((text(error["code"]) for error in inner if error.get("code")), text(one.get("code")))
        found[text(detail.get(key))] = (code, redacted(words))
    return found
