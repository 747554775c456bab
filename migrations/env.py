"""Runs migrations as the owner of the tables: the URL comes from the caller, or from DATABASE_ADMIN_URL."""

import os

from alembic import context
from sqlalchemy import create_engine, pool

from app.models import metadata


def url() -> str:
    given = context.config.attributes.get("url") or os.environ["DATABASE_ADMIN_URL"]
    return given.replace("postgresql://", "postgresql+psycopg://", 1)


def migrate() -> None:
    engine = create_engine(
        url(), poolclass=pool.NullPool, connect_args={"options": "-c lock_timeout=3s -c timezone=UTC"}
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=metadata, compare_type=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()


migrate()
