"""The face of the catalogue's actions, by noun."""

from app.catalogue.actions.delivering import set_older, set_sharing, set_variant
from app.catalogue.actions.delivery import (
    Terms,
    add_rate,
    create_rate,
    create_zone,
    delete_rate,
    delete_zone,
    update_rate,
    update_zone,
)
from app.catalogue.actions.discounts import (
    DiscountUsedUp,
    Offer,
    create_discount,
    end_discount,
    release_discount,
    update_discount,
    use_discount,
)
from app.catalogue.actions.files import LARGEST as LARGEST_FILE
from app.catalogue.actions.files import (
    add_file,
    move_file,
    remove_file,
    rename_file,
    replace_file,
    set_download_limit,
    set_stream_only,
)
from app.catalogue.actions.finishing import finish
from app.catalogue.actions.options import set_options
from app.catalogue.actions.pictures import LARGEST as LARGEST_PICTURE
from app.catalogue.actions.pictures import MOST as MOST_PICTURES
from app.catalogue.actions.pictures import (
    BadPicture,
    add_picture,
    arrange_pictures,
    describe_picture,
    move_picture,
    refuse_by_signature,
    remove_picture,
    render_picture,
    renditions,
    widths_of,
)
from app.catalogue.actions.products import (
    archive_product,
    count_sold,
    create_product,
    list_product,
    restore_product,
    unlist_product,
    update_product,
)
from app.catalogue.actions.shops import close_shop, create_shop, open_shop, update_shop
from app.catalogue.actions.stamping import (
    DEFAULT_TEXT,
    PLACEHOLDERS,
    NotStampable,
    filled,
    note_stampable,
    sampled,
    set_stamping,
)
from app.catalogue.actions.sums import crc32, sum_file, sum_files
from app.catalogue.actions.uploads import PIECE as LARGEST_PIECE
from app.catalogue.actions.uploads import announce, give_up, take, whole
from app.catalogue.actions.uploads import by_id as upload_by_id
from app.catalogue.actions.uploads import sweep as sweep_uploads
from app.catalogue.actions.variants import Cells, archive_variant, restore_variant, update_variant, update_variants

__all__ = [
    "DEFAULT_TEXT",
    "LARGEST_FILE",
    "LARGEST_PICTURE",
    "LARGEST_PIECE",
    "MOST_PICTURES",
    "PLACEHOLDERS",
    "BadPicture",
    "Cells",
    "DiscountUsedUp",
    "NotStampable",
    "Offer",
    "Terms",
    "add_file",
    "add_picture",
    "add_rate",
    "announce",
    "archive_product",
    "archive_variant",
    "arrange_pictures",
    "close_shop",
    "count_sold",
    "crc32",
    "create_discount",
    "create_product",
    "create_rate",
    "create_shop",
    "create_zone",
    "delete_rate",
    "delete_zone",
    "describe_picture",
    "end_discount",
    "filled",
    "finish",
    "give_up",
    "list_product",
    "move_file",
    "move_picture",
    "note_stampable",
    "open_shop",
    "refuse_by_signature",
    "release_discount",
    "remove_file",
    "remove_picture",
    "rename_file",
    "render_picture",
    "renditions",
    "replace_file",
    "restore_product",
    "restore_variant",
    "sampled",
    "set_download_limit",
    "set_older",
    "set_options",
    "set_sharing",
    "set_stamping",
    "set_stream_only",
    "set_variant",
    "sum_file",
    "sum_files",
    "sweep_uploads",
    "take",
    "unlist_product",
    "update_discount",
    "update_product",
    "update_rate",
    "update_shop",
    "update_variant",
    "update_variants",
    "update_zone",
    "upload_by_id",
    "use_discount",
    "whole",
    "widths_of",
]
