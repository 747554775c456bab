"""Somebody is told something in a running Guildhall: `python -m tests.journeys.news <e-mail> <thread> <title> …`."""

import json
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


def tell(folder: Path, email: str, *titles: str) -> None:
    """A reply in a thread with each of these titles, in the town that lives in `folder`. Raises CalledProcessError."""
    town = psutil.Process(json.loads((folder / "run.json").read_text())["pid"])
    environment = next(child.environ() for child in town.children() if "DATABASE_URL" in child.environ())
    subprocess.run(
        [sys.executable, "-m", "tests.journeys.news", email, *titles],
        cwd=ROOT,
        env=environment | {"LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=120,
    )


def main(email: str, *titles: str) -> None:
    from sqlalchemy import select

    import wsgi
    from app.accounts.models import User
    from app.core import db
    from app.notifications import actions

    with wsgi.app.app_context(), db.system("test world") as session:
        reader = session.scalars(select(User.id).where(User.email == email)).one()
        for title in titles:
            actions.tell(
                reader, "forum.reply", f"thread:{title}", title=title, words="I would.", path="/library", actor="Bob"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
