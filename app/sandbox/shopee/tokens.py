"""Consents, codes and tokens: a code works once, a refresh token once per shop, and everything ends with the consent."""

import secrets

from app.sandbox.carriers import store as shelf
from app.sandbox.market.store import Doc
from app.sandbox.stripe import timers
from app.sandbox.stripe.scope import Scope

from .styles import NAME

CODE_SECONDS, ACCESS_SECONDS, REFRESH_SECONDS = 600, 4 * 3600, 30 * timers.DAY
CONSENT_SECONDS, WARNING_SECONDS = 365 * timers.DAY, 7 * timers.DAY
EXPIRING = "shopee.expiring"
CODE, GRANT, ACCESS, REFRESH = (f"{NAME}.{noun}" for noun in ("code", "grant", "access", "refresh"))


class Refused(Exception):
    """`error` and `message` of Shopee's answer."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error, self.message = error, message


def _app(scope: Scope) -> Scope:
    return scope.on(NAME)


def _token() -> str:
    return secrets.token_hex(16)


# --- consent
def consent(scope: Scope, shops: list[str], main_account: str = "") -> str:
    """The seller says yes for these shops: a code for their tokens; `main_account` when it was one for several."""
    app, now = _app(scope), scope.now()
    for shop in shops:
        _grant(app, {"shop": shop, "auth_time": now, "expire_time": now + CONSENT_SECONDS, "open": True})
        timers.cancel(scope.state, EXPIRING, shop)
        timers.set_timer(scope.state, EXPIRING, shop, now + CONSENT_SECONDS - WARNING_SECONDS)
    code = _token()
    doc = {"shops": shops, "main": main_account, "used": False, "until": now + CODE_SECONDS}
    shelf.add(app, CODE, code, doc)
    return code


def _grant(app: Scope, doc: Doc) -> None:
    identifier = f"{GRANT}:{doc['shop']}"
    if shelf.find(app, GRANT, identifier):
        shelf.save(app, identifier, doc)
    else:
        shelf.add(app, GRANT, identifier, doc)


def grant_of(scope: Scope, shop: str) -> Doc | None:
    """The consent of a shop, also when it has ended."""
    return shelf.find(_app(scope), GRANT, f"{GRANT}:{shop}")


def grants(scope: Scope) -> list[Doc]:
    """Every consent that stands, oldest first."""
    return [one for one in shelf.where(_app(scope), GRANT) if one["open"] and one["expire_time"] > scope.now()]


def end(scope: Scope, shop: str) -> None:
    """The consent is over: its tokens are dead from now on."""
    found = grant_of(scope, shop)
    if found:
        _grant(_app(scope), {**found, "open": False})


# --- tokens
def exchange(scope: Scope, code: str, shop: str = "", main_account: str = "") -> Doc:
    """Tokens for a code. Raises Refused."""
    app = _app(scope)
    found = shelf.find(app, CODE, code)
    if found is None or found["used"] or found["until"] < scope.now():
        raise Refused("invalid_code", "Invalid code, it is wrong, was used or is older than 10 minutes.")
    if (found["main"] or "") != main_account or (not main_account and shop not in found["shops"]):
        raise Refused("invalid_shop_id", "The shop_id or main_account_id does not belong to this code.")
    shelf.save(app, code, {**found, "used": True})
    return {
        **_pair(scope, found["shops"]),
        "shop_id_list": [int(one) for one in found["shops"]],
        "merchant_id_list": [],
    }


def _pair(scope: Scope, shops: list[str]) -> Doc:
    app, now = _app(scope), scope.now()
    access, refresh = _token(), _token()
    shelf.add(app, ACCESS, access, {"shops": shops, "until": now + ACCESS_SECONDS})
    shelf.add(app, REFRESH, refresh, {"shops": shops, "used": [], "until": now + REFRESH_SECONDS})
    return {"access_token": access, "refresh_token": refresh, "expire_in": ACCESS_SECONDS}


def refreshed(scope: Scope, token: str, shop: str) -> Doc:
    """New tokens of one shop for a refresh token, which works once for each of its shops. Raises Refused."""
    app = _app(scope)
    found = shelf.find(app, REFRESH, token)
    if found is None:
        raise Refused("error_auth", "Invalid refresh_token.")
    if shop not in found["shops"]:
        raise Refused("invalid_shop_id", "The refresh_token does not belong to this shop_id.")
    if shop in found["used"]:
        raise Refused("error_shop_refresh_token", "The refresh_token of this shop was used before.")
    if found["until"] < scope.now():
        raise Refused("refresh_token_expired", "The refresh_token has expired.")
    _stands(scope, shop)
    shelf.save(app, token, {**found, "used": [*found["used"], shop]})
    return _pair(scope, [shop])


def check(scope: Scope, token: str, shop: str) -> None:
    """Whether a call may speak for a shop. Raises Refused."""
    found = shelf.find(_app(scope), ACCESS, token)
    if found is None:
        raise Refused("error_auth", "Invalid access_token.")
    if shop not in found["shops"]:
        raise Refused("error_auth", "Invalid partner_id or shopid.")
    _stands(scope, shop)
    if found["until"] < scope.now():
        raise Refused("invalid_acceess_token", "Invalid access_token, please have a check.")


def _stands(scope: Scope, shop: str) -> None:
    grant = grant_of(scope, shop)
    if grant is None or not grant["open"]:
        raise Refused("shop_no_linked", "Partner and shop has no linked.")
    if grant["expire_time"] < scope.now():
        raise Refused("shop_access_expired", "The authorization of this shop has expired.")
