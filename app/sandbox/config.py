"""What a sandbox is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

DEFAULT_WEBHOOK_SECRET = "whsec_sandbox_account"
DEFAULT_CONNECT_WEBHOOK_SECRET = "whsec_sandbox_connect"
DEFAULT_GOOGLE_CLIENT_ID = "sandbox-google"
DEFAULT_GOOGLE_CLIENT_SECRET = "sandbox-google-secret"


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Ports, the data folder, and the application whose webhooks are called.

    `secret_key` None means that every key starting with `sk_test_` is accepted.
    `check_answers` holds every answer against Stripe's schemas (tests do).
    """

    data: Path = Path("var/sandbox")
    host: str = "127.0.0.1"
    port: int = 9400
    smtp_port: int = 9425
    app_url: str = "http://localhost:8000"
    base_url: str = "http://localhost:9400"
    webhook_secret: str = DEFAULT_WEBHOOK_SECRET
    connect_webhook_secret: str = DEFAULT_CONNECT_WEBHOOK_SECRET
    secret_key: str | None = None
    google_client_id: str = DEFAULT_GOOGLE_CLIENT_ID
    google_client_secret: str = DEFAULT_GOOGLE_CLIENT_SECRET
    merchant: str = "Guildhall"
    check_answers: bool = False
