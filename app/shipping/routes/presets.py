"""What a seller sets once: carrier accounts, where parcels leave from, packages, service rules."""

from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.catalogue import queries as catalogue
from app.catalogue.actions import update_shop
from app.core import db, storage
from app.core.errors import NotFound, Refused
from app.core.money import CURRENCIES
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, requires
from app.core.web.forms import parse, show_refused
from app.shipping import carrier, forms, queries
from app.shipping.actions import accounts, manifests, parcels, presets
from app.shipping.models import CarrierAccount, Manifest, Package, ServiceRule
from app.shipping.routes import blueprint
from app.shipping.routes.orders import READ, base

WRITE = Permission.SHIPPING_CARRIER_WRITE


@blueprint.get("/w/<workspace>/shipping/settings")
@requires(READ)
def settings() -> str:
    """Everything about shipping that is set once."""
    shops = catalogue.shops()
    return render.page(
        "shipping/settings.html",
        home=parcels.settings_of(),
        accounts=queries.accounts(),
        profiles=carrier.profiles(),
        packages=queries.packages(),
        rules=queries.service_rules(),
        waiting=manifests.waiting_counts(),
        package_form=show_refused(forms.PackageForm),
        account_form=show_refused(forms.AccountForm),
        signs=forms.SIGNS,
        shops=shops,
        currencies=[(code, code) for code in CURRENCIES],
        currency=shops[0].currency if shops else "USD",
        most_services=forms.MOST_SERVICES,
        base=base(),
    )


def _here() -> Any:
    return back(f"{base()}/settings")


@blueprint.post("/w/<workspace>/shipping/accounts")
@requires(WRITE, again=settings)
def connect() -> Any:
    """Connect a carrier account; a job tries the keys and the page says how it went."""
    typed = parse(forms.AccountForm)
    kind = typed.kind.data or ""
    profile = carrier.profiles().get(kind)
    boxes = profile.fields if profile else ()
    keys = {box.name: request.form.get(f"{kind}-{box.name}", "")[:400] for box in boxes}
    row = accounts.connect(actor(), kind, typed.name.data or "", keys)
    flash(f"{row.name} is connected." if row.state == "active" else f"Trying the keys of {row.name}.", "good")
    return _here()


@blueprint.post("/w/<workspace>/shipping/accounts/<uuid:account_id>/keys")
@requires(WRITE, again=settings)
def change_keys(account_id: UUID) -> Any:
    row = db.get(CarrierAccount, account_id)
    boxes = carrier.profiles()[row.kind].fields
    accounts.change_keys(actor(), row, {box.name: request.form.get(box.name, "")[:400] for box in boxes})
    return _here()


@blueprint.post("/w/<workspace>/shipping/accounts/<uuid:account_id>/services")
@requires(WRITE, again=settings)
def set_services(account_id: UUID) -> Any:
    """The ways to send that the seller buys elsewhere, with what they cost there."""
    accounts.set_services(actor(), db.get(CarrierAccount, account_id), forms.services(request.form))
    flash("Your services are saved. New rates show them.", "good")
    return _here()


@blueprint.post("/w/<workspace>/shipping/accounts/<uuid:account_id>/state")
@requires(WRITE, again=settings)
def account_state(account_id: UUID) -> Any:
    """Pause, resume, remove, or check once more."""
    row, wanted = db.get(CarrierAccount, account_id), request.form.get("state", "")
    acts = {"pause": accounts.pause, "resume": accounts.resume, "remove": accounts.remove, "check": accounts.resume}
    if wanted not in acts:
        raise Refused("Choose what to do with this account.")
    acts[wanted](actor(), row)
    return _here()


@blueprint.post("/w/<workspace>/shipping/accounts/<uuid:account_id>/manifests")
@requires(Permission.SHIPPING_LABEL_BUY, again=settings)
def manifest(account_id: UUID) -> Any:
    """List every waiting label of the account for the driver to sign."""
    row = manifests.order_manifest(actor(), db.get(CarrierAccount, account_id))
    flash(f"A manifest for {row.count} label{'s' if row.count > 1 else ''} is being made.", "good")
    return back(f"{base()}/manifests")


