"""The command line: what `flask --app wsgi …` knows, and how everything comes up on a bare machine (`run.py`)."""

from flask import Flask


def register(app: Flask) -> None:
    """Add Guildhall's commands. The import stays inside, so the engines' keeper never loads the product."""
    from app.cli.commands import COMMANDS

    for command in COMMANDS:
        app.cli.add_command(command)
