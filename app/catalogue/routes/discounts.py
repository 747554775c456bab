"""Discount codes: the list with each one's state in words, a form for new ones, and a page for each."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import flash, request

from app.catalogue import actions, codes, forms, queries, seen
from app.catalogue.actions import Offer
from app.catalogue.models import Discount, Shop
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import carry, expect
from app.core import db
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import parse, show

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_SHOP_WRITE
PAGE = 50


@blueprint.get("/w/<workspace>/discounts")
@requires(READ)
def discounts() -> str:
    view, q = request.args.get("view", ""), request.args.get("q", "").strip()[:40]
    rows = codes.page(view, q, forms.cursor(request.args.get("after", "")), PAGE + 1)
    found = rows[:PAGE]
    return render.page(
        "catalogue/discounts.html",
        discounts=found,
        shops={shop.id: shop for shop in queries.shops()},
        titles=codes.titles(found),
        codes=codes,
        counts=codes.counts(),
        view=view if view in codes.VIEWS else "",
        q=q,
        base=f"/w/{member().slug}/discounts",
        next_url=_next(view, q, rows),
        now=db.now(),
    )


def _next(view: str, q: str, rows: list[Discount]) -> str:
    if len(rows) <= PAGE:
        return ""
    last = rows[PAGE - 1]
    return "?" + urlencode({"view": view, "q": q, "after": f"{last.created_at.isoformat()}~{last.id}"})


@blueprint.get("/w/<workspace>/discounts/new")
@requires(WRITE)
def new_discount() -> str:
    shops = queries.shops()
    shop = _chosen(shops, request.values.get("shop", ""))
    return render.page(
        "catalogue/discount_new.html", shops=shops, **_form(shop, show(forms.NewDiscountForm, kind="percent"), [])
    )


@blueprint.post("/w/<workspace>/discounts")
@requires(WRITE, again=new_discount)
def create_discount() -> object:
    shop = _chosen(queries.shops(), request.form.get("shop", ""))
    if shop is None:
        raise Refused("Choose the shop it is for.", field="shop")
    form = parse(forms.NewDiscountForm)
    offer = forms.offer(form, request.form.getlist("products"), shop.currency)
    made = actions.create_discount(actor(), shop, form.code.data or "", **vars(offer))
    flash(f"{made.code} is made. {codes.standing(made, db.now()).words}", "good")
    return back(f"/w/{member().slug}/discounts")


@blueprint.get("/w/<workspace>/discounts/<uuid:discount_id>")
@requires(READ)
def discount(discount_id: UUID) -> str:
    """Its terms, to be changed, and who used it."""
    row = db.get(Discount, discount_id)
    shop = db.get(Shop, row.shop_id)
    form = show(forms.DiscountForm, **forms.discount_values(row, shop.currency))
    return render.page(
        "catalogue/discount.html",
        discount=row,
        standing=codes.standing(row, db.now()),
        terms=codes.terms(row, shop.currency, codes.titles([row])),
        uses=codes.uses(row.id),
        carried=carry("discount", seen.discount(row)),
        **_form(shop, form, [str(one) for one in row.product_ids]),
    )


@blueprint.post("/w/<workspace>/discounts/<uuid:discount_id>")
@requires(WRITE, again=discount)
def save_discount(discount_id: UUID) -> object:
    row = db.lock(db.get(Discount, discount_id))
    form, shop = parse(forms.DiscountForm), db.get(Shop, row.shop_id)
    offer: Offer = forms.offer(form, request.form.getlist("products"), shop.currency)
    expect("discount", seen.discount(row), row.id)
    actions.update_discount(actor(), shop, row, offer)
    flash(f"{row.code} is saved. {codes.standing(row, db.now()).words}", "good")
    return back(f"/w/{member().slug}/discounts/{row.id}")


@blueprint.post("/w/<workspace>/discounts/<uuid:discount_id>/end")
@requires(WRITE)
def end_discount(discount_id: UUID) -> object:
    row = db.get(Discount, discount_id)
    actions.end_discount(actor(), row)
    flash(f"{row.code} has ended. Orders that used it keep their price.", "good")
    return back(f"/w/{member().slug}/discounts")


def _chosen(shops: list[Shop], raw: str) -> Shop | None:
    return next((shop for shop in shops if str(shop.id) == raw), shops[0] if shops else None)


def _form(shop: Shop | None, form: Any, chosen: list[str]) -> dict[str, Any]:
    return {
        "shop": shop,
        "form": form,
        "products": codes.products(shop.id) if shop else [],
        "chosen": request.form.getlist("products") if request.method == "POST" else chosen,
        "base": f"/w/{member().slug}/discounts",
        "today": db.now().date().isoformat(),
    }
