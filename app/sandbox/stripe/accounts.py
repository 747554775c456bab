"""Connected accounts: sellers' accounts that belong to the platform."""

from typing import Any

from . import account_parts, events, objects
from .errors import StripeError, refused
from .ids import new_id
from .objects import Doc
from .requirements import (
    CAPABILITIES_WHEN,
    NEW,
    capability_states,
    requirements_of,
)
from .scope import Scope
from .spec import blank

CURRENCIES = {
    "US": "usd",
    "GB": "gbp",
    "CA": "cad",
    "AU": "aud",
    "JP": "jpy",
    "CH": "chf",
    "SE": "sek",
    "DK": "dkk",
    "NO": "nok",
    "PL": "pln",
    "SG": "sgd",
    "NZ": "nzd",
    "HK": "hkd",
    "CZ": "czk",
    "HU": "huf",
    "RO": "ron",
    "BR": "brl",
}
EURO = {
    "AT",
    "BE",
    "CY",
    "DE",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PT",
    "SI",
    "SK",
    "BG",
}
EDITABLE = ("email", "business_type", "default_currency")


def create(scope: Scope, params: Doc) -> Doc:
    """A new account with nothing filled in; `type`, `country` and `controller` are fixed from here on."""
    if "type" in params and "controller" in params:
        raise refused("You may not provide both `type` and `controller`. Remove one of them.", "type")
    country = params.get("country", "US")
    if country not in CURRENCIES and country not in EURO:
        raise refused(f"Country '{country}' is unknown.", "country", "country_unsupported")
    identifier = new_id("acct")
    account = blank(
        "Account",
        id=identifier,
        country=country,
        created=scope.now(),
        email=params.get("email"),
        type=params.get("type", "none" if "controller" in params else "standard"),
        controller=account_parts.controller(params),
        default_currency=params.get("default_currency") or CURRENCIES.get(country, "eur"),
        business_profile=account_parts.business_profile(params),
        business_type=params.get("business_type"),
        external_accounts=account_parts.no_bank(identifier),
        metadata=objects.clean_metadata(params),
        settings=account_parts.settings(),
        tos_acceptance={"date": None, "ip": None, "user_agent": None},
        future_requirements=requirements_of(scope, None),
    )
    apply(account, scope, NEW, _requested(params))
    objects.add(scope, account, {"state": NEW, "requested": _requested(params)})
    events.announce(scope.on(identifier), "account.updated", account, {})
    return account


def _requested(params: Doc) -> list[str]:
    return [name for name, wish in (params.get("capabilities") or {}).items() if wish.get("requested")]


def apply(account: Doc, scope: Scope, state: str, requested: list[str]) -> None:
    """Write what a state means into the account."""
    account["capabilities"] = capability_states(requested, state)
    account["requirements"] = requirements_of(scope, state)
    account["details_submitted"] = state != NEW
    active = CAPABILITIES_WHEN[state] == "active"
    account["charges_enabled"] = active
    account["payouts_enabled"] = active and state != "payouts_paused"


# --- reading and changing --------------------------------------------------------------------------------------------
def reachable(scope: Scope, identifier: str) -> Doc:
    """The account; raises 403 `account_invalid` when it does not exist or has disconnected the platform."""
    platform = scope.on("")
    account = objects.find(platform, "account", identifier)
    if account is None or objects.secret_of(platform, identifier).get("deauthorised"):
        raise StripeError(
            f"The provided key does not have access to account '{identifier}' (or that account does not exist). "
            "Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return account


def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """A connected account."""
    return reachable(scope, identifier)


def retrieve_current(scope: Scope, params: Doc) -> Doc:
    """The account named by the `Stripe-Account` header, or the platform's own."""
    return reachable(scope, scope.account) if scope.account else platform_account(scope)


def platform_account(scope: Scope) -> Doc:
    """The platform itself."""
    account = blank(
        "Account",
        id="acct_sandboxplatform",
        country="US",
        default_currency="usd",
        type="standard",
        email=None,
        created=0,
        details_submitted=True,
        charges_enabled=True,
        payouts_enabled=True,
        metadata={},
        controller={"type": "account"},
        settings=account_parts.settings(),
        external_accounts=account_parts.no_bank("acct_sandboxplatform"),
        capabilities={"card_payments": "active", "transfers": "active"},
    )
    account["requirements"] = account["future_requirements"] = requirements_of(scope, None)
    return account


def search(scope: Scope, params: Doc) -> Doc:
    """Connected accounts, newest first."""
    gone = " AND coalesce(json_extract(secret, '$.deauthorised'), 0) = 0"
    return objects.listing(scope.on(""), "account", params, "/v1/accounts", extra=gone)


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change an account; after its first Account Link an Express account's own details are its owner's to change."""
    account = reachable(scope, identifier)
    secret = objects.secret_of(scope, identifier)
    collected = account["controller"]["requirement_collection"] == "stripe" and secret.get("linked")
    blocked = [name for name in ("business_type", "company", "individual", "tos_acceptance") if name in params]
    if blocked and collected:
        raise StripeError(
            f"This application does not have the required permissions for the parameter '{blocked[0]}' on account "
            f"'{identifier}'.",
            status=403,
            code="oauth_not_supported",
            param=blocked[0],
        )
    old = dict(account)
    for name in EDITABLE:
        if name in params:
            account[name] = params[name]
    account["business_profile"] = {**account["business_profile"], **(params.get("business_profile") or {})}
    account["settings"] = _merged(account["settings"], params.get("settings") or {})
    objects.merge_metadata(account, params)
    _request_capabilities(scope, account, params)
    return changed(scope, account, old)


def _merged(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: _merged(old.get(name), value) for name, value in new.items()}}


def _request_capabilities(scope: Scope, account: Doc, params: Doc) -> None:
    wishes = params.get("capabilities") or {}
    secret = objects.secret_of(scope, account["id"])
    requested = [name for name in secret["requested"] if wishes.get(name, {}).get("requested", True)]
    requested += [name for name in _requested(params) if name not in requested]
    objects.keep_secret(scope, account["id"], requested=requested)
    account["capabilities"] = capability_states(requested, secret["state"])


def changed(scope: Scope, account: Doc, old: Doc) -> Doc:
    """Keep a changed account and tell the connect endpoints (nothing is told when nothing changed)."""
    before = events.previous(old, account)
    if before:
        objects.save(scope, account)
        inside = scope.on(account["id"])
        events.announce(inside, "account.updated", account, before)
        _announce_capabilities(inside, account, old["capabilities"] or {})
    return account


def _announce_capabilities(scope: Scope, account: Doc, old: Doc) -> None:
    for name, status in (account["capabilities"] or {}).items():
        if old.get(name) != status:
            capability = {
                "id": name,
                "object": "capability",
                "account": account["id"],
                "requested": True,
                "status": status,
                "requested_at": account["created"],
                "requirements": account["requirements"],
                "future_requirements": account["future_requirements"],
            }
            events.announce(scope, "capability.updated", capability, {"status": old.get(name)})


def remove(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Delete an account that holds no money."""
    reachable(scope, identifier)
    row = scope.state.row(
        "SELECT sum(net) AS net FROM funds WHERE account = ? GROUP BY currency HAVING net", identifier
    )
    if row:
        raise refused(f"The account {identifier} still has a balance and cannot be deleted.", "account")
    objects.keep_secret(scope, identifier, deauthorised=True)
    return {"id": identifier, "object": "account", "deleted": True}
