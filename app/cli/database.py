"""The database made ready: roles, the database itself, extensions, migrations. Safe to repeat and to run twice at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from psycopg import sql

MIGRATIONS = Path(__file__).parents[2] / "migrations"
GROUP = "guildhall_app"
SEARCH = "guildhall_search"
EXTENSIONS = ("pg_trgm", "unaccent", "btree_gist", "btree_gin")
LOCK = 0x6775696C64  # "guild": the key of the advisory lock that lines up concurrent set-ups


class DatabaseError(RuntimeError):
    """The database cannot be made ready; the message says what to do."""


def prepare(admin_url: str, app_url: str, migrations: Path = MIGRATIONS) -> str:
    """Bring the database that `app_url` names to the newest state and return the admin's URL of it.

    `admin_url` is a role that may create roles, any database of the server. Creates `guildhall_app` (what the tables are
    granted to), the login role of `app_url`, `guildhall_search` (owns the search functions) and the database; then the
    extensions and `alembic upgrade head`. Raises DatabaseError.
    """
    target = create(admin_url, app_url)
    with locked(target) as connection:
        if _revision(connection) != head(migrations):  # the usual start is at the newest state and loads no models
            _migrate(target, migrations)
    return target


def create(admin_url: str, app_url: str) -> str:
    """The roles, the database and its extensions, without tables. Returns the admin's URL of it. Raises DatabaseError."""
    admin_url, app_url = plain(admin_url), plain(app_url)
    name = urlsplit(app_url).path.lstrip("/")
    target = with_database(admin_url, name)
    with locked(with_database(admin_url, "postgres")) as connection:
        _roles(connection, app_url)
        _database(connection, name)
    with locked(target) as connection:
        _inside(connection, name)
    return target


def plain(url: str) -> str:
    """The URL as libpq reads it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1).replace("postgres://", "postgresql://", 1)


def with_database(url: str, name: str) -> str:
    """The same server and role, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def with_role(url: str, role: str, password: str) -> str:
    """The same server and database, another role."""
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{address}"))


@contextmanager
def locked(url: str) -> "Iterator[psycopg.Connection[tuple[object, ...]]]":
    """An autocommit connection that holds the set-up's advisory lock. Raises DatabaseError when nobody answers."""
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise DatabaseError(f"PostgreSQL does not accept the admin's URL (DATABASE_ADMIN_URL): {error}") from error
    with connection:
        connection.execute("select pg_advisory_lock(%s)", (LOCK,))
        yield connection


def _roles(connection: "psycopg.Connection[tuple[object, ...]]", app_url: str) -> None:
    parts = urlsplit(app_url)
    login, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not login:
        raise DatabaseError("DATABASE_URL names no role; give it one of its own, such as guildhall.")
    me = connection.execute("select current_user").fetchone()
    if me and me[0] == login:
        raise DatabaseError(
            "DATABASE_URL and DATABASE_ADMIN_URL are the same role. The application needs one that owns no tables, "
            "or the walls between workspaces do not hold."
        )
    try:
        _role(connection, GROUP, "nologin nosuperuser nobypassrls")
        _role(connection, SEARCH, "nologin nosuperuser bypassrls")
        _role(connection, login, "login nosuperuser nobypassrls nocreatedb nocreaterole", password)
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(GROUP), sql.Identifier(login)))
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(SEARCH)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseError(
            f"The role of DATABASE_ADMIN_URL may not manage roles ({error.diag.message_primary}). Give it CREATEROLE and "
            f"BYPASSRLS, or let a superuser create {GROUP}, {SEARCH} and {login}."
        ) from error


def _role(
    connection: "psycopg.Connection[tuple[object, ...]]", name: str, options: str, password: str | None = None
) -> None:
    """Create the role, or bring the one that is there to these options."""
    exists = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone()
    statement = sql.SQL("{} role {} {}").format(
        sql.SQL("alter" if exists else "create"), sql.Identifier(name), sql.SQL(options)
    )
    if password is not None:
        statement += sql.SQL(" password {}").format(sql.Literal(password))
    connection.execute(statement)


def _database(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    if not name:
        raise DatabaseError("DATABASE_URL names no database; end it with one, such as /guildhall.")
    if not connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def _inside(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    for extension in EXTENSIONS:
        connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
    connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(sql.Identifier(name), sql.Identifier(GROUP))
    )
    connection.execute("revoke create on schema public from public")
    connection.execute(
        sql.SQL("grant usage on schema public to {}, {}").format(sql.Identifier(GROUP), sql.Identifier(SEARCH))
    )


def head(migrations: Path = MIGRATIONS) -> str | None:
    """The revision that the code expects the database to be at."""
    return ScriptDirectory.from_config(_config(migrations)).get_current_head()


def _revision(connection: "psycopg.Connection[tuple[object, ...]]") -> object:
    """The revision that the database is at; None while it has no tables."""
    table = connection.execute("select to_regclass('public.alembic_version')").fetchone()
    if table is None or table[0] is None:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return row[0] if row else None


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations))
    return config


def _migrate(url: str, migrations: Path) -> None:
    config = _config(migrations)
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    command.upgrade(config, "head")


def main() -> None:
    """`python -m app.cli.database`: prepare what DATABASE_URL and DATABASE_ADMIN_URL name, without loading the product."""
    try:
        prepare(os.environ["DATABASE_ADMIN_URL"], os.environ["DATABASE_URL"])
    except DatabaseError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
