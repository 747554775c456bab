"""What customs are told about a thing: its product's own words, else the workspace's defaults."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.catalogue.models import Variant
from app.core import db
from app.core.money import Money
from app.orders.models import OrderLine
from app.shipping.carrier import CustomsLine
from app.shipping.models import Parcel, ShippingSettings

LONGEST = 60
"""Letters of a description that every carrier prints."""


def line(variant: Variant, home: ShippingSettings, country: str, quantity: int, value: Money) -> CustomsLine:
    """`country` is where parcels leave from, the origin of last resort; `value` is what one unit costs the buyer."""
    product = variant.product
    return CustomsLine(
        description=(product.customs_text or product.title)[:LONGEST],
        quantity=quantity,
        value_minor=value.minor,
        currency=value.currency,
        weight_g=max(variant.weight_g, 1),
        origin=product.origin_country or home.origin_country or country,
        hs_code=product.hs_code or home.hs_code,
        sku=variant.sku,
    )


def contents(parcel: Parcel, home: ShippingSettings, country: str) -> list[CustomsLine]:
    """A line per kind of thing in the parcel, at the price that was paid for it."""
    quantities = {UUID(entry["line_id"]): int(entry["quantity"]) for entry in parcel.contents}
    rows = db.session().execute(
        select(OrderLine, Variant)
        .join(Variant, Variant.id == OrderLine.variant_id)
        .options(joinedload(Variant.product))
        .where(OrderLine.id.in_(quantities))
        .order_by(OrderLine.position)
    )
    return [
        line(variant, home, country, quantities[sold.id], Money(sold.total_minor // sold.quantity, parcel.currency))
        for sold, variant in rows
    ]
