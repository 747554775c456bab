"""Shops: how they look, what they promise, where they deliver."""

from uuid import UUID

from flask import flash, request

from app.catalogue import actions, forms, queries
from app.catalogue.models import DeliveryZone, Shop
from app.catalogue.routes import blueprint
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.money import parse_money
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
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
ADDRESS = ("line1", "line2", "city", "region", "postcode", "country")


@blueprint.get("/w/<workspace>/shops")
@requires(READ)
def shops() -> str:
    return render.page("catalogue/shops.html", shops=queries.shops(), base=f"/w/{member().slug}/shops")


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
    return render.page(
        "catalogue/shop.html",
        shop=row,
        form=show(forms.ShopForm, row),
        zones=queries.zones(row.id),
        base=f"/w/{member().slug}/shops",
    )


@blueprint.post("/w/<workspace>/shops/<uuid:shop_id>")
@requires(WRITE, again=shop)
def save_shop(shop_id: UUID) -> object:
    """Saved at once; a colour that white text cannot sit on is darkened, and the seller is told."""
    row, form = db.get(Shop, shop_id), parse(forms.ShopForm)
    fields = {name: form[name].data for name in FIELDS if form[name].data is not None}
    address = {name: request.form.get(name, "").strip()[:120] for name in ADDRESS}
    version = request.form.get("version", "")
    actions.update_shop(
        actor(),
        row,
        int(version) if version.isdecimal() else None,
        slug=form.slug.data or row.slug,
        address=address,
        **fields,
    )
    flash("Saved. The colour is darkened where needed, so that white text on it can always be read.", "good")
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


@blueprint.post("/w/<workspace>/shops/<uuid:shop_id>/zones")
@requires(WRITE, again=shop)
def add_zone(shop_id: UUID) -> object:
    """A zone with its first rate."""
    row = db.get(Shop, shop_id)
    name, rate = request.form.get("zone", "").strip()[:60], request.form.get("rate", "").strip()[:60]
    if not name or not rate:
        raise Refused("Name the zone and its first rate.", field="zone")
    price = parse_money(request.form.get("price", ""), row.currency, field="price")
    countries = [code.strip().upper() for code in request.form.get("countries", "").split(",") if code.strip()] or ["*"]
    if any(len(code) != 2 and code != "*" for code in countries):
        raise Refused(
            "Write countries as two letters each, such as GB, FR. Leave it empty for everywhere else.",
            field="countries",
        )
    zone = actions.create_zone(actor(), row, name, countries)
    days = sorted(
        (
            forms.whole(request.form.get("min_days", "2"), "min_days"),
            forms.whole(request.form.get("max_days", "5"), "max_days"),
        )
    )
    actions.create_rate(actor(), zone, rate, price, min_days=days[0], max_days=days[1])
    return back(f"/w/{member().slug}/shops/{shop_id}#delivery")


@blueprint.post("/w/<workspace>/shops/<uuid:shop_id>/zones/<uuid:zone_id>/removal")
@requires(WRITE, again=shop)
def remove_zone(shop_id: UUID, zone_id: UUID) -> object:
    zone = db.get(DeliveryZone, zone_id)
    if zone.shop_id != shop_id:
        raise NotFound
    actions.delete_zone(actor(), zone)
    return back(f"/w/{member().slug}/shops/{shop_id}#delivery")
