"""Parcels: what goes into which box, from where to where. A parcel is planned until its label is bought."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.models import Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.ids import short_code
from app.core.outbox import emit
from app.orders import actions as orders
from app.orders.models import Order, OrderLine
from app.shipping import carrier, declaring, packing, places, queries, rules
from app.shipping.carrier import Box, Shipment
from app.shipping.events import ParcelChanged
from app.shipping.models import Package, Parcel, ShippingSettings

CODE_LENGTH = 12
EDITABLE = ("weight_g", "length_mm", "width_mm", "height_mm", "insured_minor", "signature")


class NothingToPack(Refused):
    status = 409
    message = "Every unit of this order is in a parcel or was refunded already. Nothing was changed."


class AlreadyLabelled(Refused):
    status = 409
    message = "This parcel has a label, so its content stays as it is. Void the label first; nothing was changed."


class CannotShip(Refused):
    """`fix` names the place where a person puts it right: address, weight, sender, customs, order."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


def pack(actor: Actor, order: Order, quantities: Mapping[UUID, int] | None = None) -> Parcel:
    """Plan a parcel for these units per line, or for all that is left. Raises NothingToPack, CannotShip."""
    order = db.lock(order)
    check_order(order)
    left = queries.unpacked(order.id)
    wanted = {line: count for line, count in (quantities or left).items() if count}
    if not wanted or any(count < 0 or count > left.get(line, 0) for line, count in wanted.items()):
        raise NothingToPack
    inside = items(wanted)
    package = packing.suggest(inside, queries.packages())
    size = packing.box(inside, package)
    home = settings_of()
    parcel = db.add(
        Parcel(
            order_id=order.id,
            contents=[{"line_id": str(line), "quantity": count} for line, count in wanted.items()],
            sender=dict(home.sender),
            recipient=_recipient(order),
            package_id=package.id if package else None,
            weight_g=size.weight_g,
            length_mm=size.length_mm,
            width_mm=size.width_mm,
            height_mm=size.height_mm,
            currency=order.currency,
            tracking_code=short_code(CODE_LENGTH),
        )
    )
    _follow_rule(parcel, inside)
    audit.record(actor, "shipping.pack", parcel, order=order.number, contents=parcel.contents)
    _changed(order, parcel)
    return parcel


def _follow_rule(parcel: Parcel, inside: Sequence[packing.Item]) -> None:
    """The service rule that fits also says how a parcel is packed, signed for and insured."""
    facts = queries.facts(parcel)
    rule = rules.first(queries.service_rules(), facts)
    if rule is None:
        return
    parcel.signature = rule.signature
    parcel.insured_minor = facts.value_minor if rule.insure else 0
    package = db.find(Package, rule.package_id) if rule.package_id else None
    if package is not None and package.archived_at is None:
        size = packing.box(inside, package)
        parcel.package_id, parcel.weight_g = package.id, size.weight_g
        parcel.length_mm, parcel.width_mm, parcel.height_mm = size.length_mm, size.width_mm, size.height_mm
    db.session().flush()


def check_order(order: Order) -> None:
    """Raises CannotShip for orders that must not travel: unpaid, cancelled, disputed, sent by a platform or without an address."""
    if order.paid_at is None or order.state not in ("open", "done"):
        raise CannotShip("This order is not paid or was cancelled. Nothing was bought.", "order")
    if order.payment_state == "disputed":
        raise CannotShip("The buyer's bank disputes this payment. Settle that first; nothing was bought.", "order")
    if order.held_at is not None:
        raise CannotShip(f"This order is on hold ({order.hold_reason}). Release it first; nothing was bought.", "order")
    if order.platform_ships:
        words = "The platform takes only its own label for this order; get it from the platform's panel on the order's page."
        raise CannotShip(f"{words} Nothing was bought.", "order")
    if not order.ship_to:
        raise CannotShip("Nothing in this order is sent by post.", "order")


def _recipient(order: Order) -> dict[str, Any]:
    return places.stored(places.address({"email": order.buyer_email, **order.ship_to}))


