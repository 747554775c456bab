"""How a seller's consent becomes tokens, and tokens become new ones (SHOPEE.md §2)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from app.channels.channel_facts import App, Authorised, ShopFacts, Tokens
from app.channels.platforms import shopee_facts as facts
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms.shopee_errors import NAME
from app.channels.platforms.shopee_line import Line, number
from app.channels.platforms.shopee_words import at, said, until
from app.core.errors import ProviderError
from app.core.wire import reading, rows

REFRESHABLE = timedelta(days=30)
MOST_PAGES = 100


def consent_url(app: App, state: str) -> str:
    """Valid for five minutes. The redirect is not signed, so the state inside it must be checked when it comes back."""
    path = "/api/v2/shop/auth_partner"
    query = {**Line(app).signed(path), "redirect": asks.with_state(app.redirect, state)}
    return f"{app.api}{path}?{urlencode(query)}"


def authorise(app: App, answer: Mapping[str, str]) -> list[Authorised]:
    """One consent is of one shop, or of a main account with several; each gets tokens that are refreshed on their own."""
    whose = next((name for name in ("shop_id", "main_account_id") if answer.get(name)), "")
    if not answer.get("code") or not whose:
        raise ProviderError(NAME, "sent the seller back without a code; connect the shop again", permanent=True)
    body = {"code": answer["code"], "partner_id": number(app.key), whose: number(answer[whose])}
    found = Line(app).post("/api/v2/auth/token/get", body)
    with reading(NAME, unknown=True):
        listed = found.get("shop_id_list") or ([answer["shop_id"]] if whose == "shop_id" else [])
        granted = [_tokens(found, said(one), datetime.now(UTC)) for one in listed]
    return [_authorised(app, one) for one in granted]


def _tokens(found: Mapping[str, Any], shop_id: str, now: datetime) -> Tokens:
    return Tokens(
        owner=shop_id,
        access=str(found["access_token"]),
        refresh=str(found["refresh_token"]),
        until=until(found["expire_in"], now),
        refresh_until=now + REFRESHABLE,
    )


def _authorised(app: App, tokens: Tokens) -> Authorised:
    """The code is spent by now: a shop that cannot be read yet keeps its tokens, and its name comes later."""
    try:
        found = shop_info(Line(app, tokens.owner, tokens.access))
    except ProviderError:
        return Authorised(ShopFacts(tokens.owner, f"Shopee shop {tokens.owner}"), tokens)
    return Authorised(facts.shop(found, tokens.owner), replace(tokens, ends=at(found.get("expire_time"))))


def shop_info(line: Line) -> Mapping[str, Any]:
    """Its members lie at the top of the answer."""
    return line.get("/api/v2/shop/get_shop_info")


def refresh(app: App, tokens: Tokens) -> Tokens:
    """The refresh token works once and for one shop; both new ones must be kept before they are used (TRAPS.md D27)."""
    body = {"refresh_token": tokens.refresh, "partner_id": number(app.key), "shop_id": number(tokens.owner)}
    found = Line(app).post("/api/v2/auth/access_token/get", body)
    with reading(NAME, unknown=True):
        return replace(_tokens(found, tokens.owner, datetime.now(UTC)), ends=tokens.ends)


def open_shops(app: App) -> Sequence[str]:
    """Every shop that has given its consent and not taken it back; a deauthorisation may name none."""
    line, shops = Line(app), []
    for page in range(1, MOST_PAGES + 1):
        found = line.get("/api/v2/public/get_shops_by_partner", page_size=100, page_no=page)
        shops += [said(one.get("shop_id")) for one in rows(found.get("authed_shop_list"))]
        if found.get("more") is not True:
            return shops
    raise ProviderError(NAME, "lists shops without an end", permanent=True)
