"""Answering a dispute: each seller of the cart writes and attaches their part, and the bank gets one answer.

Stripe takes a dispute's evidence once. So a part is handed in first; the answer goes out when every seller did, and
twelve hours before the bank's last day with what there is.
"""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import IO
from uuid import UUID

import structlog
from sqlalchemy import Select, func, select, update

from app.core import audit, db, storage
from app.core.actor import Actor
from app.core.errors import ProviderError, Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.payments import evidence, gateway
from app.payments.gateway import EvidenceFile
from app.payments.models import Dispute, DisputeFile

log = structlog.get_logger()
ANSWERABLE = ("needs_response", "warning_needs_response")
SPARE = timedelta(hours=12)
"""How long before the bank's last day an answer goes out that somebody else still keeps waiting."""


class TooLate(Refused):
    status = 409
    message = (
        "This dispute takes no more evidence: it was answered or decided. Nothing was changed; your text is kept below."
    )


class HandedIn(Refused):
    status = 409
    message = "Your evidence was handed in already and cannot be changed any more."


class TooMuchEvidence(Refused):
    pass


def write_evidence(actor: Actor, dispute: Dispute, text: str) -> None:
    """Keep the seller's side as a draft. Raises TooLate, HandedIn, TooMuchEvidence."""
    dispute = _open(dispute)
    text, room = text.strip(), text_room(dispute)
    if len(text) > room:
        raise TooMuchEvidence(
            f"Banks stop reading: keep it below {room:,} characters (now {len(text):,}).", field="text"
        )
    if text != dispute.evidence_text:
        dispute.evidence_text = text
        audit.record(actor, "payments.write_evidence", dispute, characters=len(text))


def attach(actor: Actor, dispute: Dispute, source: IO[bytes], filename: str, kind: str) -> DisputeFile:
    """Keep one PDF, JPEG or PNG. Raises BadPaper, TooLate, HandedIn, TooMuchEvidence; nothing is stored then."""
    dispute = _open(dispute)
    data = source.read(evidence.MOST_BYTES + 1)
    used, count = _used(dispute)
    if count >= evidence.MOST_FILES:
        raise TooMuchEvidence(f"At most {evidence.MOST_FILES} files. Remove one first.", field="file")
    if used + len(data) > evidence.MOST_BYTES:
        raise TooMuchEvidence(
            f"All files of a dispute may have 4.5 MB together, and {storage.human_size(used)} are used. "
            "Make it smaller; it was not stored.",
            field="file",
        )
    row = DisputeFile(
        id=new_id(),
        dispute_id=dispute.id,
        kind=kind if kind in evidence.KINDS else "uncategorized_file",
        name=PurePosixPath(filename.replace("\\", "/")).name[:200] or "file",
        content_type=evidence.content_type(data),
        size=len(data),
        storage_key="",
    )
    row.storage_key = storage.put(
        f"disputes/{db.current_workspace()}/{dispute.id}/{row.id}", io.BytesIO(data), limit=evidence.MOST_BYTES
    ).key
    audit.record(actor, "payments.attach_evidence", dispute, name=row.name, kind=row.kind, size=row.size)
    return db.add(row)


def detach(actor: Actor, file: DisputeFile) -> None:
    """Take a file away again. Raises TooLate, HandedIn."""
    dispute = _open(db.get(Dispute, file.dispute_id))
    audit.record(actor, "payments.detach_evidence", dispute, name=file.name)
    later("payments.forget_evidence", keys=[file.storage_key])
    db.session().delete(file)
    db.session().flush()


def hand_in(actor: Actor, dispute: Dispute) -> None:
    """The seller's last word. Raises TooLate, HandedIn, TooMuchEvidence when there is nothing to hand in."""
    dispute = _open(dispute)
    if not dispute.evidence_text and not _used(dispute)[1]:
        raise TooMuchEvidence("Write what happened, or attach a file first. Nothing was sent.", field="text")
    dispute.evidence_given_at = db.now()
    audit.record(actor, "payments.hand_in_evidence", dispute)
    later("payments.send_evidence", stripe_dispute_id=dispute.stripe_dispute_id)


def _open(dispute: Dispute) -> Dispute:
    dispute = db.lock(dispute)
    if dispute.evidence_given_at is not None:
        raise HandedIn
    if dispute.status not in ANSWERABLE or (dispute.evidence_due_at and dispute.evidence_due_at <= db.now()):
        raise TooLate
    return dispute


def _used(dispute: Dispute) -> tuple[int, int]:
    """Bytes of all sellers' files of this dispute, and how many files this seller has."""
    mine = select(func.count()).where(DisputeFile.dispute_id == dispute.id)
    count = db.session().scalar(mine) or 0
    with db.system("share evidence") as session:
        size = session.scalar(
            select(func.coalesce(func.sum(DisputeFile.size), 0))
            .join(Dispute, (Dispute.workspace_id == DisputeFile.workspace_id) & (Dispute.id == DisputeFile.dispute_id))
            .where(Dispute.stripe_dispute_id == dispute.stripe_dispute_id)
        )
    return int(size or 0), count


