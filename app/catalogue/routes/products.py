"""The product list and new products."""

from typing import Any

from flask import request

from app.catalogue import actions, forms, queries
from app.catalogue.models import Shop
from app.catalogue.routes import blueprint
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import parse, show

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_PRODUCT_WRITE
STATES = {"": "All", "listed": "Listed", "draft": "Drafts", "archived": "Archived"}
PAGE = 50


@blueprint.get("/w/<workspace>/products")
@requires(READ)
def products() -> str:
    """Last changed first; tabs, search and page in the address."""
    state = request.args.get("state", "") if request.args.get("state", "") in STATES else ""
    q = request.args.get("q", "").strip()[:100]
    rows = queries.products(state, q, forms.cursor(request.args.get("after", "")), PAGE + 1)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return render.page(
        "catalogue/products.html",
        products=rows[:PAGE],
        state=state,
        q=q,
        counts=queries.product_counts(),
        states=STATES,
        base=_base(),
        after=f"{last.updated_at.isoformat()}~{last.id}" if last else "",
        picture=_picture,
    )


@blueprint.get("/w/<workspace>/products/new")
@requires(WRITE)
def new_product() -> str:
    shops = queries.shops()
    chosen = _shop(request.form.get("shop", ""), shops)
    currency = chosen.currency if chosen else "USD"
    newest = queries.newest_product(chosen.id) if chosen else None
    return render.page(
        "catalogue/new_product.html",
        shops=shops,
        form=show(forms.NewProductForm),
        chosen=chosen,
        currency=currency,
        kind=newest.kind if newest else "physical",
        base=_base(),
    )


@blueprint.post("/w/<workspace>/products")
@requires(WRITE, again=new_product)
def create_product() -> object:
    shop = _shop(request.form.get("shop", ""), queries.shops())
    if shop is None:
        raise Refused("Open a shop first; products belong to one.", field="shop")
    form = parse(forms.NewProductForm, currency=shop.currency)
    kind = form.kind.data or "physical"
    product = actions.create_product(
        actor(),
        shop,
        (form.title.data or "").strip(),
        ships=forms.ships(kind),
        downloads=forms.downloads(kind),
        price=form.price.data,  # type: ignore[arg-type]
    )
    return back(f"{_base()}/{product.id}")


def _shop(raw: str, shops: list[Shop]) -> Shop | None:
    return next((shop for shop in shops if str(shop.id) == raw), shops[0] if shops else None)


def _base() -> str:
    return f"/w/{member().slug}/products"


def _picture(product: Any) -> str:
    ready = next((one for one in product.pictures if one.state == "ready"), None)
    return queries.own_picture_url(ready, member().slug)
