"""Backup and restore: the round trip is exact, and what cannot be trusted is refused before anything changes."""

import os
import tarfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import psycopg
import pytest

from app.cli import backup, database
from app.cli.backup import BackupError
from app.core import settings, storage

Fresh = Callable[[], str]
BIG = os.urandom(3 * storage.CHUNK + 17)


@pytest.fixture
def files(tmp_path: Path, app: object) -> Iterator[Path]:
    """File storage of this test alone."""
    chosen = settings.current()
    before = chosen.storage_url
    object.__setattr__(chosen, "storage_url", f"file://{tmp_path / 'files'}")
    storage.forget()
    yield tmp_path / "files"
    object.__setattr__(chosen, "storage_url", before)
    storage.forget()


@pytest.fixture
def source(admin_url: str, fresh: Fresh, files: Path) -> str:
    """A database with rows, and files beside it; the application's URL."""
    app_url = fresh()
    with psycopg.connect(database.prepare(admin_url, app_url)) as connection:
        connection.execute("insert into schedule_slots (id, name, slot) values (gen_random_uuid(), 'ünïcode', now())")
    storage.put("shops/one/print.png", BytesIO(BIG), limit=len(BIG))
    storage.put_bytes("empty.txt", b"")
    return app_url


def test_the_round_trip_is_exact(admin_url: str, source: str, fresh: Fresh, files: Path, tmp_path: Path) -> None:
    archive, target = tmp_path / "guildhall.tar", fresh()
    backup.write(archive, admin_url, source)
    before = _content(admin_url, source)
    for key, _ in list(storage.everything()):
        storage.delete(key)
    manifest = backup.restore(archive, admin_url, target)
    assert _content(admin_url, target) == before
    assert storage.read("shops/one/print.png") == BIG
    assert storage.read("empty.txt") == b""
    assert sorted(manifest["files"]) == ["empty.txt", "shops/one/print.png"]


def test_search_functions_keep_the_role_that_they_run_as(
    admin_url: str, source: str, fresh: Fresh, tmp_path: Path
) -> None:
    target_url = database.with_database(admin_url, backup._name(source))
    with psycopg.connect(target_url) as connection:
        connection.execute("create function found(text) returns int language sql security definer return 1")
        connection.execute("alter function found(text) owner to guildhall_search")
    archive, target = tmp_path / "guildhall.tar", fresh()
    backup.write(archive, admin_url, source)
    backup.restore(archive, admin_url, target)
    with psycopg.connect(database.with_database(admin_url, backup._name(target))) as connection:
        owner = connection.execute("select pg_get_userbyid(proowner) from pg_proc where proname = 'found'").fetchone()
    assert owner == ("guildhall_search",)


def test_a_database_with_tables_is_left_alone(admin_url: str, source: str, tmp_path: Path) -> None:
    archive = tmp_path / "guildhall.tar"
    backup.write(archive, admin_url, source)
    before = _content(admin_url, source)
    with pytest.raises(BackupError, match="already has"):
        backup.restore(archive, admin_url, source)
    assert _content(admin_url, source) == before


@pytest.mark.parametrize("harm", ["cut", "flipped", "foreign"])
def test_a_damaged_archive_changes_nothing(
    harm: str, admin_url: str, source: str, fresh: Fresh, tmp_path: Path
) -> None:
    archive, target = tmp_path / "guildhall.tar", fresh()
    backup.write(archive, admin_url, source)
    _harm(archive, harm)
    with pytest.raises(BackupError):
        backup.restore(archive, admin_url, target)
    assert not _exists(admin_url, target)


def test_a_missing_wrapping_key_is_named_before_anything_changes(
    admin_url: str, source: str, fresh: Fresh, tmp_path: Path
) -> None:
    archive, target, chosen = tmp_path / "guildhall.tar", fresh(), settings.current()
    backup.write(archive, admin_url, source)
    kept = chosen.encryption_keys
    object.__setattr__(chosen, "encryption_keys", tuple(key.replace("k1:", "k9:") for key in kept))
    try:
        with pytest.raises(BackupError, match="lacks k1"):
            backup.restore(archive, admin_url, target)
    finally:
        object.__setattr__(chosen, "encryption_keys", kept)
    assert not _exists(admin_url, target)


def test_a_failed_backup_leaves_no_file(admin_url: str, files: Path, tmp_path: Path) -> None:
    with pytest.raises((BackupError, psycopg.OperationalError)):
        backup.write(tmp_path / "guildhall.tar", admin_url, "postgresql://guildhall@h/not_there")
    assert list(tmp_path.glob("guildhall.tar*")) == []


def _harm(archive: Path, harm: str) -> None:
    if harm == "cut":
        os.truncate(archive, archive.stat().st_size // 2)
        return
    if harm == "foreign":
        with tarfile.open(archive, "w"):
            return
    with tarfile.open(archive) as tar:
        offset = tar.getmember("files/shops/one/print.png").offset_data
    with archive.open("r+b") as file:
        file.seek(offset + 5)
        byte = file.read(1)[0]
        file.seek(offset + 5)
        file.write(bytes([byte ^ 1]))


def _content(admin_url: str, app_url: str) -> dict[str, list[str]]:
    """Every row of every table as text."""
    tables = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    with psycopg.connect(database.with_database(admin_url, backup._name(app_url))) as connection:
        names = [row[0] for row in connection.execute(tables)]
        return {name: sorted(row[0] for row in connection.execute(f'select t::text from "{name}" t')) for name in names}


def _exists(admin_url: str, app_url: str) -> bool:
    with psycopg.connect(admin_url) as connection:
        query = "select 1 from pg_database where datname = %s"
        return connection.execute(query, (backup._name(app_url),)).fetchone() is not None
