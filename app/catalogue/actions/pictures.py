"""Pictures: taken in quickly, checked by content, re-encoded and resized by a job."""

from collections.abc import Sequence
from typing import IO
from uuid import UUID

from sqlalchemy import func, select

from app.catalogue import pictures
from app.catalogue.actions import ordering
from app.catalogue.events import PictureReady
from app.catalogue.models import Media, Product, Shop
from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import Conflict, Refused
from app.core.ids import new_id
from app.core.outbox import emit, later

BadPicture, refuse_by_signature, renditions, widths_of = (
    pictures.BadPicture,
    pictures.refuse_by_signature,
    pictures.render,
    pictures.widths,
)
"""For pictures that other features keep: checked, decoded and made again in the same way."""
LARGEST = 25 * 1024 * 1024
MOST = 12


class TooManyPictures(Refused):
    message = f"A product has at most {MOST} pictures. Remove one first; this one was not stored."


def add_picture(
    actor: Actor, owner: Product | Shop, source: IO[bytes], filename: str, alt: str = "", decorative: bool = False
) -> Media:
    """Keep the original privately and ask for its renditions. Raises BadPicture (by its first bytes), TooManyPictures, UploadTooLarge."""
    mine = Media.product_id == owner.id if isinstance(owner, Product) else Media.shop_id == owner.id
    count = db.session().scalar(select(func.count()).where(mine)) or 0
    if count >= MOST:
        raise TooManyPictures
    pictures.refuse_by_signature(source)
    media_id = new_id()
    stored = storage.put(f"pictures/{db.current_workspace()}/{media_id}/original", source, limit=LARGEST)
    media = db.add(
        Media(
            id=media_id,
            position=count,
            alt=alt.strip(),
            decorative=decorative,
            original_key=stored.key,
            product_id=owner.id if isinstance(owner, Product) else None,
            shop_id=owner.id if isinstance(owner, Shop) else None,
        )
    )
    if isinstance(owner, Shop):
        owner.logo_id = media.id
    audit.record(actor, "catalogue.add_picture", owner, filename=filename[:200])
    later("catalogue.render_picture", media_id=media.id)
    return media


def render_picture(media_id: UUID) -> None:
    """Make the renditions, or write down in words why the file is refused and drop it."""
    media = db.find(Media, media_id, lock=True)
    if media is None or media.state != "processing":
        return
    try:
        made = pictures.render(storage.read(media.original_key))
    except pictures.BadPicture as refusal:
        media.state, media.error = "refused", refusal.message
        storage.delete(media.original_key)
    else:
        folder = media.original_key.rpartition("/")[0]
        media.renditions = {
            str(width): storage.put_bytes(f"{folder}/{width}.webp", data).key for width, data in made.renditions
        }
        media.state, media.width, media.height = "ready", made.width, made.height
    emit(PictureReady(workspace_id=media.workspace_id, media_id=media.id, product_id=media.product_id))


def describe_picture(actor: Actor, media: Media, alt: str, decorative: bool) -> None:
    media.alt, media.decorative = alt.strip(), decorative
    audit.record(actor, "catalogue.describe_picture", media, alt=media.alt)


def pictures_of(product_id: UUID) -> list[Media]:
    statement = select(Media).where(Media.product_id == product_id).order_by(Media.position, Media.id)
    return list(db.session().scalars(statement))


def move_picture(actor: Actor, media: Media, by: int) -> None:
    """Earlier (-1) or later (+1) among the product's pictures."""
    ordering.step(_beside(media), media, by)
    audit.record(actor, "catalogue.move_picture", media, position=media.position)


def _beside(media: Media) -> list[Media]:
    return pictures_of(media.product_id) if media.product_id else [media]


def arrange_pictures(actor: Actor, product: Product, ids: Sequence[UUID]) -> None:
    """All at once, after dragging. Raises Conflict when pictures came or went meanwhile."""
    product = db.lock(product)
    if not ordering.arrange(pictures_of(product.id), ids):
        raise Conflict(
            "Pictures were added or removed meanwhile, so nothing was moved. Look at the newest order first."
        )
    audit.record(actor, "catalogue.arrange_pictures", product, ids=[str(one) for one in ids])


def remove_picture(actor: Actor, media: Media) -> None:
    """Gone for good, files too, once this is committed."""
    audit.record(actor, "catalogue.remove_picture", media)
    later("catalogue.delete_stored", keys=[media.original_key, *media.renditions.values()])
    db.session().delete(media)
    db.session().flush()


def only_a_picture(data: bytes) -> bytes:
    """Any uploaded picture as plain WebP of at most 1600 px, nothing hidden in it. Raises BadPicture."""
    return pictures.render(data).renditions[-1][1]
