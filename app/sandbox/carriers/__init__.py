"""What the three label providers of the sandbox share: prices, label files, parcels on their way, news of them, a page.

Imitated: rates that depend on weight, volume (dim weight), zone and country; carriers that say no to one parcel and yes to
another; real label files (PDF, PNG, ZPL); parcels that a person or the clock moves; voids that take their time.
Not imitated: contract prices, taxes, pick-ups, carbon offsets, post-purchase weight adjustments.
"""

from flask import Flask

from app.sandbox.config import SandboxConfig
from app.sandbox.stripe import clockwork

from . import doors, pages, parcels, voids


def register(app: Flask, config: SandboxConfig) -> None:
    """Add the parcels, their page and their doors; memory, clockwork and postman are those that Stripe's part opened."""
    app.extensions["sandbox.nav"].append(("Parcels", "/parcels"))
    clockwork.TASKS.update({**parcels.TASKS, voids.TASK: voids.come_due})
    for part in (doors, pages):
        app.register_blueprint(part.blueprint)
