"""Every program refuses a missing or wrong setting in a sentence, never in a traceback; and what is queued is JSON."""

import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from app.cli import ports
from app.core import db
from app.core.outbox import later
from app.core.outbox_relay import enqueue, valkey

ROOT = Path(__file__).parents[2]
FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
WRONG: dict[str, tuple[list[str], dict[str, str], str]] = {
    # case: program, changed environment ("" removes), the sentence's words
    "relay without database": ([*FLASK, "relay"], {"DATABASE_URL": ""}, "DATABASE_URL is not set. Set it"),
    "scheduler without valkey": ([*FLASK, "scheduler"], {"REDIS_URL": ""}, "REDIS_URL is not set. Set it"),
    "check without address": ([*FLASK, "check"], {"APP_URL": ""}, "APP_URL is not set. Set it"),
    "setup without secret": ([*FLASK, "setup"], {"SECRET_KEY": ""}, "SECRET_KEY is not set. Set it"),
    "backup without files": ([*FLASK, "backup", "x.tar"], {"STORAGE_URL": ""}, "STORAGE_URL is not set. Set it"),
    "seed in no environment": ([*FLASK, "seed"], {"APP_ENV": "staging"}, "use one of development, test, production"),
    "file that is not there": (
        [*FLASK, "check"],
        {"SECRET_KEY_FILE": "/nowhere"},
        "SECRET_KEY_FILE points at /nowhere",
    ),
    "worker without database": (
        [sys.executable, "-m", "jobs", "mail"],
        {"DATABASE_URL": ""},
        "DATABASE_URL is not set",
    ),
}


def environment(changes: dict[str, str]) -> dict[str, str]:
    changed = dict(os.environ) | changes
    return {name: value for name, value in changed.items() if value or name not in changes}


def run(command: list[str], changes: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=ROOT, env=environment(changes), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_setting_is_a_sentence(app: Any, case: str) -> None:
    command, changes, words = WRONG[case]
    done = run(command, changes)
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert len(done.stderr.strip().splitlines()) == 1


def test_check_tells_a_person_what_to_do(app: Any) -> None:
    done = run([*FLASK, "check"], {"STRIPE_WEBHOOK_SECRET": "whsec_xxx", "APP_ENV": "production"})
    assert done.returncode == 1
    assert "STRIPE_WEBHOOK_SECRET is missing or a default. Copy it" in done.stderr
    assert "APP_URL does not start with https://" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_lets_the_tests_own_setup_serve_and_says_what_waits(app: Any) -> None:
    """There is no provider behind the tests' address, and that is no reason not to serve."""
    done = run([*FLASK, "check"], {})
    assert (done.returncode, done.stdout.splitlines()[-1]) == (4, "Guildhall may serve."), done.stderr
    assert done.stderr.startswith("Nobody could ask what Stripe sends here: stripe: could not be reached in time")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"APP_ENV": "production", "FLASK_DEBUG": "1"}, "Remove DEBUG and FLASK_DEBUG"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
    ],
    ids=["unsafe", "missing"],
)
def test_the_web_server_stops_as_a_whole(app: Any, changes: dict[str, str], words: str) -> None:
    """Exit status 3 and the sentence, instead of starting workers again and again."""
    gunicorn = [str(Path(sys.executable).parent / "gunicorn"), "-c", "app/cli/gunicorn_conf.py", "wsgi:app"]
    done = run(gunicorn, changes | {"PORT": str(ports.any_free()), "WEB_WORKERS": "1"})
    assert done.returncode == 3
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_queued_is_json(app: Any) -> None:
    """Pickle would let whoever writes to Valkey run code: the bytes of a queued job are read here as they lie there."""
    client = valkey()
    with db.system("jobs"):
        job_id = later("accounts.sweep")
    enqueue(client)
    queued = [client.hget(key, "data") for key in client.scan_iter("rq:job:*")]
    calls = [json.loads(zlib.decompress(data)) for data in queued if data]
    assert ["app.core.jobs.perform", None, [str(job_id)], {}] in calls