def items(quantities: Mapping[UUID, int]) -> list[packing.Item]:
    rows = db.session().execute(
        select(OrderLine.id, Variant)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .where(OrderLine.id.in_(quantities), OrderLine.ships)
    )
    return [packing.Item(quantities[line], v.weight_g, v.length_mm, v.width_mm, v.height_mm) for line, v in rows]


def settings_of() -> ShippingSettings:
    """The workspace's shipping settings, or what counts while nobody has set any: reading makes no row."""
    return db.session().scalars(select(ShippingSettings)).one_or_none() or db.unsaved(ShippingSettings)


def own_settings() -> ShippingSettings:
    """The settings to write to, locked; made when there are none, by one of those who ask at once."""
    values = {"workspace_id": db.current_workspace()}
    db.session().execute(insert(ShippingSettings).values(values).on_conflict_do_nothing())
    return db.session().scalars(select(ShippingSettings).with_for_update()).one()


def change(
    actor: Actor,
    parcel: Parcel,
    version: int,
    *,
    package_id: UUID | None = None,
    recipient: Mapping[str, Any] | None = None,
    customs: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Parcel:
    """Change a planned parcel; `fields` are weight, sizes, insurance and signature. Raises AlreadyLabelled, Conflict."""
    parcel = _planned(parcel)
    if parcel.version != version:
        raise Conflict
    for name, value in fields.items():
        if name not in EDITABLE:
            raise KeyError(name)
        setattr(parcel, name, value)
    if package_id is not None:
        package = db.get(Package, package_id)
        parcel.package_id = package.id
        parcel.length_mm, parcel.width_mm, parcel.height_mm = package.length_mm, package.width_mm, package.height_mm
    if recipient is not None:
        parcel.recipient = places.stored(places.address(recipient))
    if customs is not None:
        parcel.customs = dict(customs)
    audit.record(actor, "shipping.change_parcel", parcel, **fields)
    db.session().flush()
    _changed(db.get(Order, parcel.order_id), parcel)
    return parcel


def _planned(parcel: Parcel) -> Parcel:
    parcel = db.lock(parcel)
    if parcel.state != "draft" or queries.living_label(parcel.id) is not None:
        raise AlreadyLabelled
    return parcel


def split(actor: Actor, parcel: Parcel, quantities: Mapping[UUID, int]) -> Parcel:
    """Move units per line into a second parcel; both are weighed anew. Raises NothingToPack when none or all would move."""
    parcel = _planned(parcel)
    has = {UUID(entry["line_id"]): int(entry["quantity"]) for entry in parcel.contents}
    wanted = {line: count for line, count in quantities.items() if count}
    if not wanted or wanted == has or any(count < 0 or count > has.get(line, 0) for line, count in wanted.items()):
        raise NothingToPack("Choose some of the units, not none and not all. Nothing was changed.")
    _fill(parcel, {line: count - wanted.get(line, 0) for line, count in has.items()})
    db.session().flush()
    return pack(actor, db.get(Order, parcel.order_id), wanted)


def _fill(parcel: Parcel, quantities: Mapping[UUID, int]) -> None:
    kept = {line: count for line, count in quantities.items() if count}
    package = db.find(Package, parcel.package_id) if parcel.package_id else None
    size = packing.box(items(kept), package)
    parcel.contents = [{"line_id": str(line), "quantity": count} for line, count in kept.items()]
    parcel.weight_g = size.weight_g
    if package is None:
        parcel.length_mm, parcel.width_mm, parcel.height_mm = size.length_mm, size.width_mm, size.height_mm


def discard(actor: Actor, parcel: Parcel) -> None:
    """Unpack a planned parcel; its units wait to be sent again. Raises AlreadyLabelled."""
    parcel = _planned(parcel)
    parcel.state = "cancelled"
    audit.record(actor, "shipping.discard", parcel)
    _changed(db.get(Order, parcel.order_id), parcel)


def shipment(parcel: Parcel, reference: str, format: str = "pdf", tracking_number: str = "") -> Shipment:
    """The parcel as a carrier is asked to take it. Raises CannotShip with what is missing."""
    sender, recipient = places.address(parcel.sender or settings_of().sender), places.address(parcel.recipient)
    order = db.get(Order, parcel.order_id)
    if parcel.direction == "out":
        check_order(order)
    if gap := places.missing(sender):
        raise CannotShip(f"Say where parcels leave from, under Shipping settings. {gap}", "sender")
    if gap := places.missing(recipient):
        raise CannotShip(f"{gap} Correct it on the order; nothing was bought.", "address")
    if places.masked(recipient):
        raise CannotShip("The marketplace hides this address. Use the marketplace's own label.", "address")
    if parcel.weight_g < 1:
        raise CannotShip("This parcel has no weight. Enter it, or give the product one; nothing was bought.", "weight")
    number, of = queries.place_of(parcel)
    return Shipment(
        reference=reference,
        sender=sender,
        recipient=recipient,
        box=Box(parcel.weight_g, parcel.length_mm, parcel.width_mm, parcel.height_mm),
        customs=_customs(parcel, sender.country, recipient.country),
        insured_minor=parcel.insured_minor,
        currency=parcel.currency,
        signature=parcel.signature,
        is_return=parcel.direction == "back",
        format=format,
        note=f"#{order.number}",
        tracking_number=tracking_number,
        number=number,
        of=of,
        tracking_page=queries.tracking_page(parcel),
    )


def _customs(parcel: Parcel, home: str, abroad: str) -> carrier.Customs | None:
    """The declaration: what a person wrote on the parcel, else the order's lines with the workspace's defaults."""
    if home == abroad:
        return None
    chosen, home_settings = parcel.customs, settings_of()
    signer = chosen.get("signer") or home_settings.customs_signer
    lines = [carrier.CustomsLine(**line) for line in chosen.get("lines", ())] or declaring.contents(
        parcel, home_settings, home
    )
    if not signer:
        raise CannotShip(
            "Parcels to other countries need a name that signs for customs (Shipping settings).", "customs"
        )
    if any(not line.hs_code for line in lines) and parcel.direction == "out" and not chosen.get("no_codes"):
        raise CannotShip("Give every item its customs code (HS), or a default under Shipping settings.", "customs")
    return carrier.Customs(
        lines,
        signer,
        chosen.get("contents", "returned_goods" if parcel.direction == "back" else "merchandise"),
        chosen.get("explanation", ""),
        chosen.get("undeliverable", "return"),
        chosen.get("filing", ""),
    )


def fingerprint(parcel: Parcel) -> str:
    """Changes whenever a quote would: who, where, how heavy, how large, how insured (TRAPS.md A7, C23)."""
    asked = [parcel.sender, parcel.recipient, parcel.customs, parcel.insured_minor, parcel.signature]
    size = [parcel.weight_g, parcel.length_mm, parcel.width_mm, parcel.height_mm]
    return hashlib.sha256(json.dumps([asked, size], sort_keys=True).encode()).hexdigest()


def _changed(order: Order, parcel: Parcel) -> None:
    emit(
        ParcelChanged(
            workspace_id=order.workspace_id,
            order_id=order.id,
            group_id=order.group_id,
            parcel_id=parcel.id,
            status=parcel.status,
        )
    )


def raise_hand(parcel: Parcel, words: str) -> None:
    """Put the parcel in front of a person, who ends it by looking into it."""
    parcel.raised = words
    _changed(db.get(Order, parcel.order_id), parcel)


def hand_over(actor: Actor, parcel: Parcel) -> None:
    """The parcel left the house: its units count as sent and the buyer hears of it, once. Nothing happens the second time."""
    order = db.lock(db.get(Order, parcel.order_id))
    parcel = db.lock(parcel)
    if parcel.state not in ("draft", "labelled") or parcel.direction != "out":
        return
    quantities = {UUID(entry["line_id"]): int(entry["quantity"]) for entry in parcel.contents}
    fulfilment = orders.fulfil(
        actor, order, quantities, parcel.carrier, parcel.tracking_number, queries.tracking_page(parcel)
    )
    parcel.fulfilment_id, parcel.state, parcel.handed_over_at = fulfilment.id, "shipped", db.now()
    audit.record(actor, "shipping.hand_over", parcel, order=order.number)
    _changed(order, parcel)
