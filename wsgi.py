"""The door for web servers and the `flask` command."""

import sys

import jobs.schedule  # noqa: F401  (registers the named jobs and the periodic table)
from app import create_app
from app.core.settings import SettingsError

UNSAFE = 3
"""Exit status when a setting is missing or wrong: gunicorn stops as a whole on it instead of trying again."""

try:
    app = create_app()
except SettingsError as error:
    print(error, file=sys.stderr, flush=True)
    sys.exit(UNSAFE)
