"""From a leak, or a part of one, to the order that it came from."""

import html
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import numpy as np
import pypdf
import pytest
from PIL import Image
from sqlalchemy import select

from app.access.models import Grant
from app.catalogue import actions
from app.catalogue.models import File, Product
from app.core import db, storage
from app.core.actor import SYSTEM, Actor
from app.core.audit import AuditEntry
from app.core.permissions import Role
from app.downloads import actions as downloads
from app.downloads.actions import copies
from app.downloads.models import Trace
from app.workspaces import actions as workspaces
from tests.downloads.stamped import Sale, pdf, sell, stamped
from tests.downloads.wares import archive, book, picture, recording
from tests.orders.selling import pay, place
from tests.world import World


class Desk:
    """Alice of Northlight looks for leaks."""

    def __init__(self, world: World, client: Any, run_jobs: Any, here: str = "", person: Any = None) -> None:
        self.client, self.run_jobs = world.sign_in(client, person or world.alice), run_jobs
        self.here = here or f"/w/{world.north.slug}/leaks"

    def post(self, what: str, data: dict[str, Any]) -> Any:
        page = self.client.get(self.here).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        fields = data | ({"csrf_token": token.group(1)} if token else {})
        return self.client.post(f"{self.here}/{what}", data=fields, content_type="multipart/form-data")

    def upload(self, data: bytes, name: str = "leak.bin") -> str:
        """The page of the answer."""
        answer = self.post("files", {"leak": (io.BytesIO(data), name)})
        assert answer.status_code == 303, answer.text[:500]
        self.run_jobs()
        return self.answer(answer.headers["Location"])

    def answer(self, path: str) -> str:
        """As a page, and as the part of it that an open page asks for while it waits."""
        asked = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#answer"}
        part, page = self.client.get(path, headers=asked), self.client.get(path)
        assert part.status_code == 200 and "<html" not in part.text and 'id="answer"' in part.text
        return str(page.text)

    def paste(self, text: str) -> str:
        answer = self.post("texts", {"text": text})
        assert answer.status_code == 303
        return self.answer(answer.headers["Location"])


@pytest.fixture
def desk(world: World, app: Any, run_jobs: Any) -> Desk:
    return Desk(world, app.test_client(), run_jobs)


def bought(world: World, run_jobs: Any, client: Any, data: bytes, name: str) -> tuple[Sale, bytes]:
    """Fay's own copy of it."""
    sale = sell(world, run_jobs, client, data, name)
    sale.fetch()
    run_jobs()
    got = sale.fetch()
    assert got.status_code == 200, got.text[:300]
    return sale, got.data


def names_fay(page: str) -> bool:
    return "fay@guildhall.test" in page and "Certain" in page


