"""Databases of their own for tests that create, migrate and restore."""

import os
from collections.abc import Callable, Iterator

import psycopg
import pytest

from app.cli.database import with_database, with_role
from tests.engines import test_engines


@pytest.fixture
def admin_url() -> str:
    """The superuser of the run's PostgreSQL, on database `postgres`."""
    return test_engines()[0]


@pytest.fixture
def fresh(admin_url: str) -> Iterator[Callable[[], str]]:
    """Application URLs of databases that do not exist yet; they are dropped afterwards."""
    names: list[str] = []

    def url() -> str:
        names.append(f"cli_{os.getpid()}_{os.urandom(4).hex()}")
        return with_role(with_database(admin_url, names[-1]), "guildhall", "guildhall")

    yield url
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f'drop database if exists "{name}" with (force)')