@blueprint.post("/w/<workspace>/shipping/settings")
@requires(WRITE, again=settings)
def change_settings() -> Any:
    """Addresses, the printer's format, customs defaults."""
    typed = request.form
    presets.change_settings(
        actor(),
        typed.get("version", type=int, default=0),
        sender=forms.place(typed, "sender-"),
        returns=forms.place(typed, "returns-") if typed.get("returns-line1") else {},
        label_format=typed.get("label_format", "pdf"),
        sent_when=typed.get("sent_when", "scan"),
        customs_signer=typed.get("customs_signer", "").strip()[:80],
        origin_country=typed.get("origin_country", "").strip().upper()[:2],
        hs_code=typed.get("hs_code", "").strip()[:14],
        slip_code=bool(typed.get("slip_code")),
        checkout_rates=bool(typed.get("checkout_rates")),
        return_days=min(max(typed.get("return_days", type=int, default=30), 0), 365),
    )
    flash("Shipping settings are saved.", "good")
    return _here()


@blueprint.post("/w/<workspace>/shipping/handling")
@requires(Permission.CATALOGUE_SHOP_WRITE, again=settings)
def set_handling() -> Any:
    """How many days after payment each shop's orders have to leave; for orders from now on."""
    for shop, days in forms.handling(catalogue.shops(), request.form):
        if days != shop.dispatch_days:
            update_shop(actor(), shop, dispatch_days=days)
    flash("Saved. Orders from now on have to leave by then.", "good")
    return back(f"{base()}/settings#handling")


@blueprint.post("/w/<workspace>/shipping/packages")
@requires(WRITE, again=settings)
def add_package() -> Any:
    typed = parse(forms.PackageForm)
    presets.save_package(
        actor(),
        typed.name.data or "",
        typed.length_mm.data,
        typed.width_mm.data,
        typed.height_mm.data,
        typed.tare_g.data or 0,
        max_g=typed.max_g.data,
        is_default=typed.is_default.data,
    )
    return _here()


@blueprint.post("/w/<workspace>/shipping/packages/<uuid:package_id>/state")
@requires(WRITE, again=settings)
def package_state(package_id: UUID) -> Any:
    """Make it the default, or archive it."""
    row = db.get(Package, package_id)
    (presets.make_default if request.form.get("state") == "default" else presets.archive_package)(actor(), row)
    return _here()


@blueprint.post("/w/<workspace>/shipping/rules")
@requires(WRITE, again=settings)
def add_rule() -> Any:
    presets.save_rule(actor(), None, request.form.get("name", ""), **forms.rule(request.form))
    return _here()


@blueprint.post("/w/<workspace>/shipping/rules/<uuid:rule_id>")
@requires(WRITE, again=settings)
def change_rule(rule_id: UUID) -> Any:
    """Change a rule, move it up or down, pause or remove it."""
    rule, wanted = db.get(ServiceRule, rule_id), request.form.get("act", "save")
    if wanted == "remove":
        presets.remove_rule(actor(), rule)
    elif wanted in ("up", "down"):
        presets.move_rule(actor(), rule, -1 if wanted == "up" else 1)
    elif wanted in ("pause", "resume"):
        presets.save_rule(actor(), rule, rule.name, paused=wanted == "pause")
    else:
        presets.save_rule(actor(), rule, request.form.get("name", ""), **forms.rule(request.form))
    return _here()


@blueprint.get("/w/<workspace>/shipping/manifests")
@requires(READ)
def manifest_list() -> str:
    """What carriers signed, and what waits to be listed."""
    return render.page(
        "shipping/manifests.html",
        manifests=manifests.history(),
        accounts={account.id: account for account in queries.accounts()},
        profiles=carrier.profiles(),
        waiting=manifests.waiting_counts(),
        base=base(),
    )


@blueprint.get("/w/<workspace>/shipping/manifests/<uuid:manifest_id>.pdf")
@requires(READ)
def manifest_file(manifest_id: UUID) -> Response:
    """The form that the driver scans. Raises NotFound until the carrier has made it."""
    row = db.get(Manifest, manifest_id)
    if not row.file:
        raise NotFound
    return Response(storage.read(row.file), content_type="application/pdf")
