"""The door for web servers and the `flask` command."""

import jobs.schedule  # noqa: F401  (registers the named jobs and the periodic table)
from app import create_app

app = create_app()
