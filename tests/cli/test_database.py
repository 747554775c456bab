"""The database made ready: from nothing, twice, at once, and with words when it cannot be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from app.cli import database, environment
from app.cli.database import DatabaseError, prepare, with_database, with_role

Fresh = Callable[[], str]
ENV = """
from alembic import context
from sqlalchemy import create_engine, pool
engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
"""
STEP = """
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("select pg_sleep(0.3)")
    op.execute("create table things (id int)")
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text(ENV)
    (tmp_path / "versions" / "0001_things.py").write_text(STEP)
    return tmp_path


def test_from_nothing_to_the_newest_state(admin_url: str, fresh: Fresh) -> None:
    app_url = fresh()
    target = prepare(admin_url, app_url)
    with psycopg.connect(target) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == (database.head(),)
        extensions = {row[0] for row in connection.execute("select extname from pg_extension")}
    assert {"pg_trgm", "unaccent", "btree_gist"} <= extensions


def test_the_application_role_owns_nothing_and_cannot_bypass(admin_url: str, fresh: Fresh, migrations: Path) -> None:
    app_url = fresh()
    prepare(admin_url, app_url, migrations)
    facts = (
        "select rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, pg_has_role('guildhall_app', 'member'),"
        " has_schema_privilege('public', 'create') from pg_roles where rolname = current_user"
    )
    with psycopg.connect(app_url) as connection:
        assert connection.execute(facts).fetchone() == (False, False, False, False, True, False)
    with psycopg.connect(admin_url) as connection:
        search = "select rolcanlogin, rolbypassrls from pg_roles where rolname = 'guildhall_search'"
        assert connection.execute(search).fetchone() == (False, True)


def test_twice_and_at_once_is_the_same_as_once(admin_url: str, fresh: Fresh, migrations: Path) -> None:
    app_url = fresh()
    with ThreadPoolExecutor(4) as pool:
        targets = set(pool.map(lambda _: prepare(admin_url, app_url, migrations), range(4)))
    assert targets == {prepare(admin_url, app_url, migrations)}
    with psycopg.connect(targets.pop()) as connection:
        assert connection.execute("select count(*) from things").fetchone() == (0,)


def test_one_role_for_both_is_refused_and_changes_nothing(admin_url: str, fresh: Fresh) -> None:
    name = database.plain(fresh()).rpartition("/")[2]
    with pytest.raises(DatabaseError, match="same role"):
        prepare(admin_url, with_database(admin_url, name))
    with psycopg.connect(admin_url) as connection:
        assert connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is None


def test_a_weak_admin_is_told_what_it_lacks(admin_url: str, fresh: Fresh) -> None:
    app_url = fresh()
    weak = with_role(with_database(admin_url, "postgres"), "cli_weak", "weak")
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute("drop role if exists cli_weak")
        connection.execute("create role cli_weak login password 'weak'")
    with pytest.raises(DatabaseError, match="CREATEROLE"):
        prepare(weak, app_url)
    with pytest.raises(DatabaseError, match="DATABASE_ADMIN_URL"):
        environment.database_urls({"DATABASE_URL": weak}, "", "pw")


def test_a_superuser_url_alone_becomes_the_admin(admin_url: str) -> None:
    given = with_database(admin_url, "shop")
    app, admin = environment.database_urls({"DATABASE_URL": with_database(admin_url, "postgres")}, "", "pw")
    assert admin == with_database(given, "postgres")
    assert app == with_role(admin, "guildhall", "pw")


def test_a_server_that_is_away_is_a_sentence() -> None:
    with pytest.raises(DatabaseError, match="DATABASE_ADMIN_URL"):
        prepare("postgresql://nobody@127.0.0.1:1/postgres", "postgresql://guildhall:x@127.0.0.1:1/guildhall")
