"""Checkout: contact, delivery, review on one page; every step is a plain form, and the stock is held meanwhile."""

from uuid import UUID

from flask import Response, flash, redirect, request

from app.core.errors import NotFound, Refused
from app.core.web import access, limits, render
from app.core.web.access import owner_id, public
from app.storefront import actions, countries, forms
from app.storefront.models import Checkout
from app.storefront.queries import checkout as queries
from app.storefront.routes import blueprint, place
from app.storefront.routes.cart import render_cart

TITLES = {"contact": "Contact", "delivery": "Delivery", "review": "Review and pay"}


def show_cart_again(**_: object) -> str:
    return render_cart()


@blueprint.post("/checkout")
@public(again=show_cart_again)
def begin_checkout() -> Response:
    """From the cart: hold everything, then ask who and where to."""
    person = access.viewer()
    known = {"email": person.email, "name": person.name} if person else {}
    actions.begin(place.buyer(), request.form.get("currency", "").upper()[:3], known)
    return access.back("/checkout")


@blueprint.get("/checkout")
@public
def checkout_page() -> Response | str:
    owner = owner_id()
    checkout = queries.open_checkout(owner, lock=True) if owner else None
    if checkout is None:
        return _nothing_open(owner)
    return _page(checkout, request.args.get("step", ""))


@blueprint.get("/checkout/rates")
@public
def delivery_rates() -> Response | str:
    """For the delivery step while carriers are asked: nothing new until they answered or the wait is over."""
    owner = owner_id()
    checkout = queries.open_checkout(owner, lock=True) if owner else None
    if checkout is None:
        return _nothing_open(owner)
    if any(group.asking for group in queries.priced(checkout).groups):
        return Response(status=204)
    return _page(checkout, "delivery")


def show_again(**_: object) -> str:
    """The step whose form was refused, with what was typed."""
    checkout = queries.find(place.buyer(), _asked())
    if checkout is None:
        raise NotFound
    if checkout.state != "open":
        return render.page("storefront/placed.html", checkout=checkout)
    return _page(checkout, request.path.rpartition("/")[2])


@blueprint.post("/checkout/contact")
@public(again=show_again)
def contact() -> Response:
    checkout = _own()
    actions.set_contact(checkout, forms.contact(request.form))
    return access.back("/checkout")


@blueprint.post("/checkout/delivery")
@public(again=show_again)
@limits.limit("60/minute")
def delivery() -> Response:
    """Address and rates; the first press after a new country keeps what was typed and shows that country's form."""
    checkout = _own()
    typed = forms.draft_address(request.form)
    place.remember(typed["country"])
    moved = typed["country"] != request.form.get("shown_country", "")
    typed["gift_note"] = request.form.get("gift_note", "")[: 2 * forms.LONGEST_NOTE]
    if moved or request.form.get("do") == "country":
        actions.set_address(checkout, typed, {})
        return access.back("/checkout?step=delivery")
    rates = {key[5:]: value for key, value in request.form.items() if key.startswith("rate-")}
    checked = forms.address(request.form) | {"gift_note": forms.gift_note(request.form), "checked": "yes"}
    actions.set_address(checkout, checked, rates)
    return access.back("/checkout")


@blueprint.post("/checkout/extension")
@public(again=show_again)
def extend_hold() -> Response:
    checkout = _own()
    actions.extend(checkout)
    flash("Ten more minutes. Take your time.", "success")
    return access.back("/checkout")


@blueprint.post("/checkout/orders")
@public(again=show_again)
@limits.limit("30/minute")
def place_order() -> Response:
    """The pay button: one order group per checkout, however often it is pressed."""
    shown = request.form.get("total", "")
    if not (shown.isascii() and shown.isdigit() and len(shown) <= 15):
        raise Refused(
            "We could not read the total on the button. Nothing was charged; look at it again and press once more."
        )
    group_id = actions.place(place.buyer(), _asked(), int(shown))
    return access.back(f"/checkout/{group_id}")


def _asked() -> UUID:
    """The checkout that the form was made for; someone else's or none at all looks missing."""
    try:
        return UUID(request.form.get("checkout", ""))
    except ValueError as error:
        raise NotFound from error


def _own() -> Checkout:
    """The open checkout of the form. Raises NotFound; a placed one is sent on by `show_again`."""
    checkout = queries.find(place.buyer(), _asked(), lock=True)
    if checkout is None:
        raise NotFound
    if checkout.state != "open":
        raise Refused("This checkout was already placed. Nothing was changed.")
    return checkout


def _nothing_open(owner: UUID | None) -> Response | str:
    unfinished = queries.unfinished_payment(owner)
    return redirect(f"/checkout/{unfinished.reference_id}" if unfinished else "/cart", 303)  # type: ignore[return-value]


def _page(checkout: Checkout, asked: str) -> str:
    held = actions.keep(checkout)
    country = str(checkout.address.get("country") or "") or place.country()
    view = held.view if held.view.country == country else queries.priced(checkout, country)
    if actions.ask_carriers(checkout, view):
        view = queries.priced(checkout, country)
    step = queries.step_of(checkout, view, asked)
    steps = [key for key in queries.STEPS if key != "delivery" or view.ships]
    return render.page(
        "storefront/checkout.html",
        checkout=checkout,
        cart=view,
        held=held,
        step=step,
        steps=[(key, TITLES[key]) for key in steps],
        number=steps.index(step) + 1,
        typed=_typed(checkout, step),
        country=country,
        format=countries.address_format(country),
        regions=[(code, code) for code in countries.address_format(country).regions],
        countries=countries.names(),
        country_name=countries.name(country),
    )


def _typed(checkout: Checkout, step: str) -> dict[str, str]:
    """What stands in the step's fields: a refused form's words, else what was saved, else what is known already."""
    if request.method == "POST" and request.path.endswith(step):
        return {key: str(value) for key, value in request.form.items()}
    if step == "contact":
        return checkout.contact
    return {"name": checkout.contact.get("name", "")} | {key: text for key, text in checkout.address.items() if text}
