"""Links that let a seller fill in their account, and links into their dashboard: both work once."""

from typing import Any

from . import account_states, accounts, objects
from .errors import StripeError, refused
from .ids import token
from .objects import Doc
from .scope import Scope
from .urls import require_url

LINK_SECONDS = 300
VISIT_SECONDS = 3600
LINK, VISIT, LOGIN = "account_link", "onboarding_visit", "login_link"


def create(scope: Scope, params: Doc) -> Doc:
    """A link to onboarding that works once and for five minutes."""
    account = _known(scope, params["account"])
    for name in ("refresh_url", "return_url"):
        if name not in params:
            raise refused(f"Missing required param: {name}.", name, "parameter_missing")
        require_url(params[name], name)
    if params["type"] == "account_update" and account["controller"]["requirement_collection"] == "stripe":
        raise refused(
            "You cannot create `account_update` type Account Links for this account. Valid types are: "
            "`account_onboarding`.",
            "type",
        )
    if params["type"] == "account_update" and not account["details_submitted"]:
        raise refused("The account has not been onboarded yet; create an `account_onboarding` link.", "type")
    objects.keep_secret(scope, account["id"], linked=True)
    return _link(scope, account["id"], params)


def _known(scope: Scope, identifier: str) -> Doc:
    try:
        return accounts.reachable(scope, identifier)
    except StripeError as error:
        raise refused(f"No such account: '{identifier}'", "account", "resource_missing") from error


def _link(scope: Scope, account: str, params: Doc) -> Doc:
    code = token(32)
    doc = {
        "object": LINK,
        "created": scope.now(),
        "expires_at": scope.now() + LINK_SECONDS,
        "url": f"{scope.config.base_url}/setup/e/{account}/{code}",
    }
    keep = {"account": account, "refresh_url": params["refresh_url"], "return_url": params["return_url"], "used": False}
    objects.add(scope.on(""), {"id": code, **doc}, keep)
    return doc


def open_link(scope: Scope, account: str, code: str) -> tuple[str | None, str | None]:
    """Use a link up: (visit code, None) when it was good, (None, refresh address) when used or expired, else Nones."""
    doc, keep = objects.find(scope, LINK, code), objects.secret_of(scope, code)
    if doc is None or keep["account"] != account:
        return None, None
    if keep["used"] or doc["expires_at"] < scope.now():
        return None, keep["refresh_url"]
    objects.keep_secret(scope, code, used=True)
    return _begin_visit(scope, account, keep["return_url"]), None


def _begin_visit(scope: Scope, account: str, return_url: str | None) -> str:
    code = token(32)
    visit = {"id": code, "object": VISIT, "created": scope.now(), "account": account, "return_url": return_url}
    objects.add(scope, {**visit, "expires_at": scope.now() + VISIT_SECONDS})
    return code


def visit_of(scope: Scope, code: str) -> Doc | None:
    """An onboarding visit that is still open, or None."""
    visit = objects.find(scope, VISIT, code)
    return visit if visit and visit["expires_at"] >= scope.now() else None


def finish(scope: Scope, visit: Doc, state: str | None, answers: dict[str, Any]) -> str:
    """Leave onboarding with the account in `state` (None: nothing was submitted); returns the return address."""
    if state:
        account = objects.get(scope, "account", visit["account"])
        filled = {name: value for name, value in answers.items() if value}
        account["business_profile"] = {**account["business_profile"], **filled}
        objects.save(scope, account)
        account_states.set_state(scope, visit["account"], state)
    return visit["return_url"]


def create_login(scope: Scope, params: Doc, identifier: str) -> Doc:
    """A link into the Express dashboard; other accounts and unfinished ones are refused."""
    account = accounts.reachable(scope, identifier)
    if account["controller"]["stripe_dashboard"]["type"] != "express":
        raise refused("Cannot create a login link for an account without access to the Express Dashboard.", "account")
    if not account["details_submitted"]:
        raise refused("Cannot create a login link for an account that has not completed onboarding.", "account")
    code = token(24)
    doc = {"object": LOGIN, "created": scope.now(), "url": f"{scope.config.base_url}/express/{code}"}
    objects.add(scope.on(""), {"id": code, **doc}, {"account": identifier, "used": False})
    return doc


def open_login(scope: Scope, code: str) -> str | None:
    """Use a login link up; the code of a visit, or None when it was used before or never existed."""
    keep = objects.secret_of(scope, code)
    if objects.find(scope, LOGIN, code) is None or keep["used"]:
        return None
    objects.keep_secret(scope, code, used=True)
    return _begin_visit(scope, keep["account"], None)
