"""Shipping one order: its parcels, their rates, labels and way."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import flash, request

from app.core import db
from app.core.errors import Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import identifier, parse
from app.orders import queries as order_queries
from app.orders.models import Order
from app.shipping import carrier, forms, imposing, progress, queries, rules, words
from app.shipping.actions import addresses, buying, parcels, quoting, tracking
from app.shipping.models import CarrierAccount, Parcel, ParcelQuote
from app.shipping.routes import blueprint

READ, WRITE = Permission.SHIPPING_PARCEL_READ, Permission.SHIPPING_LABEL_BUY


def base() -> str:
    return f"/w/{member().slug}/shipping"


def page_of(order: Order) -> str:
    return f"{base()}/orders/{order.number}"


@blueprint.get("/w/<workspace>/shipping/orders/<int:number>")
@requires(READ)
def order(number: int) -> str:
    """The order's parcels; the order's own page shows the same block."""
    return render.page("shipping/order.html", **shown(order_queries.order_by_number(number)))


def shown(row: Order) -> dict[str, Any]:
    found = queries.parcels_of(row.id)
    labels = queries.labels_of(parcel.id for parcel in found)
    before, after = order_queries.neighbours(row, order_queries.Filters(view="ready"))
    accounts = {account.id: account for account in queries.accounts()}
    return {
        "order": row,
        "parcels": found,
        "contents": queries.contents(found),
        "labels": labels,
        "offers": {one.id: queries.offers(one.id, parcels.fingerprint(one)) for one in found if one.state == "draft"},
        "choices": _choices([one for one in found if one.state == "draft"]),
        "quotes": {one.id: queries.quotes_of(one.id) for one in found if one.state == "draft"},
        "scans": {one.id: queries.scans(one.id) for one in found if one.state not in ("draft", "labelled")},
        "accounts": accounts,
        "profiles": carrier.profiles(),
        "packages": queries.packages(),
        "left": queries.unpacked(row.id),
        "lines": {line.id: line for line in row.lines},
        "problems": {one.id: addresses.problem(one) for one in found if one.state == "draft"},
        "fresh": _fresh,
        "forms": {one.id: _form(one) for one in found if one.state == "draft"},
        "sheets": imposing.SHEETS,
        "sheet": parcels.settings_of().label_sheet,
        "tracking_page": queries.tracking_page,
        "signs": forms.SIGNS,
        "words": words,
        "ways": progress.ways([row.id]),
        "before": before,
        "after": after,
        "base": base(),
        "here": page_of(row),
        "order_url": f"/w/{member().slug}/orders/{row.number}",
        "live_topics": f"order:{row.id}",
        "now": db.now(),
    }


def _choices(planned: Sequence[Parcel]) -> dict[UUID, rules.Choice]:
    """Per parcel the rate that the service rules would take, and why."""
    known = queries.service_rules() if planned else []
    return {
        one.id: rules.choose(rules.first(known, queries.facts(one)), queries.offers(one.id, parcels.fingerprint(one)))
        for one in planned
    }


def _fresh(quote: ParcelQuote, parcel: Parcel) -> bool:
    return quote.fingerprint == parcels.fingerprint(parcel)


def _form(parcel: Parcel) -> forms.ParcelForm:
    if request.method == "POST" and request.view_args and request.view_args.get("parcel_id") == parcel.id:
        typed = forms.ParcelForm(request.form, currency=parcel.currency)
        typed.validate()
        return typed
    return forms.ParcelForm(obj=parcel, insured=parcel.insured, currency=parcel.currency)


def order_of(parcel_id: UUID, **_: Any) -> str:
    """The page once more after a refusal on one of its parcels."""
    return render.page("shipping/order.html", **shown(db.get(Order, db.get(Parcel, parcel_id).order_id)))


@blueprint.post("/w/<workspace>/shipping/orders/<int:number>/parcels")
@requires(WRITE, again=order)
def pack(number: int) -> Any:
    """Put what is left, or the typed units, into a new parcel and ask for rates."""
    row = order_queries.order_by_number(number)
    typed = forms.quantities(queries.unpacked(row.id), request.form)
    parcel = parcels.pack(actor(), row, typed or None)
    _ask(parcel)
    return back(page_of(row))


def _ask(parcel: Parcel) -> None:
    """Ask for rates; what stands in the way is said on the page instead of failing the packing."""
    addresses.ask_check(parcel)
    try:
        if not quoting.ask(parcel):
            flash("The parcel is packed. Connect a carrier, or «Own label», to get a label for it.", "info")
    except parcels.CannotShip as refused:
        flash(refused.message, "warn")


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>")
@requires(WRITE, again=order_of)
def change(parcel_id: UUID) -> Any:
    """Weight, size, insurance, signature: changed, and rates asked for again."""
    parcel = db.get(Parcel, parcel_id)
    typed = parse(forms.ParcelForm, currency=parcel.currency)
    chosen = typed.package_id.data
    package_id = identifier(chosen, "package_id") if chosen and chosen != "none" else None
    parcel = parcels.change(
        actor(),
        parcel,
        typed.version.data or 0,
        package_id=package_id if package_id != parcel.package_id else None,
        weight_g=typed.weight_g.data,
        insured_minor=typed.insured.data.minor if typed.insured.data else 0,
        signature=typed.signature.data,
        **({} if package_id else {name: typed[name].data for name in ("length_mm", "width_mm", "height_mm")}),
    )
    _ask(parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/address")
@requires(WRITE, again=order_of)
def readdress(parcel_id: UUID) -> Any:
    """A corrected address for this parcel alone; the order keeps what the buyer wrote."""
    parcel = db.get(Parcel, parcel_id)
    version = request.form.get("version", type=int, default=0)
    parcels.change(actor(), parcel, version, recipient={**parcel.recipient, **forms.place(request.form)})
    _ask(parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/address/answer")
@requires(WRITE, again=order_of)
def answer_address(parcel_id: UUID) -> Any:
    """Take the carrier's spelling, or keep the buyer's."""
    parcel = db.get(Parcel, parcel_id)
    if request.form.get("answer") == "accept":
        addresses.accept(actor(), parcel, request.form.get("version", type=int, default=0))
    else:
        addresses.keep(actor(), parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/rates")
@requires(WRITE, again=order_of)
def rates(parcel_id: UUID) -> Any:
    parcel = db.get(Parcel, parcel_id)
    quoting.forget(parcel)
    _ask(parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/split")
@requires(WRITE, again=order_of)
def split(parcel_id: UUID) -> Any:
    """Move the typed units into a second parcel."""
    parcel = db.get(Parcel, parcel_id)
    lines = [UUID(entry["line_id"]) for entry in parcel.contents]
    second = parcels.split(actor(), parcel, forms.quantities(lines, request.form))
    _ask(parcel)
    _ask(second)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/unpacking")
@requires(WRITE, again=order_of)
def unpack(parcel_id: UUID) -> Any:
    parcel = db.get(Parcel, parcel_id)
    parcels.discard(actor(), parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/labels")
@requires(WRITE, again=order_of)
def buy(parcel_id: UUID) -> Any:
    """Buy the chosen rate at the price that the page showed. Pressed twice it is bought once."""
    parcel = db.get(Parcel, parcel_id)
    account_id, rate_id, shown_minor = _picked(request.form.get("rate", ""))
    buying.order_label(
        actor(),
        parcel,
        db.get(CarrierAccount, account_id),
        rate_id,
        shown_minor,
        tracking_number=request.form.get("tracking_number", "")[:80],
    )
    return back(page_of(db.get(Order, parcel.order_id)))


def _picked(raw: str) -> tuple[UUID, str, int]:
    """`account|price|rate`, as the radio buttons send it."""
    account, _, rest = raw.partition("|")
    price, _, rate = rest.partition("|")
    try:
        return UUID(account), rate, int(price)
    except ValueError as error:
        raise Refused("Choose one of the rates first. Nothing was bought.", field="rate") from error


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/handover")
@requires(WRITE, again=order_of)
def hand_over(parcel_id: UUID) -> Any:
    """It left the house: the units count as sent and the buyer gets the tracking page."""
    parcel = db.get(Parcel, parcel_id)
    parcels.hand_over(actor(), parcel)
    return back(page_of(db.get(Order, parcel.order_id)))


@blueprint.post("/w/<workspace>/shipping/parcels/<uuid:parcel_id>/outcome")
@requires(WRITE, again=order_of)
def outcome(parcel_id: UUID) -> Any:
    parcel = db.get(Parcel, parcel_id)
    tracking.settle_by_hand(actor(), parcel, request.form.get("outcome", ""))
    return back(page_of(db.get(Order, parcel.order_id)))
