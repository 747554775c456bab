"""The face of the catalogue's actions, by noun."""

from app.catalogue.actions.delivery import create_rate, create_zone, delete_zone
from app.catalogue.actions.discounts import (
    DiscountUsedUp,
    create_discount,
    end_discount,
    release_discount,
    use_discount,
)
from app.catalogue.actions.files import add_file, move_file, remove_file, set_download_limit
from app.catalogue.actions.pictures import add_picture, describe_picture, move_picture, remove_picture, render_picture
from app.catalogue.actions.products import archive_product, create_product, list_product, unlist_product, update_product
from app.catalogue.actions.shops import close_shop, create_shop, open_shop, update_shop
from app.catalogue.actions.variants import set_options, update_variant

__all__ = [
    "DiscountUsedUp",
    "add_file",
    "add_picture",
    "archive_product",
    "close_shop",
    "create_discount",
    "create_product",
    "create_rate",
    "create_shop",
    "create_zone",
    "delete_zone",
    "describe_picture",
    "end_discount",
    "list_product",
    "move_file",
    "move_picture",
    "open_shop",
    "release_discount",
    "remove_file",
    "remove_picture",
    "render_picture",
    "set_download_limit",
    "set_options",
    "unlist_product",
    "update_product",
    "update_shop",
    "update_variant",
    "use_discount",
]
