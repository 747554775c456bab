"""What Shopee's refusals mean: by error and message together, because single names stand for many things (SHOPEE.md §4).

`error_auth` is an expired token, a shop without a link, holiday mode or too little stock; `error_limit` is the app's daily
quota, and elsewhere «can not cancel this order».
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

from app.channels.channel import AccessEnded, AccessExpired
from app.core.errors import ProviderError
from app.core.http import redacted

NAME = "Shopee"
EXPIRED = {"invalid_acceess_token", "invalid_access_token"}
ENDED = {
    "shop_no_linked",
    "partner_shop_no_link",
    "shop_access_expired",
    "refresh_token_expired",
    "error_shop_refresh_token",
    "shop_banned",
}
ENDED_WORDS = ("invalid refresh_token", "invalid partner_id or shopid", "invalid partner_id or shop_id")
BROKEN = {"error_server", "error_inner", "error_network", "error_system_busy", "error_config"}
BUSY = {"error_rate_limit", "download_later"}
LATER = re.compile(r"try (?:again )?later|taking some time|timestamp is expired", re.IGNORECASE)
LASTING = re.compile(r"must be equal to 0|stock must|holiday mode", re.IGNORECASE)
"""Said under the names of broken servers and of refused tokens, and yet neither."""
GENERAL = {
    "error_sign",
    "error_partner_key_expired",
    "error_api_permission",
    "error_api_call_restricted",
    "error_kyc_auth",
    "api_suspended",
    "invalid_partner_id",
    "source_ip_undeclared",
}
GENERAL_WORDS = re.compile(r"no permission|partner_id|timestamp|in query|app is deleted", re.IGNORECASE)
"""About the app or the shop: no item of it would fare better."""
GONE = {"error_item_not_found", "error_item_not_belong_shop", "error_edit_item_stock_for_item_has_model"}
GONE_WORDS = re.compile(
    r"wrong model_?id|product not found|item_id is not found|model.{0,20}not (?:found|exist)", re.IGNORECASE
)
PLACES = re.compile(r"multi warehouse|lack of location_id", re.IGNORECASE)
PASSING = re.compile(r"holiday|promotion|reserve|try (?:again )?later", re.IGNORECASE)
"""A listing that refuses now and may not tomorrow: holidays and promotions end by themselves (TRAPS.md A6)."""
MIDNIGHT = timezone(timedelta(hours=8))
SHORT_WAIT = 5.0


def code_of(error: object) -> str:
    """The name of an error: documented with spaces inside and in front, and with "-" for none."""
    code = re.sub(r"\s+", "", str(error or ""))
    return "" if code == "-" else code


def short(code: str) -> str:
    """Without the module in front: "product.error_param" is "error_param"."""
    return code.rpartition(".")[2]


def refusal(error: object, message: object, *, posting: bool = False, now: datetime | None = None) -> ProviderError:
    """The exception for an answer whose `error` is not empty. `posting`: a broken server may have done it all the same."""
    code = code_of(error)
    words = redacted(str(message or "").strip()) or code
    if is_expired(code, words):
        return AccessExpired(NAME, words, code)
    if is_ended(code, words):
        return AccessEnded(NAME, words, code)
    if code == "error_limit" and "core server" not in words.casefold():
        return ProviderError(NAME, words, permanent=False, retry_after=until_midnight(now), remote_code=code)
    name = short(code)
    if name in BUSY:
        return ProviderError(NAME, words, permanent=False, retry_after=SHORT_WAIT, remote_code=code)
    if name in BROKEN and not LASTING.search(words):
        return ProviderError(NAME, words, permanent=False, unknown=posting, retry_after=SHORT_WAIT, remote_code=code)
    if LATER.search(words) and not LASTING.search(words):
        return ProviderError(NAME, words, permanent=False, retry_after=SHORT_WAIT, remote_code=code)
    return ProviderError(NAME, words, permanent=True, remote_code=code)


def is_expired(code: str, words: str) -> bool:
    """Both spellings, and the overloaded `error_auth` with its one message."""
    said = words.casefold()
    return code in EXPIRED or (short(code) == "error_auth" and said.startswith("invalid access_token"))


def is_ended(code: str, words: str) -> bool:
    return code in ENDED or (short(code) == "error_auth" and words.casefold().startswith(ENDED_WORDS))


def until_midnight(now: datetime | None = None) -> float:
    """Seconds until 00:00 at UTC+8, when the app's daily quota is given anew (TRAPS.md F45)."""
    here = (now or datetime.now(UTC)).astimezone(MIDNIGHT)
    next_day = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (next_day - here).total_seconds()


def wants_places(found: Mapping[str, object]) -> bool:
    """Whether stock was refused because the shop has several locations and none was named."""
    return bool(code_of(found.get("error"))) and bool(PLACES.search(str(found.get("message"))))


def is_general(code: str, words: str) -> bool:
    return short(code) in GENERAL or (
        short(code) in ("error_auth", "error_param") and bool(GENERAL_WORDS.search(words))
    )


def is_gone(code: str, words: str) -> bool:
    """Whether a listing is not there any more, or has other variations now (TRAPS.md B14)."""
    return short(code) in GONE or bool(GONE_WORDS.search(words))


def lasts(code: str, words: str) -> bool:
    """Whether asking again for the same listing is useless."""
    return not PASSING.search(f"{code} {words}")
