"""`/admin/fees`: what sales pay to the platform."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, flash, request

from app.admin import forms
from app.admin.queries import fees as reading
from app.admin.routes import blueprint
from app.core import db
from app.core.errors import Refused
from app.core.money import Money
from app.core.web import render
from app.core.web.access import actor, back, operators
from app.core.web.forms import identifier, parse, show_refused
from app.payments import actions
from app.payments.models import FeeRule

BASE = "/admin/fees"


@dataclass(frozen=True)
class Answer:
    """What one sale pays, and by which rule."""

    amount: Money
    fee: Money
    percent: str
    rule: str


@blueprint.get(BASE)
@operators
def fees() -> Any:
    form = forms.Preview(request.args)
    return render.page(
        "admin/fees.html",
        targets=reading.targets(),
        percent=actions.percent,
        form=form,
        answer=_answer(form) if request.args.get("amount") else None,
        shops=reading.shops(),
        categories=reading.categories(),
    )


def _answer(form: forms.Preview) -> Answer | None:
    """None when something typed is wrong; the field says what."""
    shop, category = reading.shop_at(form.shop.data), reading.category_at(form.category.data)
    form.currency_code = shop.currency if shop else "USD"
    sound = form.validate()
    for field, found in ((form.shop, shop), (form.category, category)):
        if field.data and found is None:
            field.errors, sound = [f"No {field.name} has this address."], False
    if not sound or form.amount.data is None:
        return None
    at = forms.starts(form.on.data) or db.now()
    rule = actions.rule_for(shop.id if shop else None, category.id if category else None, at)
    points = rule.basis_points or 0
    by = reading.name_of(rule.shop_id, rule.category_id)
    return Answer(form.amount.data, form.amount.data.share(points), actions.percent(points), by)


@blueprint.get(f"{BASE}/new")
@operators
def new_fee() -> Any:
    asked = {name: request.args[name] for name in ("target", "shop", "category") if name in request.args}
    return render.page(
        "admin/fee.html",
        form=show_refused(forms.Fee, **asked),
        shops=reading.shops(),
        categories=reading.categories(),
    )


@blueprint.post(BASE)
@operators(again=new_fee)
def change_fee() -> Response:
    form = parse(forms.Fee)
    shop_id, category_id = _target(form)
    rule = actions.change_fee(
        actor(),
        forms.basis_points(form.percent.data),
        shop_id=shop_id,
        category_id=category_id,
        starts_at=forms.starts(form.starts_on.data),
        name=reading.name_of(shop_id, category_id),
    )
    flash(f"The fee is {actions.percent(rule.basis_points)} from {_from(rule)}.", "success")
    return back(BASE)


def _from(rule: FeeRule) -> str:
    return "now on" if rule.starts_at <= db.now() else f"{rule.starts_at:%-d %B %Y} on"


def _target(form: forms.Fee) -> tuple[UUID | None, UUID | None]:
    """The shop's or the category's id, neither for the default. Raises Refused."""
    kind = form.target.data
    if kind == "default":
        return None, None
    find = reading.shop_at if kind == "shop" else reading.category_at
    found = find(form[kind].data)
    if found is None:
        raise Refused(f"No {kind} has this address. Choose one from the list; nothing was changed.", field=kind)
    return (found.id, None) if kind == "shop" else (None, found.id)


@blueprint.post(f"{BASE}/ends")
@operators(again=fees)
def end_fee() -> Response:
    """The shop or category has no rule of its own any more."""
    kind, target = request.form.get("kind"), identifier(request.form.get("target"), "target")
    shop_id, category_id = (target, None) if kind == "shop" else (None, target)
    actions.change_fee(
        actor(), None, shop_id=shop_id, category_id=category_id, name=reading.name_of(shop_id, category_id)
    )
    flash("The rule is gone; the next one that fits counts from now on.", "success")
    return back(BASE)


@blueprint.post(f"{BASE}/<uuid:rule_id>/withdrawal")
@operators(again=fees)
def withdraw_fee(rule_id: UUID) -> Response:
    rule = db.get(FeeRule, rule_id)
    actions.withdraw_fee(actor(), rule_id, reading.name_of(rule.shop_id, rule.category_id))
    flash("The planned change is taken back.", "success")
    return back(BASE)
