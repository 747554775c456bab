"""The commands of `flask --app wsgi`: each is one call, and every refusal is a sentence and exit status 1."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import func, select

from app.cli import attention, backup, database
from app.core import audit, crypto, db, outbox_relay, scheduler, selfcheck, settings
from app.core.audit import AuditAnchor

P = ParamSpec("P")


class CutTrail(RuntimeError):
    """An audit trail does not reach an anchor any more."""


REFUSALS = (settings.SettingsError, database.DatabaseError, backup.BackupError, CutTrail)


def said(function: Callable[P, None]) -> Callable[P, None]:
    """Turn a known refusal into its sentence on standard error and exit status 1."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except REFUSALS as error:
            raise click.ClickException(str(error)) from error

    return wrapper


@click.command("setup")
@said
def setup() -> None:
    """Create roles and database if they are missing, and migrate to the newest state."""
    chosen = settings.current()
    database.prepare(admin_url(), chosen.database_url)
    click.echo("The database is ready.")


@click.command("seed")
@click.option("--if-needed", is_flag=True, help="Do nothing when the demo marketplace is complete.")
@click.option("--steps", is_flag=True, help="Print every step, for `make run`, which shows them as one line.")
@with_appcontext
@said
def seed(if_needed: bool, steps: bool) -> None:
    """Fill the demo marketplace, or go on where filling it was cut off."""
    from app import seeds  # the demo's pictures and texts are loaded by this command alone

    if not seeds.needed():
        if not if_needed:
            click.echo("There is a marketplace already; the demo adds nothing to it.")
        return
    click.echo("Filling the demo marketplace; this takes a minute or two.")
    try:
        seeds.run(click.echo if steps else _one_line)
    except seeds.CannotSeed as error:
        raise click.ClickException(str(error)) from error
    click.echo("The demo marketplace is filled.")


def _one_line(step: str) -> None:
    """Each step over the one before, where somebody is watching."""
    if sys.stdout.isatty():
        click.echo(f"\r\x1b[K{step}", nl=False)


@click.command("sandbox", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def sandbox(arguments: tuple[str, ...]) -> None:
    """Run the providers' sandbox (python -m app.sandbox --help lists its options)."""
    os.execv(sys.executable, [sys.executable, "-m", "app.sandbox", *arguments])


@click.command("relay")
@with_appcontext
def relay() -> None:
    """Pass committed news and jobs on, until SIGTERM."""
    outbox_relay.run()


@click.command("scheduler")
@with_appcontext
def schedule() -> None:
    """Ask for periodic work when it is due, until SIGTERM."""
    scheduler.run()


@click.command("check")
@with_appcontext
@said
def check() -> None:
    """Say whether it is safe to serve, and what to do when it is not.

    Exit status 0: nothing to do. 1: it must not serve. 4: it may serve, and something waits for a person.
    """
    selfcheck.run(current_app.config, database.head())
    click.echo(audit_trails())
    click.echo("Guildhall may serve.")
    found = list(attention.waiting())
    for sentence in found:
        click.echo(sentence, err=True)
    if found:
        sys.exit(attention.STATUS)


@click.command("operator")
@click.argument("email")
@with_appcontext
@said
def operator(email: str) -> None:
    """Let the person who signed up with EMAIL run the platform (/admin)."""
    click.echo(f"{attention.appoint(email)} operates the platform at /admin; more are invited at /w/guildhall/members.")


def audit_trails() -> str:
    """Whether every workspace's audit trail still reaches its anchors. Raises CutTrail."""
    with db.system("check audit trails") as session:
        lost = audit.lost_anchor()
        if lost is not None:
            raise CutTrail(
                f"The audit trail of workspace {lost.workspace_id} was cut: entry {lost.position}, noted "
                f"{lost.at:%Y-%m-%d %H:%M} UTC with the seal {lost.hash}, is gone or another. Have the database's access log looked at."
            )
        count, newest = session.execute(
            select(func.count(AuditAnchor.workspace_id.distinct()), func.max(AuditAnchor.at))
        ).one()
    if newest is None:
        return "No audit trail has an anchor yet; the scheduler sets them every hour."
    return f"{count} audit trails reach their anchors, the newest from {newest:%Y-%m-%d %H:%M} UTC."


@click.command("rotate-keys")
@with_appcontext
@said
def rotate_keys() -> None:
    """Wrap every workspace's data key with the first key of ENCRYPTION_KEYS."""
    changed = crypto.rotate_all()
    click.echo(f"{changed} data keys now use the newest wrapping key.")


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
@said
def write_backup(file: Path) -> None:
    """Write the database and all files into one .tar FILE."""
    manifest = backup.write(file, admin_url(), settings.current().database_url)
    click.echo(f"{file}: the database and {len(manifest['files'])} files. Keep ENCRYPTION_KEYS with it, elsewhere.")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
@said
def read_backup(file: Path) -> None:
    """Bring a backup FILE into an empty database and the file storage."""
    manifest = backup.restore(file, admin_url(), settings.current().database_url)
    click.echo(f"Restored the state of {manifest['made_at']} with {len(manifest['files'])} files.")


def admin_url() -> str:
    """DATABASE_ADMIN_URL. Raises SettingsError when it is not set."""
    url = settings.current().database_admin_url
    if not url:
        raise settings.SettingsError(
            "DATABASE_ADMIN_URL is not set. Give the URL of the role that owns the tables; the application's own role may not."
        )
    return url


COMMANDS: tuple[Any, ...] = (
    setup,
    seed,
    sandbox,
    relay,
    schedule,
    check,
    operator,
    rotate_keys,
    write_backup,
    read_backup,
)
