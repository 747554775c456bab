"""Archives that were made, and archives that are to be brought in. Sizes in bytes."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core import db

MAKING = "state in ('asked', 'running', 'ready', 'failed', 'gone')"
BRINGING = "state in ('checking', 'checked', 'refused', 'bringing', 'done', 'failed')"


class Packed:
    """How far the packing is and what came of it. `state`: asked → running → ready → gone (`expires_at` passed), or failed.

    `done` of `total` counts rows and files, `step` says what is being packed. `rows` and `files` are what came of it.
    """

    state: Mapped[str] = mapped_column(default="asked")
    step: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)
    files: Mapped[int] = mapped_column(BigInteger, default=0)
    key: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(default="")
    error: Mapped[str] = mapped_column(default="")
    moment: Mapped[db.When | None]
    ended_at: Mapped[db.When | None]
    expires_at: Mapped[db.When | None]


class Archive(Packed, db.Tenanted, db.Base, db.Timestamped):
    """Everything a workspace owned at `moment`."""

    __tablename__ = "archives"
    asked_by: Mapped[UUID]
    asked_name: Mapped[str]
    __table_args__ = (
        CheckConstraint(MAKING, name="state"),
        Index(
            "uq_archives_under_way",
            "workspace_id",
            unique=True,
            postgresql_where=text("state in ('asked', 'running')"),
        ),
        Index("ix_archives_expiry", "expires_at", postgresql_where=text("state = 'ready'")),
    )


class OwnArchive(Packed, db.Base, db.Timestamped):
    """A person's own data, as it was at `moment`."""

    __tablename__ = "own_archives"
    id: Mapped[db.Id] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (
        CheckConstraint(MAKING, name="state"),
        Index(
            "uq_own_archives_under_way", "user_id", unique=True, postgresql_where=text("state in ('asked', 'running')")
        ),
        Index("ix_own_archives_expiry", "expires_at", postgresql_where=text("state = 'ready'")),
    )


class ArchiveImport(db.Tenanted, db.Base, db.Timestamped):
    """A zip that somebody brought. `state`: checking → checked or refused; checked → bringing → done or failed.

    `report`: what would come in, what stays out and why (app/archives/reports.py). Nothing else of the workspace is written
    before `bringing`, and then all of it in one transaction.
    """

    __tablename__ = "archive_imports"
    asked_by: Mapped[UUID]
    asked_name: Mapped[str]
    name: Mapped[str]
    key: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="checking")
    step: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(BigInteger, default=0)
    total: Mapped[int] = mapped_column(BigInteger, default=0)
    report: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    error: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[db.When | None]
    __table_args__ = (
        CheckConstraint(BRINGING, name="state"),
        Index(
            "uq_archive_imports_open",
            "workspace_id",
            unique=True,
            postgresql_where=text("state in ('checking', 'checked', 'bringing')"),
        ),
    )
