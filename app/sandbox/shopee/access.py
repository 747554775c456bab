"""Tokens for codes and for older tokens, and the shops that are linked."""

from app.sandbox.market import shops
from app.sandbox.market.calls import Call, Reply

from . import tokens
from .dialect import PARTNER_ID, answer, api, counted, refusal, said
from .styles import NAME
from .words import whole

OPTIONS = {"shop_id", "main_account_id", "merchant_id", "supplier_id", "user_id"}


@api.on("POST", "/auth/token/get")
def token_get(call: Call) -> Reply:
    """Tokens for a `code`, with the `shop_id` or `main_account_id` that came with it."""
    _partner(call)
    body = call.body
    named = [name for name in ("shop_id", "main_account_id") if body.get(name) not in (None, "")]
    if len(named) != 1:
        raise refusal("error_param", "Exactly one of shop_id and main_account_id is required.")
    try:
        found = tokens.exchange(
            call.scope, said(call, "code"), str(body.get("shop_id") or ""), str(body.get("main_account_id") or "")
        )
    except tokens.Refused as error:
        raise refusal(error.error, error.message, 403) from error
    return answer(**found)


@api.on("POST", "/auth/access_token/get")
def access_token_get(call: Call) -> Reply:
    """New tokens for a `refresh_token` of one `shop_id`."""
    _partner(call)
    shop_id = whole(call.body.get("shop_id"))
    if shop_id is None:
        raise refusal("invalid_shop_id", "shop_id is required, as a number.")
    try:
        found = tokens.refreshed(call.scope, said(call, "refresh_token"), str(shop_id))
    except tokens.Refused as error:
        raise refusal(error.error, error.message, 403) from error
    return answer(**found, partner_id=PARTNER_ID, shop_id=shop_id)


def _partner(call: Call) -> None:
    if not isinstance(call.body, dict) or whole(call.body.get("partner_id")) != PARTNER_ID:
        raise refusal("error_param", "Invalid partner_id.")


@api.on("GET", "/public/get_shops_by_partner")
def shops_by_partner(call: Call) -> Reply:
    """Shops whose consent stands; `page_no` from 1."""
    size, page = counted(call, "page_size", 1, 100, 100), counted(call, "page_no", 1, 10_000, 1)
    every = tokens.grants(call.scope)
    listed = every[(page - 1) * size : page * size]
    return answer(
        authed_shop_list=[
            {
                "shop_id": int(one["shop"]), "region": (shops.get(call.scope, NAME, one["shop"]) or {}).get("region", ""),
                "sip_affi_shops": [], "auth_time": one["auth_time"], "expire_time": one["expire_time"],
            }
            for one in listed
        ],
        more=page * size < len(every),
    )  # fmt: skip
