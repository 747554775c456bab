"""What a site says of itself: its index, its settings, its currency, and the page on which it stands."""

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.market import calls, shops
from app.sandbox.market.calls import Call, Refusal, Reply
from app.sandbox.market.store import Doc

from .talk import NAME, Site, api, decimals, page, refusal, site_of

blueprint = Blueprint("woocommerce_site", __name__, url_prefix=f"/{NAME}/<store>")
HOURS = {"US": -5, "GB": 0, "DE": 1, "ID": 7, "VN": 7, "TH": 7, "SG": 8, "MY": 8, "PH": 8}


def private(shop: Doc) -> Doc:
    """What a new site has of its own: a clock that is not GMT, and no certificate."""
    return {"gmt_offset": HOURS.get(shop["region"], -3), "https": False}


def settings(site: Site) -> dict[str, Any]:
    """The general settings by their ids."""
    shop = site.shop
    return {
        "woocommerce_store_city": "",
        "woocommerce_default_country": shop["region"],
        "woocommerce_calc_taxes": "no",
        "woocommerce_currency": shop["currency"],
        "woocommerce_price_num_decimals": str(decimals(shop)),
    }


@api.on("GET", "/settings/general")
def general(call: Call) -> Reply:
    """The list of general settings."""
    site = site_of(call)
    return Reply([_setting(site, name, value) for name, value in settings(site).items()])


@api.on("GET", "/settings/general/<name>")
def one_setting(call: Call, name: str) -> Reply:
    """One of them."""
    site = site_of(call)
    if name not in settings(site):
        raise refusal(404, "rest_setting_setting_invalid", "Invalid setting.")
    return Reply(_setting(site, name, settings(site)[name]))


def _setting(site: Site, name: str, value: Any) -> Doc:
    label = name.removeprefix("woocommerce_").replace("_", " ").capitalize()
    return {
        "id": name, "label": label, "description": "", "type": "text", "default": "", "tip": "", "value": value,
        "_links": site.links("settings", "general", name),
    }  # fmt: skip


@api.on("GET", "/data/currencies/current")
def currency(call: Call) -> Reply:
    """The currency that the shop sells in."""
    site = site_of(call)
    return Reply({"code": site.shop["currency"], "name": site.shop["currency"], "symbol": "&curren;"})


# --- what everybody sees
def known(store: str) -> Doc:
    """The shop of a site. Raises Refusal 404."""
    shop = shops.get(calls.scope(), NAME, store)
    if shop is None:
        raise page(404)
    return shop


@blueprint.errorhandler(Refusal)
def _no_site(error: Refusal) -> Response:
    reply = error.reply
    return Response(reply.body, reply.status, content_type="text/html; charset=UTF-8")


@blueprint.get("/wp-json/")
@blueprint.get("/wp-json")
def index(store: str) -> Response:
    """Name, address and namespaces, for everybody."""
    shop = known(store)
    home = f"{request.host_url.rstrip('/')}/{NAME}/{store}"
    body = {
        "name": shop["name"], "description": "", "url": home, "home": home, "gmt_offset": shop["private"].get("gmt_offset", 0),
        "timezone_string": "", "namespaces": ["oembed/1.0", "wc/v1", "wc/v2", "wc/v3", "wp/v2"], "authentication": {}, "routes": {},
    }  # fmt: skip
    return jsonify(body)


@blueprint.get("/")
@blueprint.get("")
def front(store: str) -> AnyResponse:
    """The shop itself is played on the marketplace's page."""
    return redirect(f"/market/{NAME}/{known(store)['id']}")
