"""Buying a file that is stamped, for the tests about copies."""

import io
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from reportlab.pdfgen import canvas
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue import actions as catalogue
from app.catalogue.models import File
from app.core import db
from app.core.actor import Actor
from app.downloads.models import Copy
from tests.orders.selling import pay, place
from tests.world import World


def pdf(pages: int = 2, words: str = "The quick brown fox") -> bytes:
    sheet = io.BytesIO()
    paper = canvas.Canvas(sheet)
    for number in range(pages):
        paper.drawString(72, 700, f"{words}, page {number + 1}")
        paper.showPage()
    paper.save()
    return sheet.getvalue()


@dataclass
class Sale:
    """Fay's purchase of one file, and the browser she is signed in with."""

    client: Any
    grant: Grant
    file: File
    run_jobs: Any

    def press(self, what: str) -> Any:
        """«links» downloads, «copies» asks for a copy again."""
        page = self.client.get(f"/library/{self.grant.id}").get_data(as_text=True)
        token = re.search(r'name="csrf-token" content="([^"]+)"', page)
        data = {"csrf_token": token.group(1)} if token else {}
        return self.client.post(f"/library/{self.grant.id}/files/{self.file.id}/{what}", data=data)

    def fetch(self) -> Any:
        """What the buyer gets: the bytes' answer, or the refusal."""
        answer = self.press("links")
        return self.client.get(answer.headers["Location"]) if answer.status_code == 303 else answer

    def copy(self) -> Copy:
        with db.workspace(self.grant.workspace_id) as session:
            newest = select(Copy).order_by(Copy.created_at.desc()).execution_options(populate_existing=True)
            return session.scalars(newest).first()  # type: ignore[return-value]

    def copies(self) -> int:
        with db.workspace(self.grant.workspace_id) as session:
            return len(session.scalars(select(Copy)).all())


def stamped(workspace_id: UUID, file: File, text: str = "For {name}, {email}, order {order}", on: bool = True) -> None:
    with db.workspace(workspace_id):
        catalogue.set_stamping(Actor("person", "Alice"), db.get(File, file.id), on, text)


def sell(world: World, run_jobs: Any, client: Any, data: bytes, name: str, *, stamp: bool = True) -> Sale:
    """Northlight sells the file, Fay buys it and signs in."""
    shop = world.shop(world.north)
    product = world.product(shop, "Pack", ships=False, downloads=False, state="draft")
    with db.workspace(world.north.id):
        row = db.find(type(product), product.id)
        row.downloads, row.state = True, "listed"  # type: ignore[union-attr]
    file = world.file(product, data, name)
    if stamp:
        stamped(world.north.id, file)
    pay(place(world, world.fay.id, (product, 1)), run_jobs)
    with db.workspace(world.north.id) as session:
        grant = session.scalars(select(Grant)).one()
    world.sign_in(client, world.fay)
    return Sale(client, grant, file, run_jobs)
