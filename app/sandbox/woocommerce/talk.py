"""How a WordPress site speaks: errors, pages of hosts, moments in two times, money with the shop's decimals."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import Any

from flask import Blueprint, request

from app.sandbox.market import calls, shops
from app.sandbox.market.calls import Call, Dialect, Handler, Refusal, Reply
from app.sandbox.market.errors import CannotDo
from app.sandbox.market.store import Doc
from app.sandbox.stripe.amounts import THREE_DECIMALS, ZERO_DECIMALS
from app.sandbox.stripe.scope import Scope

from . import proof

NAME = "woocommerce"
API = "wp-json/wc/v3"
BROKEN = "<p>There has been a critical error on this website.</p>"
PAGES = {
    429: ("Too Many Requests", "The firewall of this host is tired of you."),
    503: ("Briefly unavailable for scheduled maintenance", "Check back in a minute."),
}


def refusal(status: int, code: str, message: str, **data: Any) -> Refusal:
    """`{"code", "message", "data": {"status", …}}`."""
    return Refusal(status, {"code": code, "message": message, "data": {"status": status, **data}})


def invalid(name: str, words: str) -> Refusal:
    """400: a parameter makes no sense."""
    return refusal(400, "rest_invalid_param", f"Invalid parameter(s): {name}", params={name: words})


def no_id(noun: str) -> Refusal:
    """404: there is no such object."""
    return refusal(404, f"woocommerce_rest_{noun}_invalid_id", "Invalid ID.")


def page(status: int) -> Refusal:
    """What the host or its firewall says instead of WordPress: HTML."""
    title, words = PAGES.get(status, ("Not Found", "There is no site here."))
    body = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1><p>{words}</p></body></html>"
    return Refusal(status, body.encode(), Content_Type="text/html; charset=UTF-8")


def _refuse(status: int) -> Refusal:
    if status == 400:
        return refusal(400, "rest_invalid_json", "Invalid JSON body passed.", json_error_code=4)
    if status == 500:
        return refusal(500, "internal_server_error", BROKEN)
    return page(status)


def _cannot(error: CannotDo) -> Refusal:
    return refusal(400, f"woocommerce_rest_{error.code}", str(error))


def _key() -> str:
    """Whose request it is. Raises Refusal: no such site, no right."""
    inside = calls.scope()
    shop = shops.get(inside, NAME, (request.view_args or {})["store"])
    if shop is None:
        raise page(404)
    try:
        proof.check(shops.scope_of(inside, shop), shop, request)
    except proof.Denied as error:
        raise refusal(401, error.code, str(error)) from error
    return f"{NAME}:{shop['id']}"


class Door(calls.Door):
    """Handlers do not see which store it is: their scope is."""

    def on(self, method: str, path: str) -> Callable[[Handler], Handler]:
        outer = super().on(method, path)

        def register(handler: Handler) -> Handler:
            @wraps(handler)
            def inside(call: Call, store: str, **values: str) -> Reply:
                if call.fault == "503":
                    raise page(503)
                return handler(call, **values)

            outer(inside)
            return handler

        return register


blueprint = Blueprint(NAME, __name__, url_prefix=f"/{NAME}/<store>/{API}")
api = Door(blueprint, Dialect(NAME, _key, _refuse, cannot=_cannot))


def _nowhere(call: Call, **_: str) -> Reply:
    raise refusal(404, "rest_no_route", "No route was found matching the URL and request method")


for _method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
    api.on(_method, "/<path:anything>")(_nowhere)


@dataclass(frozen=True)
class Site:
    """A shop as its pages and answers show it; `home` is its address as the caller wrote it, without a slash at the end."""

    scope: Scope
    shop: Doc
    home: str

    @property
    def offset(self) -> timedelta:
        """How far the site's own time is from GMT."""
        return timedelta(hours=float(self.shop["private"].get("gmt_offset", 0)))

    def dates(self, **moments: int | None) -> Doc:
        """Each moment twice: by the site's clock and, as `…_gmt`, by GMT; neither says which."""
        found: Doc = {}
        for name, at in moments.items():
            utc = None if at is None else datetime.fromtimestamp(at, UTC)
            found[name] = None if utc is None else written(utc + self.offset)
            found[f"{name}_gmt"] = None if utc is None else written(utc)
        return found

    def money(self, minor: int) -> str:
        """An amount with as many decimals as the shop has chosen."""
        value = Decimal(minor).scaleb(-exponent(self.shop["currency"]))
        return f"{value:.{decimals(self.shop)}f}"

    def minor(self, amount: Any, name: str) -> int:
        """An amount as it was given. Raises Refusal 400."""
        try:
            value = Decimal(str(amount))
            if not value.is_finite() or abs(value) > 10**12:
                raise InvalidOperation
        except InvalidOperation as error:
            raise invalid(name, f"{name} is not a number.") from error
        return round(value.scaleb(exponent(self.shop["currency"])))

    def links(self, *path: object, **more: str) -> Doc:
        """`_links` of an object at this path below the API."""
        base = f"{self.home}/{API}"
        whole = "/".join(str(part) for part in path)
        listed = "/".join(str(part) for part in path[:-1])
        found = {"self": f"{base}/{whole}", "collection": f"{base}/{listed}", **more}
        return {name: [{"href": url}] for name, url in found.items()}


def site_of(call: Call) -> Site:
    """The site that a call is about."""
    return site_in(call.scope, call.base)


def site_in(scope: Scope, base: str) -> Site:
    """The site that a scope is inside, reached at this address of the sandbox."""
    shop = shops.of_scope(scope)
    return Site(scope, shop, f"{base}/{NAME}/{shop['id']}")


def written(at: datetime) -> str:
    """A moment as WordPress writes it: no zone, no part of a second."""
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def exponent(currency: str) -> int:
    """Decimals that the currency has."""
    name = currency.lower()
    return 0 if name in ZERO_DECIMALS else 3 if name in THREE_DECIMALS else 2


def decimals(shop: Doc) -> int:
    """Decimals that the shop writes: its own setting."""
    return int(shop["private"].get("decimals", exponent(shop["currency"])))
