"""`python -m app.cli.chromium`: see to it that the journeys have a Chromium, the cheapest way first."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """The path of a Chromium that is there: CHROMIUM, an installed one, Playwright's own; else None."""
    named = os.environ.get("CHROMIUM")
    if named and Path(named).exists():
        return named
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def main() -> None:
    """Say which Chromium there is, or get one; exit 1 with a sentence when there is no way."""
    path = find() or _from_playwright() or _from_system()
    if path is None:
        raise SystemExit(
            "The journeys need a Chromium and none could be installed. Install chromium or google-chrome, "
            "or set CHROMIUM to its path, and run make again."
        )
    print(f"Chromium: {path}")


def _from_playwright() -> str | None:
    print("No Chromium is installed; asking Playwright for one", flush=True)
    return find() if _ran(sys.executable, "-m", "playwright", "install", "--with-deps", "chromium") else None


def _from_system() -> str | None:
    apt = shutil.which("apt-get")
    if apt is None:
        return None
    print("Installing chromium with apt-get", flush=True)
    command = [apt] if os.geteuid() == 0 else ["sudo", "-n", apt]
    _ran(*command, "update")
    return find() if _ran(*command, "install", "-y", "--no-install-recommends", "chromium") else None


def _ran(*command: str) -> bool:
    """True when the command exists and ended well; what it said goes to the terminal only when it did not."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"{command[0]}: {error}", file=sys.stderr)
        return False
    if done.returncode:
        print((done.stderr or done.stdout).strip()[-800:], file=sys.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    main()
