"""What a seller sets once: where parcels leave from, packages, service rules."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.shipping import imposing, places, queries
from app.shipping.actions.parcels import own_settings
from app.shipping.carrier import FORMATS, SIGNATURES
from app.shipping.models import Package, ServiceRule, ShippingSettings

EDITABLE = (
    "label_format",
    "sent_when",
    "customs_signer",
    "origin_country",
    "hs_code",
    "checkout_rates",
    "return_days",
    "slip_code",
)
DESTINATIONS = ("any", "domestic", "international", "listed")
CHOICES = ("service", "cheapest", "fastest")


def change_settings(
    actor: Actor,
    version: int,
    *,
    sender: Mapping[str, Any] | None = None,
    returns: Mapping[str, Any] | None = None,
    **fields: Any,
) -> ShippingSettings:
    """Raises Conflict, and Refused for a sender no carrier could use."""
    row = own_settings()
    if row.version != version:
        raise Conflict
    if sender is not None:
        place = places.address(sender)
        if gap := places.missing(place):
            raise Refused(gap, field="line1")
        row.sender = places.stored(place)
    if returns is not None:
        row.returns = places.stored(places.address(returns))
    if fields.get("label_format", "pdf") not in FORMATS or fields.get("sent_when", "scan") not in ("label", "scan"):
        raise Refused("Choose one of the offered values.")
    for name, value in fields.items():
        if name not in EDITABLE:
            raise KeyError(name)
        setattr(row, name, value)
    audit.record(actor, "shipping.change_settings", row, **fields)
    db.session().flush()
    return row


def choose_sheet(actor: Actor, count: int) -> int:
    """Remember how many labels go on a page (1, 2 or 4); the next printing begins with it. Raises Refused."""
    if count not in imposing.SHEETS:
        raise Refused("Choose how the labels are printed.", field="sheet")
    row = own_settings()
    if row.label_sheet != count:
        row.label_sheet = count
        audit.record(actor, "shipping.choose_sheet", row, sheet=count)
    return count


def save_package(
    actor: Actor, name: str, length_mm: int, width_mm: int, height_mm: int, tare_g: int, **more: Any
) -> Package:
    """Make a packing preset; the first one is the default. Raises Refused for a name taken or a size of nothing."""
    if not name.strip() or min(length_mm, width_mm, height_mm) < 1 or tare_g < 0:
        raise Refused("Give the package a name, three sizes above zero and its empty weight.")
    first = db.session().scalar(select(func.count()).select_from(Package).where(Package.archived_at.is_(None))) == 0
    taken = select(Package).where(Package.name == name.strip())
    if db.session().scalars(taken).first() is not None:
        raise Refused("Another package has this name.", field="name")
    row = db.add(
        Package(
            name=name.strip(),
            length_mm=length_mm,
            width_mm=width_mm,
            height_mm=height_mm,
            tare_g=tare_g,
            max_g=more.get("max_g"),
            is_default=first,
        )
    )
    if more.get("is_default"):
        make_default(actor, row)
    audit.record(actor, "shipping.save_package", row, name=row.name)
    return row


def make_default(actor: Actor, package: Package) -> None:
    for row in queries.packages():
        row.is_default = row.id == package.id
    audit.record(actor, "shipping.default_package", package, name=package.name)


def archive_package(actor: Actor, package: Package) -> None:
    package = db.lock(package)
    package.archived_at, package.is_default = db.now(), False
    package.name = f"{package.name} (archived {db.now():%Y-%m-%d %H:%M:%S})"
    audit.record(actor, "shipping.archive_package", package)


def save_rule(actor: Actor, rule: ServiceRule | None, name: str, **fields: Any) -> ServiceRule:
    """Make or change a service rule. Raises Refused for values that are not offered."""
    if not name.strip():
        raise Refused("Give the rule a name.", field="name")
    if (
        fields.get("destination", "any") not in DESTINATIONS
        or fields.get("choose", "cheapest") not in CHOICES
        or fields.get("signature", "none") not in SIGNATURES
    ):
        raise Refused("Choose one of the offered values.")
    if fields.get("choose") == "service" and not fields.get("service"):
        raise Refused("Say which service the rule chooses.", field="service")
    if rule is None:
        last = db.session().scalar(select(func.max(ServiceRule.position))) or 0
        rule = db.add(ServiceRule(name=name.strip(), position=last + 1))
    for column, value in fields.items():
        if column in ("id", "workspace_id", "position") or not hasattr(ServiceRule, column):
            raise KeyError(column)
        setattr(rule, column, value)
    rule.name = name.strip()
    audit.record(actor, "shipping.save_rule", rule, name=rule.name, **fields)
    db.session().flush()
    return rule


def order_rules(actor: Actor, ids: Sequence[UUID]) -> None:
    """Put the rules in this order; rules that are not named follow behind."""
    rank = {rule_id: position for position, rule_id in enumerate(ids, 1)}
    for rule in queries.service_rules():
        rule.position = rank.get(rule.id, len(rank) + rule.position)
    audit.record(actor, "shipping.order_rules", own_settings())


def remove_rule(actor: Actor, rule: ServiceRule) -> None:
    audit.record(actor, "shipping.remove_rule", rule, name=rule.name)
    db.session().delete(rule)
    db.session().flush()


def move_rule(actor: Actor, rule: ServiceRule, by: int) -> None:
    """Ask a rule earlier (-1) or later (1)."""
    ids = [row.id for row in queries.service_rules()]
    place = ids.index(rule.id)
    other = min(max(place + by, 0), len(ids) - 1)
    ids[place], ids[other] = ids[other], ids[place]
    order_rules(actor, ids)
