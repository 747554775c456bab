"""Discount codes."""

from uuid import UUID

from flask import flash, request

from app.catalogue import actions, forms, queries
from app.catalogue.models import Discount
from app.catalogue.routes import blueprint
from app.core import db
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import parse, show

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_SHOP_WRITE


@blueprint.get("/w/<workspace>/discounts")
@requires(READ)
def discounts() -> str:
    shops = {shop.id: shop for shop in queries.shops()}
    return render.page(
        "catalogue/discounts.html",
        discounts=queries.discounts(),
        shops=shops,
        form=show(forms.DiscountForm),
        base=f"/w/{member().slug}/discounts",
        now=db.now(),
    )


@blueprint.post("/w/<workspace>/discounts")
@requires(WRITE, again=discounts)
def create_discount() -> object:
    form = parse(forms.DiscountForm)
    shop = next((one for one in queries.shops() if str(one.id) == request.form.get("shop")), None)
    if shop is None:
        raise Refused("Choose the shop it is for.", field="shop")
    kind = form.kind.data or "percent"
    actions.create_discount(
        actor(),
        shop,
        form.code.data or "",
        kind,
        forms.discount_value(kind, form.value.data or "", shop.currency),
        max_uses=form.max_uses.data,
        once_per_buyer=bool(form.once_per_buyer.data),
        ends_at=forms.last_moment(form.ends_on.data or ""),
    )
    flash("The code works from now on.", "good")
    return back(f"/w/{member().slug}/discounts")


@blueprint.post("/w/<workspace>/discounts/<uuid:discount_id>/end")
@requires(WRITE)
def end_discount(discount_id: UUID) -> object:
    actions.end_discount(actor(), db.get(Discount, discount_id))
    flash("The code has ended.", "good")
    return back(f"/w/{member().slug}/discounts")
