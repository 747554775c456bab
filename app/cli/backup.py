"""One .tar with everything: the database (pg_dump), every stored file, and a manifest with their digests.

The dump is taken before the files: a file that arrives meanwhile is extra, and none that the database names is missing.
"""

import hashlib
import json
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from app.cli import database
from app.cli.postgres import tool
from app.core import settings, storage

FORMAT = 1
DUMP, MANIFEST, FILES = "database.dump", "manifest.json", "files/"
NO_LIMIT = 1 << 62
ENVIRONMENT = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
ENVIRONMENT |= {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
SEARCH_FUNCTIONS = (
    "select oid::regprocedure::text from pg_proc"
    " where pg_get_userbyid(proowner) = %s and pronamespace = 'public'::regnamespace order by 1"
)
TABLES = "select count(*) from pg_class where relkind in ('r','p','v') and relnamespace = 'public'::regnamespace"


class BackupError(RuntimeError):
    """A backup cannot be written or restored; the message says why. Nothing was changed unless it says so."""


def write(file: Path, admin_url: str, app_url: str) -> dict[str, Any]:
    """Write the backup and return its manifest. The file appears under its name only when it is complete."""
    url = database.with_database(database.plain(admin_url), _name(app_url))
    unfinished = file.with_name(f"{file.name}.unfinished")
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(unfinished, "w") as tar:
            dump = Path(folder) / DUMP
            _program("pg_dump", url, "--format=custom", "--no-owner", f"--file={dump}")
            tar.add(dump, DUMP)
            manifest = _facts(url) | {"database": {"sha256": _digest(dump), "size": dump.stat().st_size}}
            manifest["files"] = {key: _add(tar, key, size) for key, size in storage.everything()}
            _add_bytes(tar, MANIFEST, json.dumps(manifest, indent=1).encode())
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def restore(file: Path, admin_url: str, app_url: str) -> dict[str, Any]:
    """Bring a backup into an empty database and the file storage; returns its manifest.

    Everything in the archive is checked against its digest first. Raises BackupError.
    """
    with _opened(file) as tar, tempfile.TemporaryDirectory() as folder:
        manifest = _manifest(tar)
        _verify(tar, manifest)
        _keys_present(manifest)
        url = database.create(admin_url, app_url)
        _refuse_full(url)
        dump = Path(folder) / DUMP
        with dump.open("wb") as target:
            for piece in _pieces(tar, DUMP):
                target.write(piece)
        _program("pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", "--dbname=", str(dump))
        _give_search(url, manifest["search_functions"])
        for key in manifest["files"]:
            source: Any = tar.extractfile(FILES + key)
            storage.put(key, source, limit=NO_LIMIT)
    return manifest


def _name(app_url: str) -> str:
    return str(conninfo_to_dict(database.plain(app_url)).get("dbname", ""))


def _facts(url: str) -> dict[str, Any]:
    with psycopg.connect(url) as connection:
        functions = [row[0] for row in connection.execute(SEARCH_FUNCTIONS, (database.SEARCH,))]
    return {
        "product": "guildhall",
        "format": FORMAT,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "revision": database.head(),
        "encryption_keys": _key_names(),
        "search_functions": functions,
    }


def _key_names() -> list[str]:
    return [entry.partition(":")[0] for entry in settings.current().encryption_keys]


def _program(name: str, url: str, *arguments: str) -> None:
    """Run pg_dump or pg_restore; the password goes through the environment, where no list of processes shows it."""
    parts = conninfo_to_dict(url)
    environment = os.environ | {ENVIRONMENT[key]: str(value) for key, value in parts.items() if key in ENVIRONMENT}
    given = [f"--dbname={parts['dbname']}" if argument == "--dbname=" else argument for argument in arguments]
    done = subprocess.run([tool(name), *given], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise BackupError(f"{name} did not succeed, so nothing was kept: {done.stderr.strip()}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Reader(RawIOBase):
    """A stored file as a stream that tarfile reads; counts the digest on the way."""

    def __init__(self, key: str, size: int) -> None:
        self._pieces = storage.stream(key, 0, size - 1)
        self._left = b""
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        taken, self._left = (self._left, b"") if size < 0 else (self._left[:size], self._left[size:])
        self.digest.update(taken)
        return taken


def _add(tar: tarfile.TarFile, key: str, size: int) -> str:
    entry, source = tarfile.TarInfo(FILES + key), _Reader(key, size)
    entry.size = size
    tar.addfile(entry, source)
    return source.digest.hexdigest()


def _add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, BytesIO(data))


def _opened(file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(file, "r:")
    except tarfile.TarError as error:
        raise BackupError(f"{file} is no Guildhall backup ({error}). Nothing was changed.") from error


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(b"".join(_pieces(tar, MANIFEST)))
    except (KeyError, ValueError, tarfile.TarError) as error:
        raise BackupError("This file holds no complete manifest, so it is cut or no Guildhall backup.") from error
    if manifest.get("product") != "guildhall" or manifest.get("format") != FORMAT:
        raise BackupError(f"This backup has format {manifest.get('format')!r}; this version reads format {FORMAT}.")
    return manifest


def _verify(tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    expected = {DUMP: manifest["database"]["sha256"]} | {
        FILES + key: digest for key, digest in manifest["files"].items()
    }
    for name, digest in expected.items():
        found = hashlib.sha256()
        for piece in _pieces(tar, name):
            found.update(piece)
        if found.hexdigest() != digest:
            raise BackupError(f"{name} in the backup is damaged: its digest differs. Nothing was changed.")


def _pieces(tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
    """The bytes of one member. Raises KeyError when the archive lacks it."""
    source = tar.extractfile(name)
    if source is None:
        raise KeyError(name)
    while piece := source.read(storage.CHUNK):
        yield piece


def _keys_present(manifest: dict[str, Any]) -> None:
    missing = [name for name in manifest["encryption_keys"] if name not in _key_names()]
    if missing:
        raise BackupError(
            f"ENCRYPTION_KEYS lacks {', '.join(missing)}, which this backup's secrets may need. Add the key that was in use "
            "when it was made. Nothing was changed."
        )


def _refuse_full(url: str) -> None:
    with psycopg.connect(url) as connection:
        row = connection.execute(TABLES).fetchone()
    if row and row[0]:
        raise BackupError(
            f"The database already has {row[0]} tables. Restore into an empty one: point DATABASE_URL at a new name."
        )


def _give_search(url: str, functions: list[str]) -> None:
    """The search functions belong to the role that sees across workspaces; a restore without owners gave them to us."""
    with psycopg.connect(url) as connection:
        for signature in functions:
            owner = sql.Identifier(database.SEARCH)
            connection.execute(sql.SQL("alter function {} owner to {}").format(sql.SQL(signature), owner))
