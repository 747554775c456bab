"""What a door was asked: the members of a JSON body or the fields of a form, and the shop and order they speak of."""

import re
from decimal import Decimal
from typing import Any

from flask import Response, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.stripe.amounts import ZERO_DECIMALS
from app.sandbox.stripe.scope import Scope

from . import goods, orders, packing, returning, shops
from .errors import CannotDo
from .store import Doc

NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
YES = ("1", "true", "on", "yes")


def scope(account: str = "") -> Scope:
    """The sandbox's memory, seen from an account."""
    return Scope(current_app.extensions["sandbox.state"], current_app.config["SANDBOX"], account)


def wish() -> Doc:
    """The members of a JSON body, or the fields of a form. Raises CannotDo."""
    body = request.get_json() if request.is_json else request.form.to_dict()
    if not isinstance(body, dict):
        raise CannotDo("The body must be a JSON object.")
    return body


def whole(given: Doc, name: str, default: int = 0) -> int:
    """A whole number of the wish. Raises CannotDo."""
    value = given.get(name, "")
    if value in ("", None):
        return default
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise CannotDo(f"{name.replace('_', ' ')} must be a whole number, not {value!r}.") from error


def amount(given: Doc, name: str, currency: str) -> int:
    """An amount in minor units: JSON brings it so, in a form it is typed in major ones. Raises CannotDo."""
    if request.is_json:
        return whole(given, name)
    typed = str(given.get(name, "")).strip().replace(",", ".") or "0"
    minor = (
        Decimal(typed) * (1 if currency.lower() in ZERO_DECIMALS else 100)
        if NUMBER.fullmatch(typed)
        else Decimal("0.5")
    )
    if minor != minor.to_integral_value():
        raise CannotDo(f"{name.replace('_', ' ').capitalize()} must be an amount such as 6.00, not {typed!r}.")
    return int(minor)


def yes(given: Doc, name: str, default: bool = False) -> bool:
    """A yes or no of the wish."""
    value = given.get(name, default)
    return value if isinstance(value, bool) else str(value).lower() in YES


def shop_of(platform: str, shop_id: str) -> Doc:
    """The shop; raises CannotDo (unknown)."""
    shop = shops.get(scope(), platform, shop_id)
    if shop is None:
        raise CannotDo(f"There is no shop {shop_id} at {shops.NAMES.get(platform, platform)}.", "unknown")
    return shop


def product_of(shop: Doc, product_id: object) -> Doc:
    """The product; raises CannotDo (unknown)."""
    product = goods.get(scope(), shop, product_id)
    if product is None:
        raise CannotDo(f"There is no product {product_id}.", "unknown")
    return product


def order_of(shop: Doc, order_id: object) -> Doc:
    """The order; raises CannotDo (unknown)."""
    order = orders.get(scope(), shop, order_id)
    if order is None:
        raise CannotDo(f"There is no order {order_id}.", "unknown")
    return order


def lines_of(order: Doc, given: Doc) -> list[Doc] | None:
    """[{line, quantity}] of `lines`, or of a form's `line` and `quantity`; None for everything."""
    if given.get("lines"):
        return [{"line": one["line"], "quantity": int(one["quantity"])} for one in given["lines"]]
    if given.get("line"):
        line = orders.line_of(order, given["line"])
        return [{"line": line["id"], "quantity": whole(given, "quantity", orders.active(line))}]
    return None


def return_of(order: Doc, given: Doc) -> str:
    """The id of the return that is meant: `return`, or the newest. Raises CannotDo (unknown)."""
    if given.get("return"):
        return str(returning.of(order, given["return"])["id"])
    if not order["returns"]:
        raise CannotDo(f"Order {order['number']} has no return.", "unknown")
    return str(order["returns"][-1]["id"])


def package_of(order: Doc, given: Doc) -> str:
    """The id of the package that is meant: `package`, or the only one. Raises CannotDo."""
    return str(packing.of(order, str(given.get("package", "")))["id"])


def done(body: Any) -> AnyResponse:
    """JSON for a caller, the page they came from for a person."""
    if request.is_json or not request.form:
        return jsonify(body)
    return redirect(_back(), 303)


def _back() -> str:
    """A path of these pages only, never another host's."""
    back = request.form.get("back", "/market")
    return back if back.startswith("/market") and "//" not in back and "\\" not in back else "/market"


def refused(error: ValueError) -> tuple[Response | str, int]:
    """404 for what is not there, 400 for what cannot be done; a page for a person."""
    code = getattr(error, "code", "given")
    status = 404 if code == "unknown" else 409 if code not in ("given", "range") else 400
    if request.form and not request.is_json:
        return render_template("stripe/refused.html", message=str(error), back=_back()), status
    return jsonify({"error": {"message": str(error), "code": code}}), status
