"""What `make run` tells its children."""

import socket
from dataclasses import fields
from pathlib import Path

import pytest

from app.cli import environment, ports
from app.core import crypto, settings
from app.core.settings import Settings

ROOT = Path(__file__).parents[2]
PORTS = environment.Ports(8000, 9400, 9425)
ENGINES = {"DATABASE_URL": "postgresql://guildhall:x@127.0.0.1/guildhall", "REDIS_URL": "redis://127.0.0.1"}


@pytest.fixture
def taken() -> object:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_the_example_names_every_setting() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {line.lstrip("#").partition("=")[0] for line in lines if "=" in line and not line.startswith("# ")}
    assert {item.name.upper() for item in fields(Settings)} <= named


def test_a_taken_port_is_said_and_another_chosen(taken: int) -> None:
    chosen = environment.pick_ports({"PORT": str(taken), "SANDBOX_PORT": str(ports.any_free())})
    assert chosen.web != taken
    assert ports.free(chosen.web)
    assert chosen.notes[0] == f"Port {taken} is taken by another program, so the shop uses {chosen.web}."


def test_wishes_for_the_same_port_do_not_collide() -> None:
    wish = str(ports.any_free())
    chosen = environment.pick_ports({"PORT": wish, "SANDBOX_PORT": wish, "SANDBOX_SMTP_PORT": wish})
    assert len({chosen.web, chosen.sandbox, chosen.smtp}) == 3


def test_no_free_port_is_a_sentence(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "SPAN", 1)
    with pytest.raises(ports.NoPort, match=f"{taken} to {taken} are all taken"):
        ports.choose(taken, set())


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = environment.kept_secrets(tmp_path)
    assert environment.kept_secrets(tmp_path) == first
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_two_folders_share_no_secret(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    pair = environment.kept_secrets(tmp_path), environment.kept_secrets(other)
    assert not set(pair[0].values()) & set(pair[1].values())


def test_without_keys_the_sandbox_stands_in(tmp_path: Path) -> None:
    told = environment.shop({}, PORTS, environment.kept_secrets(tmp_path), tmp_path)
    chosen = settings.read(told | ENGINES)
    assert chosen.sandboxed
    assert chosen.host == "localhost:8000"
    assert chosen.google_discovery_url == "http://localhost:9400/openid/.well-known/openid-configuration"
    assert chosen.smtp_url == "smtp://127.0.0.1:9425"
    assert list(crypto.keys_of(chosen.encryption_keys)) == ["k1"]


def test_a_real_key_switches_its_provider_alone(tmp_path: Path) -> None:
    real = {"STRIPE_SECRET_KEY": "sk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_real"}
    told = environment.shop(real, PORTS, environment.kept_secrets(tmp_path), tmp_path)
    chosen = settings.read(told | ENGINES)
    assert (chosen.stripe_secret_key, chosen.stripe_webhook_secret) == ("sk_live_1", "whsec_real")
    assert chosen.stripe_api_base == "https://api.stripe.com"
    assert not chosen.sandboxed
    assert chosen.google_client_id == "sandbox-google"


def test_the_sandbox_never_sees_a_real_key(tmp_path: Path) -> None:
    real = {"STRIPE_SECRET_KEY": "sk_live_1", "PATH": "/bin", "SENTRY_DSN": "https://secret"}
    told = environment.shop(real, PORTS, environment.kept_secrets(tmp_path), tmp_path)
    heard = environment.sandbox(told, tmp_path)
    assert heard["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert "SENTRY_DSN" not in heard


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text(
        '# words\nLOG_LEVEL=DEBUG\nMAIL_FROM="Guildhall <a@b.example>"\nAPP_URL=https://a.example\n'
    )
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    for name in ("MAIL_FROM", "APP_URL"):
        monkeypatch.delenv(name, raising=False)
    told = environment.outer(tmp_path)
    assert told["LOG_LEVEL"] == "ERROR"
    assert told["MAIL_FROM"] == "Guildhall <a@b.example>"
    assert told["APP_URL"] == "https://a.example"


def test_a_configured_database_takes_the_place_of_the_embedded_one() -> None:
    given = {"DATABASE_URL": "postgresql://a@h/x", "DATABASE_ADMIN_URL": "postgresql://o@h/x"}
    assert environment.database_urls(given, "postgresql://embedded", "pw") == (
        "postgresql://a@h/x",
        "postgresql://o@h/x",
    )


def test_an_admin_alone_lends_the_application_a_role() -> None:
    app, admin = environment.database_urls({"DATABASE_ADMIN_URL": "postgresql://o:p@h:5/shop"}, "", "pw")
    assert app == "postgresql://guildhall:pw@h:5/shop"
    assert admin == "postgresql://o:p@h:5/shop"
