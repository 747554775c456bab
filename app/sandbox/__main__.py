"""`python -m app.sandbox`: read the settings, then serve until told to stop."""

import argparse
import os
import signal
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from .config import (
    DEFAULT_CONNECT_WEBHOOK_SECRET,
    DEFAULT_GOOGLE_CLIENT_ID,
    DEFAULT_GOOGLE_CLIENT_SECRET,
    DEFAULT_WEBHOOK_SECRET,
    SandboxConfig,
)
from .server import create_sandbox


class QuietHandler(WSGIRequestHandler):
    """Says only what went wrong: a polling page would drown everything else."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log answers from 500 on."""
        if str(code).startswith("5"):
            super().log_request(code, size)


def parse(argv: list[str] | None = None) -> SandboxConfig:
    """Settings from the command line, then the environment, then the defaults."""
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m app.sandbox", description=__doc__)
    parser.add_argument("--host", default=env("SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_PORT", "9400")))
    parser.add_argument("--data", type=Path, default=Path(env("SANDBOX_DATA", "var/sandbox")))
    parser.add_argument("--smtp-port", type=int, default=int(env("SANDBOX_SMTP_PORT", "9425")))
    parser.add_argument("--app-url", default=env("APP_URL", "http://localhost:8000"))
    parser.add_argument("--base-url", default=env("SANDBOX_URL"), help="how browsers reach the sandbox")
    parser.add_argument("--webhook-secret", default=env("STRIPE_WEBHOOK_SECRET") or DEFAULT_WEBHOOK_SECRET)
    parser.add_argument(
        "--connect-webhook-secret", default=env("STRIPE_CONNECT_WEBHOOK_SECRET") or DEFAULT_CONNECT_WEBHOOK_SECRET
    )
    given = parser.parse_args(argv)
    return SandboxConfig(
        host=given.host,
        port=given.port,
        data=given.data,
        smtp_port=given.smtp_port,
        app_url=given.app_url.rstrip("/"),
        base_url=(given.base_url or f"http://localhost:{given.port}").rstrip("/"),
        webhook_secret=given.webhook_secret,
        connect_webhook_secret=given.connect_webhook_secret,
        secret_key=env("STRIPE_SECRET_KEY") or None,
        google_client_id=env("GOOGLE_CLIENT_ID") or DEFAULT_GOOGLE_CLIENT_ID,
        google_client_secret=env("GOOGLE_CLIENT_SECRET") or DEFAULT_GOOGLE_CLIENT_SECRET,
    )


def main() -> None:
    """Serve until SIGTERM or SIGINT, then stop the background work in order."""
    config = parse()
    app = create_sandbox(config)
    server = make_server(config.host, config.port, app, threaded=True, request_handler=QuietHandler)
    stopping = app.extensions["sandbox.stop"]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    for start in app.extensions["sandbox.start"]:
        start()
    print(f"Sandbox on {config.base_url} (no real money), mail on port {config.smtp_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print("Sandbox stopped", flush=True)
    finally:
        server.server_close()
        for finish in reversed(stopping):
            finish()


if __name__ == "__main__":
    main()
