"""Tokens and the shops they open (TIKTOK.md §2)."""

from app.sandbox.market import shops
from app.sandbox.market.calls import Call, Reply
from app.sandbox.market.store import Doc

from . import grants, keys
from .dialect import NAME, bad, refusal, told
from .door import api, exchange


@exchange.on("GET", "/api/v2/token/get")
def get(call: Call) -> Reply:
    """A code for tokens: once, and within half an hour."""
    if call.query.get("grant_type") != "authorized_code":
        raise bad("invalid param error: grant_type")
    grant = grants.redeem(call.scope, call.query.get("auth_code", ""))
    if grant is None:
        raise refusal(36004004, "Invalid auth code.", 400)
    return told(_shown(grant))


@exchange.on("GET", "/api/v2/token/refresh")
def refresh(call: Call) -> Reply:
    """New tokens for a refresh token that was not used yet."""
    if call.query.get("grant_type") != "refresh_token":
        raise bad("invalid param error: grant_type")
    grant = grants.renew(call.scope, call.query.get("refresh_token", ""))
    if grant is None:
        raise refusal(36004005, "can not find related auth record", 400)
    return told(_shown(grant))


def _shown(grant: Doc) -> Doc:
    """Both `expire_in` are moments."""
    return {
        "access_token": grant["access"],
        "access_token_expire_in": grant["access_until"],
        "refresh_token": grant["refresh"],
        "refresh_token_expire_in": grant["refresh_until"],
        "open_id": grant["open_id"],
        "seller_name": grant["seller"],
        "seller_base_region": grant["region"],
        "user_type": 0,
        "granted_scopes": grant["scopes"],
    }


@api.on("GET", "/authorization/202309/shops")
def authorised(call: Call) -> Reply:
    """The shops of the grant, each with the cipher that names it in every other call."""
    found = [shops.get(call.scope, NAME, one) for one in keys.granted(call.scope)["shops"]]
    return told({"shops": [_shop(one) for one in found if one]})


def _shop(shop: Doc) -> Doc:
    return {
        "id": shop["id"],
        "name": shop["name"],
        "region": shop["region"],
        "seller_type": shop["private"]["seller_type"],
        "cipher": shop["private"]["cipher"],
        "code": shop["private"]["code"],
    }
