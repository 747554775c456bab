"""The wc-auth page: a person says whether an application may have keys, which the site then posts to it."""

import hmac
import secrets
from urllib.parse import urlencode, urlsplit

import requests
from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.market import demo, shops
from app.sandbox.market.calls import Refusal, scope
from app.sandbox.market.store import Doc

from . import keys
from .hooks import AGENT
from .site import known
from .talk import NAME

blueprint = Blueprint("woocommerce_consent", __name__, url_prefix=f"/{NAME}/<store>/wc-auth/v1")
ASKED = ("app_name", "user_id", "return_url", "callback_url", "scope")
RIGHTS = {
    "read": ("View coupons", "View customers", "View orders and sales reports", "View products"),
    "write": ("Create webhooks", "Create coupons", "Create customers", "Create orders", "Create products"),
    "read_write": (
        "Create webhooks", "View and manage coupons", "View and manage customers", "View and manage orders and sales reports",
        "View and manage products",
    ),
}  # fmt: skip
TIMEOUT = (2, 20)
DEMO = str(demo.SHOPS[NAME]["identifier"])


class Wrong(Exception):
    """The application asks for something that the page refuses."""


@blueprint.errorhandler(Refusal)
def _nobody(error: Refusal) -> tuple[str, int]:
    """A person who typed a wrong address sees the right ones."""
    shown = render_template(
        "woocommerce/nobody.html", shops=shops.all_of(scope(), NAME), home=request.host_url.rstrip("/"),
        demo=(request.view_args or {}).get("store") == DEMO, config=current_app.config["SANDBOX"],
    )  # fmt: skip
    return shown, error.reply.status


@blueprint.errorhandler(Wrong)
def _wrong(error: Wrong) -> tuple[str, int]:
    return render_template("woocommerce/error.html", message=str(error), config=current_app.config["SANDBOX"]), 401


def _asked() -> dict[str, str]:
    """The parameters of the application. Raises Wrong."""
    found = {name: request.args.get(name, "") for name in ASKED}
    for name, value in found.items():
        if not value:
            raise Wrong(f"Missing parameter {name}")
    if found["scope"] not in RIGHTS:
        raise Wrong(f"Invalid scope {found['scope']}")
    for name in ("return_url", "callback_url"):
        if urlsplit(found[name]).scheme not in ("http", "https") or not urlsplit(found[name]).hostname:
            raise Wrong(f"The {name} is not a valid URL")
    if not _is_safe(found["callback_url"]):
        raise Wrong("The callback_url needs to be over SSL")
    return found


def _is_safe(url: str) -> bool:
    """HTTPS, or the application beside this sandbox, which has no certificate."""
    ours = urlsplit(current_app.config["SANDBOX"].app_url)
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme, parts.netloc) == (ours.scheme, ours.netloc)


@blueprint.get("/authorize")
def authorize(store: str) -> str:
    """The page with Approve and Deny."""
    shop, asked = known(store), _asked()
    return render_template(
        "woocommerce/authorize.html", shop=shop, asked=asked, rights=RIGHTS[asked["scope"]], nonce=_nonce(store, asked),
        config=current_app.config["SANDBOX"],
    )  # fmt: skip


@blueprint.post("/authorize")
def open_demo(store: str) -> AnyResponse:
    """The demo's address has a shop as soon as somebody wants it."""
    if store != DEMO:
        known(store)
    here = scope()
    with here.state.transaction():
        demo.fill(here, NAME)
    return redirect(request.full_path, 303)


@blueprint.post("/access_granted")
def granted(store: str) -> AnyResponse:
    """Approved: a key is made and posted to the application; only when it answers 200 does the person go back."""
    shop, asked = known(store), _asked()
    if not hmac.compare_digest(request.form.get("wc_auth_nonce", "").encode(), _nonce(store, asked).encode()):
        raise Wrong("Invalid nonce verification")
    inside = shops.scope_of(scope(), shop)
    with inside.state.transaction():
        made = keys.make(inside, asked["scope"], asked["user_id"], asked["app_name"])
    problem = _post(asked["callback_url"], made)
    if problem:
        with inside.state.transaction():
            keys.remove(inside, made["key_id"])
        raise Wrong(
            f"An error occurred in the request and at the time were unable to send the consumer data. {problem}"
        )
    return redirect(_back(asked, "1"), 303)


@blueprint.post("/access_denied")
def denied(store: str) -> AnyResponse:
    """Denied: the person goes back, and nobody gets anything."""
    known(store)
    return redirect(_back(_asked(), "0"), 303)


def _post(url: str, made: Doc) -> str:
    """What went wrong, if anything. No lock is held: the application reads the shop before it answers."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url, json=made, headers={"User-Agent": AGENT}, timeout=TIMEOUT, allow_redirects=False
            )  # fmt: skip
    except requests.RequestException as error:
        return f"{type(error).__name__}."
    return "" if answer.status_code == 200 else f"It answered {answer.status_code}."


def _back(asked: dict[str, str], success: str) -> str:
    separator = "&" if urlsplit(asked["return_url"]).query else "?"
    return f"{asked['return_url']}{separator}{urlencode({'success': success, 'user_id': asked['user_id']})}"


def _nonce(store: str, asked: dict[str, str]) -> str:
    """Proves that the form was shown by this site for these parameters."""
    state = scope().state
    secret = state.setting("woocommerce.nonce")
    if secret is None:
        secret = secrets.token_hex(16)
        state.remember("woocommerce.nonce", secret)
    return hmac.new(secret.encode(), f"{store}|{sorted(asked.items())}".encode(), "sha256").hexdigest()[:20]