def text_room(dispute: Dispute) -> int:
    """How many characters this seller has: Stripe's, shared by the sellers of the cart."""
    with db.system("share evidence") as session:
        sellers = session.scalar(select(func.count()).where(Dispute.stripe_dispute_id == dispute.stripe_dispute_id))
    return evidence.MOST_TEXT // max(1, sellers or 1)


# --- to the bank
def send_evidence(stripe_dispute_id: str) -> bool:
    """Send the answer if it is complete or due: one file per call, the words last, so that no call outlasts its job.

    Returns whether it is at the bank now. Raises ProviderError.
    """
    with db.system("send evidence"):
        text, files = _answer(stripe_dispute_id)
    if not text and not files:
        return False
    try:
        return _upload_next(stripe_dispute_id, files) or _submit(stripe_dispute_id, text, files)
    except ProviderError as error:
        if not error.permanent:
            raise
        return _declined(stripe_dispute_id, error)


def _answer(stripe_dispute_id: str) -> tuple[str, list[DisputeFile]]:
    """What the sellers handed in; nothing while it waits for one of them, and nothing once it was sent."""
    rows = db.session().scalars(_rows(stripe_dispute_id)).all()
    given = [row for row in rows if row.evidence_given_at is not None]
    if not given or any(row.evidence_sent_at for row in given):
        return "", []
    if len(given) < len(rows) and not _due(given[0].evidence_due_at):
        return "", []
    return _text(given), _files([row.id for row in given])


def _rows(stripe_dispute_id: str) -> Select[Dispute]:
    return select(Dispute).where(Dispute.stripe_dispute_id == stripe_dispute_id).order_by(Dispute.workspace_id)


def _upload_next(stripe_dispute_id: str, files: Sequence[DisputeFile]) -> bool:
    """Upload the papers of one kind and come again. False when nothing is left to upload."""
    waiting = next((file.kind for file in files if file.stripe_file_id is None), None)
    if waiting is None:
        return False
    same = [file for file in files if file.kind == waiting]
    uploaded = gateway.current().upload_evidence(_paper(same))
    with db.system("send evidence") as session:
        for file in same:
            session.execute(update(DisputeFile).where(DisputeFile.id == file.id).values(stripe_file_id=uploaded))
        later("payments.send_evidence", stripe_dispute_id=stripe_dispute_id)
    return True


def _submit(stripe_dispute_id: str, text: str, files: Sequence[DisputeFile]) -> bool:
    ids = {file.kind: str(file.stripe_file_id) for file in files}
    gateway.current().submit_evidence(
        stripe_dispute_id, text, ids, f"evidence:{stripe_dispute_id}:{_digest(text, ids)}"
    )
    _sent(stripe_dispute_id)
    return True


def _due(last_day: datetime | None) -> bool:
    return last_day is not None and last_day - SPARE <= db.now()


def _text(given: Sequence[Dispute]) -> str:
    written = [row.evidence_text for row in given if row.evidence_text]
    if len(given) == 1:
        return "".join(written)
    return "\n\n".join(f"Seller {number} of {len(given)}:\n{text}" for number, text in enumerate(written, 1))


def _files(dispute_ids: Sequence[UUID]) -> list[DisputeFile]:
    found = select(DisputeFile).where(DisputeFile.dispute_id.in_(dispute_ids))
    return list(db.session().scalars(found.order_by(DisputeFile.workspace_id, DisputeFile.id)))


def _digest(text: str, ids: Mapping[str, str]) -> str:
    return sha256("|".join([text, *ids.values()]).encode()).hexdigest()[:24]


def _paper(same: Sequence[DisputeFile]) -> EvidenceFile:
    """Stripe takes one file per kind: the one there is, or all of them in one PDF."""
    kind, data = same[0].kind, [storage.read(file.storage_key) for file in same]
    if len(same) == 1:
        return EvidenceFile(kind, same[0].name, same[0].content_type, data[0])
    return EvidenceFile(kind, f"{kind}.pdf", "application/pdf", evidence.combined(data))


def _sent(stripe_dispute_id: str) -> None:
    with db.system("send evidence") as session:
        for row in session.scalars(_rows(stripe_dispute_id)):
            row.evidence_sent_at = db.now() if row.evidence_given_at else None
            row.evidence_error = ""
        later("payments.mirror_dispute", dispute_id=stripe_dispute_id)


def _declined(stripe_dispute_id: str, error: ProviderError) -> bool:
    """Stripe says no for good: answered elsewhere, or too late. The seller sees why, and the state is read again."""
    log.error("payments.evidence_declined", dispute_id=stripe_dispute_id, error=str(error))
    with db.system("send evidence") as session:
        for row in session.scalars(_rows(stripe_dispute_id)):
            row.evidence_error = str(error)[:500] if row.evidence_given_at else ""
        later("payments.mirror_dispute", dispute_id=stripe_dispute_id)
    return False


def forget(keys: Sequence[str]) -> None:
    """Delete the bytes of files that were taken away."""
    for key in keys:
        storage.delete(key)
