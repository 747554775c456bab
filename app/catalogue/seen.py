"""What a form was made from, so that a second tab's save is told what the first one changed (optimistic lock).

A form carries the values it showed (`written`). Comparing them, not version numbers, means that a sale or a change to another
section never stops a save, and that a refusal can name each value that is different now.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import DeliveryZone, Discount, File, Media, Product, ProductOption, Shop, Variant
from app.core import db
from app.core.audit import AuditEntry
from app.core.errors import Conflict
from app.core.money import Money

Values = Mapping[str, str]
LONGEST = 200_000
"""Characters of a written form that are read back; more is no form of ours."""


@dataclass(frozen=True)
class Difference:
    """One value that somebody else changed: as the form showed it, and as it is now."""

    name: str
    before: str
    now: str


class ChangedMeanwhile(Conflict):
    """`differences` since the form was made; `by` and `at` of the last change; `newest` is what a deliberate overwrite sends."""

    def __init__(self, part: str, differences: list[Difference], newest: str, by: str, at: datetime | None) -> None:
        super().__init__(
            f"{by or 'Somebody else'} changed this since you opened it. Nothing of yours was saved yet; it is all kept below."
        )
        self.part, self.differences, self.newest, self.by, self.at = part, differences, newest, by, at


def written(values: Values) -> str:
    """As the form's hidden field carries it."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def mark(values: Values) -> str:
    """A short name of exactly these values, for «save mine over it»."""
    return hashlib.sha256(written(values).encode()).hexdigest()[:24]


def read(raw: str) -> dict[str, str] | None:
    """Back from the hidden field; None when the form carried none or something that is none."""
    if not raw or len(raw) > LONGEST:
        return None
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {str(name): str(value) for name, value in found.items()}


def expect(part: str, now: Values, seen: str, over: str, subject_id: UUID) -> None:
    """Let a save go on when the values are those that the form showed, or those that it means to overwrite.

    `seen` is the written form, `over` the mark of the newest values that the person agreed to replace. Call it with the
    product's or shop's row locked. Raises ChangedMeanwhile.
    """
    before = read(seen)
    if before is None or before == dict(now) or over == mark(now):
        return
    by, at = _last_change(subject_id)
    raise ChangedMeanwhile(part, differences(before, now), mark(now), by, at)


def differences(before: Values, now: Values) -> list[Difference]:
    names = dict.fromkeys([*before, *now])
    return [
        Difference(name, before.get(name, ""), now.get(name, ""))
        for name in names
        if before.get(name, "") != now.get(name, "")
    ]


def _last_change(subject_id: UUID) -> tuple[str, datetime | None]:
    newest = (
        select(AuditEntry.actor_name, AuditEntry.at)
        .where(AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.position.desc())
        .limit(1)
    )
    found = db.session().execute(newest).one_or_none()
    return (found.actor_name, found.at) if found else ("", None)


def customs(product: Product) -> dict[str, str]:
    return {
        "Customs code": product.hs_code,
        "Made in": product.origin_country,
        "In customs' words": product.customs_text,
    }


def basics(product: Product) -> dict[str, str]:
    kinds = {"physical": "Something shipped", "digital": "Files to download", "both": "Both"}
    return {
        "Title": product.title,
        "Description": product.description,
        "What the buyer gets": kinds[product.kind],
        "Category": product.category.name if product.category else "None",
        "Tags": ", ".join(product.tags),
    }


def options(rows: Sequence[ProductOption]) -> dict[str, str]:
    return {row.name: ", ".join(row.values) for row in rows}


def variants(rows: Sequence[Variant], fallback: str) -> dict[str, str]:
    """Every cell of the grid under «variant: column»; `fallback` names the variant of a product without options."""
    found: dict[str, str] = {}
    for row in rows:
        was = Money(row.compare_at_minor, row.currency) if row.compare_at_minor is not None else ""
        cells = {
            "SKU": row.sku,
            "price": str(row.price),
            "price before": str(was),
            "weight": f"{row.weight_g} g",
            "size": f"{row.length_mm} × {row.width_mm} × {row.height_mm} mm",
            "stock is counted": "yes" if row.tracked else "no",
        }
        found |= {f"{row.title or fallback}: {name}": value for name, value in cells.items()}
    return found


def order(rows: Sequence[Media] | Sequence[File]) -> dict[str, str]:
    """Which there are, and in which order."""
    words = [row.name if isinstance(row, File) else (row.alt or f"picture {str(row.id)[-4:]}") for row in rows]
    return {"Order": ", ".join(words), "ids": " ".join(str(row.id) for row in rows)}


def picture(row: Media) -> dict[str, str]:
    return {"What it shows": row.alt, "Only decoration": "yes" if row.decorative else "no"}


def file(row: File) -> dict[str, str]:
    limit = "no limit" if row.download_limit is None else str(row.download_limit)
    said = {"Name": row.name, "Downloads per purchase": limit, "Version": str(row.release)}
    return said | ({"Listen or watch only": "yes" if row.stream_only else "no"} if row.plays else {})


def stamping(row: File) -> dict[str, str]:
    return {"Stamp each copy": "yes" if row.stamped else "no", "Text on the copy": row.stamp_text}


def shop(row: Shop) -> dict[str, str]:
    address = ", ".join(str(value) for value in row.address.values() if value)
    return {
        "Name": row.name,
        "Address": f"/s/{row.slug}",
        "One line about it": row.tagline,
        "About": row.about,
        "Hue": str(row.hue),
        "Strength of colour": str(row.chroma),
        "Roundness": str(row.radius),
        "Headings": row.font,
        "Days until you send": str(row.dispatch_days),
        "Delivery": row.delivery_policy,
        "Returns": row.refund_policy,
        "Postal address": address,
    }


def zone(row: DeliveryZone) -> dict[str, str]:
    found = {"Zone": row.name, "Countries": ", ".join(row.countries)}
    for rate in row.rates:
        free = "" if rate.free_from_minor is None else f", free from {Money(rate.free_from_minor, rate.currency)}"
        price, each = Money(rate.price_minor, rate.currency), Money(rate.per_item_minor, rate.currency)
        found[rate.name] = f"{price} + {each} each further{free}, {rate.min_days}-{rate.max_days} days"
    return found


def discount(row: Discount) -> dict[str, str]:
    return {
        "Takes off": f"{row.kind} {row.value}",
        "Products": " ".join(sorted(map(str, row.product_ids))),
        "Minimum": str(row.min_total_minor),
        "Uses in all": str(row.max_uses or "no limit"),
        "Once per buyer": "yes" if row.once_per_buyer else "no",
        "From": row.starts_at.isoformat() if row.starts_at else "",
        "Until": row.ends_at.isoformat() if row.ends_at else "",
    }
