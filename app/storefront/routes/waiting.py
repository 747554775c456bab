"""«Notify me when it is back»: asked on the product's page, confirmed and stopped from the mail."""

from flask import Response, flash, request

from app.catalogue.queries import shop_by_slug
from app.core.web import access, limits, render
from app.core.web.access import public
from app.storefront import actions, forms
from app.storefront.queries import pages
from app.storefront.routes import blueprint
from app.storefront.routes.product import product as product_page
from app.storefront.routes.product import show


@blueprint.post("/s/<shop>/<product>/alerts")
@limits.limit("10/minute;60/day")
@public(again=product_page)
def wait_for(shop: str, product: str) -> Response | str:
    """The answer is the same whether or not the address waited before."""
    row = pages.listed_product(shop_by_slug(shop), product)
    email, person = forms.email(request.form), access.viewer()
    proven = person is not None and person.email.lower() == email.lower()
    actions.wait_for(row.workspace_id, forms.identifier(request.form.get("variant"), "variant"), email, proven=proven)
    if render.is_htmx():
        return show(shop, product, waiting="proven" if proven else email)
    flash(
        f"We write to {email} when it is back." if proven else f"Almost done: confirm the link we sent to {email}.",
        "success",
    )
    return access.back(f"/s/{shop}/{product}?variant={request.form.get('variant', '')}")


@blueprint.get("/alerts/<token>")
@public
def alert(token: str) -> str:
    """From the mail: a button confirms, so that a mail scanner that follows links does not."""
    return render.page("storefront/alert.html", token=token, done="")


@blueprint.post("/alerts/<token>/confirmation")
@public(again=alert)
def confirm_wait(token: str) -> str:
    actions.confirm_wait(token)
    return render.page("storefront/alert.html", token=token, done="confirmed")


@blueprint.post("/alerts/<token>/removal")
@public(again=alert)
def stop_waiting(token: str) -> str:
    actions.stop_waiting(token)
    return render.page("storefront/alert.html", token=token, done="stopped")