def test_a_pdf_whole_and_in_parts(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    """One page, taken out by another program and bare of metadata, still tells whose it is; so do its remains, and its text."""
    _, copy = bought(world, run_jobs, client, pdf(3), "Book.pdf")
    whole = desk.upload(copy)
    assert names_fay(whole) and "The very bytes of this copy" in whole and "Text on the page that is not drawn" in whole
    assert "No other copy has these bytes" in whole and "Found: 1 order" in whole
    reader, writer = pypdf.PdfReader(io.BytesIO(copy)), pypdf.PdfWriter()
    writer.add_page(reader.pages[1])
    writer.metadata = None
    page = io.BytesIO()
    writer.write(page)
    taken = desk.upload(page.getvalue())
    assert names_fay(taken) and "The code of this copy was read in it." in taken and "these bytes" not in taken
    assert names_fay(desk.upload(copy[: len(copy) * 2 // 3]))
    text = reader.pages[2].extract_text()
    assert "The quick brown fox" in text and names_fay(desk.paste(text))


@pytest.mark.parametrize(("name", "ending"), [("Photo.jpg", "JPEG"), ("Photo.png", "PNG"), ("Photo.webp", "WEBP")])
def test_a_picture_halved_compressed_and_cut_out(
    world: World, client: Any, run_jobs: Any, desk: Desk, name: str, ending: str
) -> None:
    _, copy = bought(world, run_jobs, client, picture(ending), name)
    with Image.open(io.BytesIO(copy)) as image:
        shown = Image.fromarray(np.asarray(image.convert("RGB")))  # without metadata
    halved, part = io.BytesIO(), io.BytesIO()
    shown.resize((shown.width // 2, shown.height // 2)).save(halved, "JPEG", quality=60)
    shown.crop((300, 200, 900, 650)).save(part, "JPEG", quality=60)
    for leak in (halved, part):
        page = desk.upload(leak.getvalue(), "found.jpg")
        assert names_fay(page) and "The pattern in the picture" in page and "these bytes" not in page
        assert re.search(r"No code was read in it, but the pattern of this copy shows: [^.]+, \d+ times what", page)
    other = io.BytesIO()
    Image.effect_noise((800, 600), 60).save(other, "JPEG")
    assert "No mark found" in desk.upload(other.getvalue())


def test_a_book_an_archive_and_a_recording(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    _, copy = bought(world, run_jobs, client, book(), "Novel.epub")
    with zipfile.ZipFile(io.BytesIO(copy)) as made:
        assert made.infolist()[0].filename == "mimetype" and made.infolist()[0].compress_type == zipfile.ZIP_STORED
        chapter = made.read("OEBPS/one.xhtml")
    assert names_fay(desk.upload(copy))
    assert names_fay(desk.upload(chapter, "one.xhtml"))


def test_an_archive_packed_again(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    _, copy = bought(world, run_jobs, client, archive(), "Pack.zip")
    page = desk.upload(copy)
    assert names_fay(page) and "whose signature is ours" in page
    again = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(copy)) as old, zipfile.ZipFile(again, "w") as new:
        for member in old.namelist():
            new.writestr(f"my folder/{member}", old.read(member))
    assert names_fay(desk.upload(again.getvalue()))


def test_a_zip_that_begins_with_a_pdf_is_stamped_as_a_zip(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("guide.pdf", pdf(1))
    _, copy = bought(world, run_jobs, client, packed.getvalue(), "Pack.zip")
    with zipfile.ZipFile(io.BytesIO(copy)) as made:
        assert "GUILDHALL-COPY/copy.json" in made.namelist() and made.read("guide.pdf").startswith(b"%PDF-")
    page = desk.upload(copy)
    assert names_fay(page) and "whose signature is ours" in page


def test_a_recording_by_its_tags(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    _, copy = bought(world, run_jobs, client, recording(), "Song.wav")
    assert names_fay(desk.upload(copy))


def test_a_leak_inside_a_zip(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    _, copy = bought(world, run_jobs, client, pdf(1), "Book.pdf")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("books/b.pdf", copy)
    page = desk.upload(packed.getvalue())
    assert names_fay(page) and "books/b.pdf" in page and "A file in it is this copy, byte for byte." in page


def pack(world: World, run_jobs: Any, client: Any) -> tuple[Sale, bytes]:
    """Everything that Fay bought, as one zip: a stamped guide and picture, and notes that are nobody's."""
    sale = sell(world, run_jobs, client, pdf(2), "Guide.pdf")
    with db.workspace(world.north.id):
        product = db.get(Product, sale.file.product_id)
    stamped(world.north.id, world.file(product, picture("PNG"), "Picture.png", position=1))
    world.file(product, b"Thank you", "Notes.txt", position=2)
    page = client.get(f"/library/{sale.grant.id}").get_data(as_text=True)
    token = re.search(r'name="csrf-token" content="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    where = f"/library/{sale.grant.id}/archives"
    client.post(where, data={"csrf_token": token})
    run_jobs()
    answer = client.get(client.post(where, data={"csrf_token": token}).headers["Location"])
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    return sale, bytes(answer.data)


def test_all_of_a_purchase_as_a_zip(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    """It begins with a PDF as it is, and is a zip all the same; its copies are one order's, each named by its file in there."""
    _, packed = pack(world, run_jobs, client)
    page = desk.upload(packed, "all.zip")
    assert names_fay(page) and "Found: 1 order" in page and "Copies of several orders" not in page
    assert "damaged" not in page and "<dd>Zip</dd>" in page
    assert "Pack/Guide.pdf" in page and "page 1 in Pack/Guide.pdf" in page and "Pack/Picture.png" in page
    assert "Found: 1 order" in desk.client.get(desk.here).text
    cut = desk.upload(packed[: len(packed) // 2], "part.zip")
    assert names_fay(cut) and "damaged file" in cut


def test_a_page_names_one_order(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    """The address on it is on the buyer's other copies too, which says nothing once its code was read."""
    sale, data = pack(world, run_jobs, client)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        guide = pypdf.PdfReader(io.BytesIO(packed.read("Pack/Guide.pdf")))
    bought_again(world, sale)
    page = desk.paste(guide.pages[0].extract_text())
    assert "fay@guildhall.test" in page and page.count("Certain") == 1 and "Found: 1 order" in page
    assert "Less speaks for other copies of this order: Picture.png, release 1." in page
    address = desk.paste("For Fay, fay@guildhall.test, they said")
    assert "Found: 2 orders" in address and "does not tell them apart" in address
    assert "which anybody can type" in address and "Copies of several orders" not in address


def bought_again(world: World, sale: Sale) -> Sale:
    """Another order of Fay's, with a copy of its own."""
    with db.workspace(world.north.id) as session:
        pay(place(world, world.fay.id, (db.get(Product, sale.file.product_id), 1)), sale.run_jobs)
        grant = session.scalars(select(Grant).where(Grant.id != sale.grant.id)).one()
    other = replace(sale, grant=grant)
    other.fetch()
    other.run_jobs()
    return other


def test_copies_of_two_orders(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    sale, _ = bought(world, run_jobs, client, pdf(1), "Book.pdf")
    first, second = sale.copy().mark, bought_again(world, sale).copy().mark
    page = desk.paste(f"GH{first} and GH{second}")
    assert "Found: 2 orders" in page and "Copies of several orders are in it" in page and page.count("<article") == 2


def test_parts_of_a_code_an_address_and_nothing(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    sale, _ = bought(world, run_jobs, client, pdf(1), "Book.pdf")
    mark = sale.copy().mark
    assert names_fay(desk.paste(f"it said {mark[:4]}-{mark[4:8]}-{mark[8:12]}-{mark[12:]} at the foot".lower()))
    cut = desk.paste(f"GH{mark[:12]}")
    assert "fay@guildhall.test" in cut and "The beginning of a code" in cut
    named = desk.paste("For Fay, FAY@guildhall.test, order 1")
    assert "Possible" in named and "Certain" not in named
    nothing = desk.paste("A text that nobody marked, and that says nothing.")
    assert "No mark found" in nothing and "fay@" not in nothing


def test_the_original_itself_is_known(world: World, client: Any, run_jobs: Any, desk: Desk) -> None:
    data = pdf(2)
    bought(world, run_jobs, client, data, "Book.pdf")
    page = desk.upload(data)
    assert "No mark found" in page and "as it was uploaded" in page


def test_traces_are_kept_audited_and_nobody_elses(
    world: World, client: Any, run_jobs: Any, desk: Desk, app: Any
) -> None:
    _, copy = bought(world, run_jobs, client, pdf(1), "Book.pdf")
    assert names_fay(desk.upload(copy))
    with db.workspace(world.north.id) as session:
        row = session.scalars(select(Trace)).one()
        assert row.state == "found" and row.storage_key == "" and row.actor_name == world.alice.name
        assert "downloads.trace_leak" in session.scalars(select(AuditEntry.action)).all()
    stranger = Desk(world, app.test_client(), run_jobs, f"/w/{world.other.slug}/leaks", world.charlie)
    assert "No mark found" in stranger.upload(copy)
    assert stranger.client.get(f"{stranger.here}/{row.id}").status_code == 404
    viewer = world.sign_in(app.test_client(), world.vera)
    assert viewer.get(desk.here).status_code == 403


def test_a_look_that_was_lost_is_given_up(world: World, desk: Desk, run_jobs: Any) -> None:
    answer = desk.post("files", {"leak": (io.BytesIO(b"something"), "leak.bin")})
    with db.workspace(world.north.id) as session:
        row = session.scalars(select(Trace)).one()
        key, row.created_at = row.storage_key, db.now() - copies.LOST * 2
    downloads.sweep_traces()
    run_jobs()
    assert "Send it again" in desk.client.get(answer.headers["Location"]).text
    assert not storage.exists(key)


def test_the_platform_finds_it_in_every_workspace(world: World, client: Any, run_jobs: Any, app: Any) -> None:
    operator = world.person("Olga")
    with db.workspace(db.PLATFORM):
        workspaces.appoint(SYSTEM, operator.id, Role.ADMIN)
    _, copy = bought(world, run_jobs, client, pdf(1), "Book.pdf")
    page = Desk(world, app.test_client(), run_jobs, "/admin/leaks", operator).upload(copy)
    assert names_fay(page) and world.north.name in page


def test_a_seller_switches_it_on_and_sees_what_is_wrong(world: World, client: Any, run_jobs: Any) -> None:
    sale = sell(world, run_jobs, client, b"%PDF-1.4 broken", "Book.pdf", stamp=False)
    alice = world.sign_in(client, world.alice)
    here = f"/w/{world.north.slug}/products/{sale.file.product_id}"

    def save(**fields: str) -> Any:
        page = alice.get(here).text
        form = page[page.index(f'action="{here}/files/{sale.file.id}/stamps"') :]
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[:3000])[:3])
        data = {key: html.unescape(value) for key, value in hidden.items()} | fields
        return alice.post(f"{here}/files/{sale.file.id}/stamps", data=data)

    before = alice.get(here).text
    assert "look it up under" in before and "Left empty, only marks that nobody sees are added." in before
    unknown = save(stamped="y", text="For {nobody}")
    assert unknown.status_code == 422 and "We do not know {nobody}" in unknown.text
    assert save(stamped="y", text="For {name}").status_code == 303
    run_jobs()
    page = alice.get(here).text
    assert "This PDF is damaged" in page and "cannot be stamped: replace it" in page
    refused = save(stamped="y", text="Another {name}")
    assert refused.status_code == 422 and "cannot be stamped" in refused.text
    with db.workspace(world.north.id) as session:
        assert session.get_one(File, (world.north.id, sale.file.id)).stamp_text == "For {name}"
    shown = alice.get(f"{here}/files/{sale.file.id}/stamps?text=To {{email}}", headers={"HX-Request": "true"})
    assert "To ada@example.com" in shown.text


def test_stamping_covers_earlier_releases(world: World, client: Any, run_jobs: Any) -> None:
    sale = sell(world, run_jobs, client, pdf(1), "Book.pdf", stamp=False)
    with db.workspace(world.north.id):
        old = db.get(File, sale.file.id)
        old.content_type = "application/pdf"
        new = actions.replace_file(
            Actor("person", "Alice"), db.get(Product, old.product_id), old, io.BytesIO(pdf(2)), "Book.pdf", "", None
        )
    stamped(world.north.id, new)
    with db.workspace(world.north.id):
        assert db.get(File, sale.file.id).stamped
