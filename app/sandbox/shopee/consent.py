"""The page on which a seller says yes: for one shop, or with the main account for all of them."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from flask import Blueprint, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.market import apps, demo, shops
from app.sandbox.market.calls import Refusal, scope
from app.sandbox.market.store import Doc

from . import news, tokens
from .dialect import check_app, sign, signed_path
from .styles import NAME

MAIN_ACCOUNT = "19000"
blueprint = Blueprint("shopee_consent", __name__, url_prefix=f"/{NAME}/api/v2/shop")


class Untrusted(Exception):
    """The link itself is not in order: nobody is sent anywhere."""


@blueprint.errorhandler(Untrusted)
def _untrusted(error: Untrusted) -> tuple[str, int]:
    return render_template("shopee/refused.html", message=str(error)), 403


@blueprint.get("/auth_partner")
def choose() -> str:
    """Which shop the application may speak for."""
    _checked()
    return _page()


@blueprint.post("/auth_partner")
def decide() -> AnyResponse | tuple[str, int]:
    """`pick` a shop or `main`, and press `decision` allow or deny; `demo` opens the demo shop first."""
    target = _checked()
    if "demo" in request.form:
        return _demo()
    if request.form.get("decision") != "allow":
        return redirect(target, 303)
    here, picked = scope(NAME), request.form.get("pick", "")
    chosen = _shops() if picked == "main" else [one for one in _shops() if one["id"] == picked]
    if not chosen:
        return _page("Choose a shop first."), 422
    main = MAIN_ACCOUNT if picked == "main" else ""
    with here.state.transaction():
        code = tokens.consent(here, [one["id"] for one in chosen], main)
        for shop in chosen:
            news.authorised(here, shop)
    back = {"code": code, **({"main_account_id": main} if main else {"shop_id": chosen[0]["id"]})}
    return redirect(_with(target, back), 303)


def _demo() -> AnyResponse:
    here = scope(NAME)
    with here.state.transaction():
        demo.fill(here, NAME)
    return redirect(request.url, 303)


def _page(problem: str = "") -> str:
    return render_template(
        "shopee/consent.html",
        shops=_shops(),
        problem=problem,
        config=current_app.config["SANDBOX"],
        main=len(_shops()) > 1,
    )


def _shops() -> list[Doc]:
    return [one for one in shops.all_of(scope(NAME), NAME) if not one["suspended"]]


def _checked() -> str:
    """The address to go back to. Raises Untrusted: a link that is unsigned, older than five minutes, or leads elsewhere."""
    args = request.args
    try:
        check_app(args.get("partner_id"), args.get("timestamp"), args.get("sign"))
    except Refusal as error:
        raise Untrusted(error.reply.body["message"]) from error
    if sign(f"{args['partner_id']}{signed_path()}{args['timestamp']}") != args["sign"]:
        raise Untrusted("Wrong sign.")
    target, registered = args.get("redirect", ""), apps.get(scope(NAME), NAME)["redirect"]
    if urlsplit(target)[:2] != urlsplit(registered)[:2]:
        raise Untrusted("The redirect URL is not in the domain that is registered for this app.")
    return target


def _with(address: str, more: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return urlunsplit((*parts[:3], query, parts[4]))
