"""Guildhall: one place where a creator runs the whole business."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def create_app() -> "Flask":
    """The assembled application. The import stays inside, so `app.sandbox` never loads the product."""
    from app.wiring import assemble

    return assemble()
