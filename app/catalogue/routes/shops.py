"""Shops: how they look and what they promise."""

from dataclasses import asdict
from inspect import unwrap
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.catalogue import actions, forms, queries, seen, theme
from app.catalogue.models import Shop
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import carry, expect
from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, changed_elsewhere, member, requires
from app.core.web.forms import parse, show

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_SHOP_WRITE
FIELDS = (
    "name",
    "tagline",
    "about",
    "hue",
    "chroma",
    "radius",
    "font",
    "dispatch_days",
    "refund_policy",
    "delivery_policy",
)


@blueprint.get("/w/<workspace>/shops")
@requires(READ)
def shops() -> str:
    return render.page(
        "catalogue/shops.html",
        shops=queries.shops(),
        counts=queries.listed_counts(),
        base=f"/w/{member().slug}/shops",
    )


@blueprint.get("/w/<workspace>/shops/new")
@requires(WRITE)
def new_shop() -> str:
    return render.page(
        "catalogue/new_shop.html", form=show(forms.ShopForm, currency="USD"), base=f"/w/{member().slug}/shops"
    )


@blueprint.post("/w/<workspace>/shops")
@requires(WRITE, again=new_shop)
def create_shop() -> object:
    form = parse(forms.ShopForm)
    shop = actions.create_shop(
        actor(),
        (form.name.data or "").strip(),
        form.slug.data or "",
        form.currency.data or "USD",
        tagline=form.tagline.data or "",
        about=form.about.data or "",
    )
    return back(f"/w/{member().slug}/shops/{shop.id}")


@blueprint.get("/w/<workspace>/shops/<uuid:shop_id>")
@requires(READ)
def shop(shop_id: UUID) -> str:
    row = db.get(Shop, shop_id)
    form = show(forms.ShopForm, row)
    return render.page(
        "catalogue/shop.html",
        shop=row,
        form=form,
        carried=carry("shop", seen.shop(row)),
        countries=queries.countries(),
        base=f"/w/{member().slug}/shops",
        **_look(row, theme.look(form.hue.data, form.chroma.data, form.radius.data, form.font.data)),
    )


def _look(row: Shop, look: theme.Look) -> dict[str, Any]:
    return {
        "look": look,
        "look_query": "&".join(f"{name}={value}" for name, value in asdict(look).items()),
        "guard": theme.guard(look),
        "samples": [(one, queries.own_picture_url(_first(one), member().slug)) for one in queries.samples(row.id)],
        "here": f"/w/{member().slug}/shops/{row.id}",
    }


def _first(product: Any) -> Any:
    return next((one for one in product.pictures if one.state == "ready"), None)


@blueprint.get("/w/<workspace>/shops/<uuid:shop_id>/look")
@requires(READ)
def look(shop_id: UUID) -> str:
    """The preview alone, for the values in the address; nothing is saved."""
    row, args = db.get(Shop, shop_id), request.args
    wanted = theme.look(args.get("hue"), args.get("chroma"), args.get("radius"), args.get("font"))
    return render.fragment("catalogue/_look.html", shop=row, **_look(row, wanted))


@blueprint.get("/w/<workspace>/shops/look.css")
@requires(READ)
def look_css() -> Response:
    """The colours of a preview. Numbers are clamped and fonts chosen from a list, as in the shop's own sheet."""
    args = request.args
    wanted = theme.look(args.get("hue"), args.get("chroma"), args.get("radius"), args.get("font"))
    response = Response(theme.css(wanted, ".shop-look"), mimetype="text/css")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


@blueprint.post("/w/<workspace>/shops/<uuid:shop_id>")
@requires(WRITE, again=shop)
def save_shop(shop_id: UUID) -> object:
    """Save, or `preview`: show the look with what is typed and save nothing (the way without scripts)."""
    if request.form.get("do") == "preview":
        return unwrap(shop)(shop_id=shop_id)
    row, form = db.lock(db.get(Shop, shop_id)), parse(forms.ShopForm)
    version = request.form.get("version", "")
    changed_elsewhere(row.version, int(version) if version.isdecimal() and not request.form.get("seen") else None)
    expect("shop", seen.shop(row), row.id)
    fields = {name: form[name].data for name in FIELDS if form[name].data is not None}
    toned = (form.chroma.data or 0) > theme.MOST_CHROMA
    actions.update_shop(actor(), row, slug=form.slug.data or row.slug, address=forms.address(request.form), **fields)
    flash("Saved. The colour was toned down, so that words on it can be read." if toned else "Saved.", "good")
    return back(f"/w/{member().slug}/shops/{shop_id}")


@blueprint.post("/w/<workspace>/shops/<uuid:shop_id>/state")
@requires(WRITE, again=shop)
def change_shop_state(shop_id: UUID) -> object:
    change = {"open": actions.open_shop, "close": actions.close_shop}.get(request.form.get("do", ""))
    if change is None:
        raise NotFound
    change(actor(), db.get(Shop, shop_id))
    flash("The shop is open." if request.form["do"] == "open" else "The shop is closed. Nothing can be bought.", "good")
    return back(f"/w/{member().slug}/shops/{shop_id}")
