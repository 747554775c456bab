"""The face of the catalogue's tables, by noun."""

from app.catalogue.models.files import PLAYABLE, READABLE, File, Upload
from app.catalogue.models.keys import owned_by
from app.catalogue.models.selling import (
    Category,
    DeliveryRate,
    DeliveryZone,
    Discount,
    DiscountUse,
    Media,
    Product,
    ProductOption,
    Shop,
    Variant,
)

__all__ = [
    "PLAYABLE",
    "READABLE",
    "Category",
    "DeliveryRate",
    "DeliveryZone",
    "Discount",
    "DiscountUse",
    "File",
    "Media",
    "Product",
    "ProductOption",
    "Shop",
    "Upload",
    "Variant",
    "owned_by",
]
