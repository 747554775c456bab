"""From marks in a leak to the copies they belong to, and how sure that is."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select

from app.access.models import Grant
from app.core import db
from app.downloads import marks
from app.downloads.models import Copy
from app.downloads.stamper import Found, Likeness
from app.orders.models import Order

SURE, LIKELY = 1e-6, 1e-3
MOST_NAMED = 20
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")


@dataclass
class Suspect:
    """`chance`: how probable it is that this is said of a copy that the leak did not come from. `buyer` is the order's address."""

    copy: Copy
    order_id: UUID
    buyer: str
    chance: float
    proofs: list[Found] = field(default_factory=list)

    def told(self) -> dict[str, object]:
        """As a trace keeps it."""
        shown = _grouped(self.proofs)
        ids = {"workspace_id": self.copy.workspace_id, "order_id": self.order_id, "copy_id": self.copy.id}
        return {**{name: str(one) for name, one in ids.items()}, "chance": self.chance, "marks": shown}


def _copies() -> Select[Copy, UUID, str]:
    """Copies with their order and its buyer's address."""
    same = (Grant.workspace_id == Copy.workspace_id) & (Grant.id == Copy.grant_id)
    bought = (Order.workspace_id == Grant.workspace_id) & (Order.id == Grant.order_id)
    return select(Copy, Grant.order_id, Order.buyer_email).join(Grant, same).join(Order, bought)


def _suspect(row: Row[Copy, UUID, str], chance: float, proofs: Sequence[Found]) -> Suspect:
    return Suspect(row.Copy, row.order_id, row.buyer_email, chance, list(proofs))


def _grouped(proofs: Sequence[Found]) -> list[dict[str, str]]:
    """Each kind of mark once, with its first places."""
    places: dict[str, list[str]] = {}
    sealed = {one.where for one in proofs if one.kind == "seal"}
    for one in proofs:
        if one.kind == "manifest" and one.where in sealed:
            continue  # the same file said more surely
        places.setdefault(one.kind, []).append(one.where)
    return [{"kind": kind, "where": _listed([one for one in found if one])} for kind, found in places.items()]


def _listed(places: Sequence[str]) -> str:
    unique = list(dict.fromkeys(places))
    return ", ".join(unique[:3]) + (f" and {len(unique) - 3} more" if len(unique) > 3 else "")


def by_marks(found: Sequence[Found]) -> list[Suspect]:
    """Whole codes, whose check agreed, looked up in the open scope."""
    rows = db.session().execute(_copies().where(Copy.mark.in_({one.mark for one in found})))
    return [_suspect(row, _accident(), [one for one in found if one.mark == row.Copy.mark]) for row in rows]


def _accident(bits: int = 60) -> float:
    """That a code which nobody gave out is one of ours: as many as we have, of all there are."""
    return min(1.0, (_count() or 1) * 2.0**-bits)


def _count() -> int:
    return db.session().scalar(select(func.count()).select_from(Copy)) or 0


def by_beginnings(cut: Sequence[str]) -> list[Suspect]:
    """Codes whose end is missing."""
    suspects = []
    for start in cut:
        rows = db.session().execute(_copies().where(Copy.mark.startswith(start)).limit(MOST_NAMED)).all()
        chance = max(_accident(5 * len(start)), 1 - 1 / len(rows)) if rows else 1.0
        suspects += [_suspect(row, chance, [Found(row.Copy.mark, "cut", marks.written(start))]) for row in rows]
    return suspects


def by_addresses(text: str, read: Sequence[Suspect]) -> list[Suspect]:
    """Buyers who are named on the line: it may have been typed by anybody, so this alone proves little.

    Where a code was `read`, its buyer's address is there because of that order, and says nothing about the buyer's others.
    """
    named = {one.lower() for one in _ADDRESS.findall(text)[:MOST_NAMED]}
    if not named:
        return []
    address = func.lower(Order.buyer_email)
    unread = address.not_in({one.buyer.lower() for one in read})
    meant = or_(unread, Order.id.in_({one.order_id for one in read}))
    rows = db.session().execute(_copies().where(address.in_(named), meant).limit(MOST_NAMED))
    return [_suspect(row, 0.05, [Found(row.Copy.mark, "line", row.buyer_email)]) for row in rows]


def by_bytes(places: Mapping[str, str]) -> list[Suspect]:
    """`places`: SHA-256 in hex, and which member of the leak has it; "" is the leak itself."""
    rows = db.session().execute(_copies().where(Copy.sha256.in_(list(places))).limit(MOST_NAMED))
    return [_suspect(row, 0.0, [Found(row.Copy.mark, "bytes", places[row.Copy.sha256])]) for row in rows]


def by_likeness(found: Sequence[Likeness], compared: int) -> list[Suspect]:
    """`compared` copies were held against the leak, so chance had as many tries."""
    by_mark = {one.mark: one for one in found}
    rows = db.session().execute(_copies().where(Copy.mark.in_(by_mark)))
    return [_alike(row, by_mark[row.Copy.mark], compared) for row in rows]


def _alike(row: Row[Copy, UUID, str], found: Likeness, compared: int) -> Suspect:
    chance = min(1.0, compared * math.erfc(found.score / math.sqrt(2)) / 2)
    part = "the whole picture" if found.share >= 1 else f"{found.share:.0%} of the picture"
    return _suspect(
        row, chance, [Found(row.Copy.mark, "pattern", f"{part}, {found.score:.0f} times what chance shows")]
    )


def pictures(look: str, near: int) -> list[tuple[UUID, UUID]]:
    """Workspace and id of files whose copies look like this, the most alike first; `near` is bits of 64 that may differ."""
    seen = select(Copy.workspace_id, Copy.file_id, func.max(Copy.look)).where(Copy.look != "")
    rows = db.session().execute(seen.group_by(Copy.workspace_id, Copy.file_id))
    ranked = sorted((_apart(look, one), workspace_id, file_id) for workspace_id, file_id, one in rows)
    return [(workspace_id, file_id) for apart, workspace_id, file_id in ranked if apart <= near]


def _apart(one: str, other: str) -> int:
    """Bits in which two looks differ, of 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def merged(suspects: Iterable[Suspect]) -> list[Suspect]:
    """One for each copy with all that speaks for it, the surest first."""
    found: dict[UUID, Suspect] = {}
    for one in suspects:
        known = found.setdefault(one.copy.id, one)
        if known is not one:
            known.chance = min(known.chance, one.chance)
            known.proofs += one.proofs
    return sorted(found.values(), key=lambda one: (one.chance, -len({proof.kind for proof in one.proofs})))
