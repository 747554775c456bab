"""How a product's files reach buyers: for which variant, which releases, and when a purchase looks shared."""

from app.catalogue.models import File, Product, Variant
from app.core import audit, db
from app.core.actor import Actor
from app.core.errors import Refused


def set_sharing(actor: Actor, product: Product, places: int | None, days: int) -> None:
    """Pause a purchase that is fetched from more than `places` within `days`; None is never. Raises Refused."""
    if places is not None and not 2 <= places <= 500:
        raise Refused("Choose between 2 and 500 places, or turn it off. Nothing was changed.", field="sharing_places")
    if not 1 <= days <= 90:
        raise Refused("Choose between 1 and 90 days. Nothing was changed.", field="sharing_days")
    product = db.lock(product)
    if (product.sharing_places, product.sharing_days) == (places, days):
        return
    product.sharing_places, product.sharing_days = places, days
    audit.record(actor, "catalogue.set_sharing", product, places=places, days=days)


def set_older(actor: Actor, product: Product, for_all: bool) -> None:
    """Offer releases that were replaced to everybody, or only to those who bought while they were the newest."""
    product = db.lock(product)
    if product.older_for_all != for_all:
        product.older_for_all = for_all
        audit.record(actor, "catalogue.set_older", product, for_all=for_all)


def set_variant(actor: Actor, file: File, variant: Variant | None) -> None:
    """Only this variant's buyers get the file from now on (None: all do). Whoever bought before keeps what they had."""
    file = db.lock(file)
    wanted = variant.id if variant else None
    if file.variant_id == wanted:
        return
    if variant is not None and (variant.product_id != file.product_id or variant.archived_at is not None):
        raise Refused("This variant is not for sale any more. Choose another one.", field=f"variant-{file.id}")
    was = {"variant": str(file.variant_id) if file.variant_id else None, "until": db.now().isoformat()}
    file.variant_past = [*file.variant_past, was]
    file.variant_id = wanted
    audit.record(actor, "catalogue.set_file_variant", file, variant=variant.title if variant else "all")
