"""`flask --app wsgi …`: the commands are there, do one thing each, and refuse in sentences."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.core import crypto, db, settings

NAMES = {"setup", "seed", "sandbox", "relay", "scheduler", "check", "rotate-keys", "backup", "restore"}
NEWER = "k2:" + "bmV3ZXIta2V5LW5ld2VyLWtleS1uZXdlci1rZXktMTI="


def test_every_promised_command_is_there(app: Any) -> None:
    assert set(app.cli.commands) >= NAMES


def test_setup_may_run_again(app: Any) -> None:
    done = app.test_cli_runner().invoke(args=["setup"])
    assert (done.exit_code, done.output) == (0, "The database is ready.\n")


def test_setup_without_an_admin_says_what_to_set(app: Any, setting: Any) -> None:
    setting("database_admin_url", "")
    refused = app.test_cli_runner().invoke(args=["setup"])
    assert refused.exit_code == 1
    assert "DATABASE_ADMIN_URL is not set." in refused.output


def test_check_lists_the_reasons_and_fails(app: Any, setting: Any) -> None:
    setting("secret_key", "dev")
    refused = app.test_cli_runner().invoke(args=["check"])
    assert refused.exit_code == 1
    assert "Set 32 or more random characters" in refused.output


def test_keys_rotate_and_old_secrets_still_open(app: Any, setting: Any) -> None:
    workspace, (old, *_) = uuid4(), settings.current().encryption_keys
    sealed = crypto.encrypt(workspace, "hush", "t|c|1")
    setting("encryption_keys", (NEWER, old))
    done = app.test_cli_runner().invoke(args=["rotate-keys"])
    assert done.exit_code == 0, done.output
    setting("encryption_keys", (NEWER,))
    assert crypto.decrypt(workspace, sealed, "t|c|1") == "hush"
    with db.system("rotate keys") as session:
        row = session.get(crypto.DataKey, workspace)
        assert row is not None
        assert row.kek_id == "k2"


def test_a_backup_that_is_none_is_refused(app: Any, tmp_path: Path) -> None:
    (tmp_path / "poem.tar").write_text("roses")
    refused = app.test_cli_runner().invoke(args=["restore", str(tmp_path / "poem.tar")])
    assert refused.exit_code == 1
    assert "no Guildhall backup" in refused.output


@pytest.fixture
def setting(app: Any) -> Any:
    """Change one setting for a test."""
    chosen, before = settings.current(), dict(vars(settings.current()))

    def change(name: str, value: object) -> None:
        object.__setattr__(chosen, name, value)

    yield change
    for name, value in before.items():
        object.__setattr__(chosen, name, value)
