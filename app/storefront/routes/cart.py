"""The cart: grouped by shop, every change is one small form."""

from uuid import UUID

from flask import Response, request

from app.core.web import access, limits, render
from app.core.web.access import owner_id, public
from app.storefront import actions, countries, forms
from app.storefront.queries.cart import CartView, cart
from app.storefront.queries.checkout import unfinished_payment
from app.storefront.routes import blueprint, place


def current() -> CartView:
    return cart(owner_id(), place.country())


@blueprint.get("/cart")
@public
def cart_page() -> str:
    return render_cart()


def render_cart() -> str:
    country = place.country()
    return render.page(
        "storefront/cart.html",
        cart=cart(owner_id(), country),
        pending=unfinished_payment(owner_id()),
        country=country,
        country_name=countries.name(country),
        countries=countries.names(),
        swapped=request.method == "POST" and render.is_htmx(),
    )


def show_again(**_: object) -> str:
    """The cart once more after a refused change, whatever the change's address named."""
    return render_cart()


@blueprint.post("/cart/items/<uuid:item_id>")
@public(again=show_again)
def change_item(item_id: UUID) -> Response | str:
    quantity = forms.quantity(request.form.get("quantity"), f"quantity-{item_id}")
    actions.change(place.buyer(), item_id, quantity)
    return _changed()


@blueprint.post("/cart/items/<uuid:item_id>/removal")
@public
def remove_item(item_id: UUID) -> Response | str:
    actions.remove(place.buyer(), item_id)
    return _changed()


@blueprint.post("/cart/adjustment")
@public
def adjust_cart() -> Response | str:
    """Make the cart what can be had."""
    actions.adjust(place.buyer(), current())
    return _changed()


@blueprint.post("/cart/codes")
@limits.limit("20/minute;200/day")
@public(again=cart_page)
def add_code() -> Response | str:
    shop_id = forms.identifier(request.form.get("shop"), "shop")
    actions.set_code(place.buyer(), shop_id, request.form.get("discount", ""), current())
    return _changed()


@blueprint.post("/cart/codes/removal")
@public
def drop_code() -> Response | str:
    actions.drop_code(place.buyer(), forms.identifier(request.form.get("shop"), "shop"))
    return _changed()


def _changed() -> Response | str:
    """The cart's own block for htmx; without it back to where the form was."""
    if render.is_htmx():
        return render_cart()
    return access.back("/checkout" if request.form.get("from") == "checkout" else "/cart")
