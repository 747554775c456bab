"""The nine things that go wrong in every shop: each gets a kind, precise answer, and nothing that was typed is lost.

Through the doors that people and providers use. The corpora behind them are in the other files of this folder.
"""

import io
import json
import time
from datetime import timedelta
from typing import Any

import pytest
import stripe
from sqlalchemy import func, select, update

from app.catalogue.models import File, Media, Product
from app.core import db, storage
from app.core.inbox import InboundEvent
from app.core.outbox import OutboxJob
from app.inventory.models import Reservation
from app.storefront.models import CartItem, Checkout
from tests.security import samples
from tests.security.forms import Form, Forms
from tests.security.stage import Elements, Stage
from tests.storefront.conftest import ADDRESS, Shopper

EVENT = {"id": "evt_bad_input", "type": "nothing.happened", "livemode": False, "data": {"object": {}}}


@pytest.fixture
def editor(stage: Stage) -> Any:
    """Alice in front of a product for download, without files yet."""
    product = stage.world.product(stage.rows["shop"], "Nebula print", state="draft")
    with db.workspace(stage.world.north.id):
        db.get(Product, product.id).downloads = True
    browser = stage.browser(stage.world.alice)
    browser.here = f"/w/{stage.world.north.slug}/products/{product.id}"  # type: ignore[attr-defined]
    browser.product = product  # type: ignore[attr-defined]
    return browser


def words(answer: Any) -> str:
    """What a reader sees."""
    return " ".join(Elements(answer.get_data(as_text=True)).text.split())


def typed(answer: Any) -> dict[str, str]:
    """What stands in the fields of the page that answers."""
    found: dict[str, str] = {}
    for form in Forms(answer.get_data(as_text=True)).found:
        found |= {name: value for name, value in form.sends.items() if name not in ("csrf_token", "seen", "part")}
    return found


def form_of(page: str, holding: str) -> Form:
    """The form with a field of that name."""
    return next(form for form in Forms(page).found if holding in form.sends)


def count(workspace_id: Any, model: Any) -> int:
    with db.workspace(workspace_id) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_broken_picture(editor: Any, run_jobs: Any) -> None:
    """Looks whole at first: the editor says so beside the picture once the job has looked, and keeps its description."""
    data = samples.bad()["png cut in the middle"]
    sent = {"picture": (io.BytesIO(data), "holiday.png"), "alt": "The Crab Nebula in red"}
    assert editor.post(f"{editor.here}/pictures", sent, content_type="multipart/form-data").status_code == 303
    run_jobs(only="catalogue.")
    page = editor.get(editor.here)
    assert "This picture is damaged or cut off. Export it again and upload the new file." in words(page)
    with db.workspace(editor.product.workspace_id) as session:
        media = session.scalars(select(Media).where(Media.product_id == editor.product.id)).one()
        assert (media.state, media.alt, storage.exists(media.original_key)) == (
            "refused",
            "The Crab Nebula in red",
            False,
        )
    with db.workspace(editor.product.workspace_id):
        assert db.get(Product, editor.product.id).title == "Nebula print"


def test_a_zip_bomb_named_png(editor: Any) -> None:
    """Refused at the door, by what it is and not by what it is called; and as a file for sale too."""
    bomb = samples.bad_archives()["a bomb"]
    before = dict(storage.everything())
    as_picture = editor.post(
        f"{editor.here}/pictures",
        {"picture": (io.BytesIO(bomb), "holiday.png", "image/png"), "alt": "Stars"},
        content_type="multipart/form-data",
    )
    assert as_picture.status_code == 422
    assert "This file is not a picture we can use. Send a JPEG, PNG, WebP or GIF; nothing was stored." in words(
        as_picture
    )
    as_file = editor.post(
        f"{editor.here}/files", {"file": (io.BytesIO(bomb), "holiday.png")}, content_type="multipart/form-data"
    )
    assert as_file.status_code == 422
    assert "unpacks to far more than its size" in words(as_file)
    assert dict(storage.everything()) == before


@pytest.mark.parametrize(
    ("price", "said"),
    [("-5", "negative"), ("-0.01", "negative"), ("12.345", "decimal"), ("0.999", "decimal")],
    ids=["a negative price", "a negative cent", "three decimals", "less than a cent"],
)
def test_a_price_that_is_none(stage: Stage, price: str, said: str) -> None:
    """A new product and a variant: refused beside the field, with the price as typed and everything else kept."""
    seller, base = stage.browser(stage.world.alice), f"/w/{stage.world.north.slug}/products"
    before = count(stage.world.north.id, Product)
    new = seller.post(base, {"title": "Orion in blue", "kind": "physical", "price": price})
    assert new.status_code == 422
    assert said in words(new).lower(), words(new)
    assert (typed(new)["title"], typed(new)["price"]) == ("Orion in blue", price)
    assert count(stage.world.north.id, Product) == before
    variant, here = stage.rows["variant"], f"{base}/{stage.rows['product'].id}"
    form = form_of(seller.get(here).get_data(as_text=True), f"price-{variant.id}")
    changed = form.sends | {f"price-{variant.id}": price, f"sku-{variant.id}": "NEB-A3-2026"}
    answer = seller.post(form.action, changed)
    assert answer.status_code == 422
    assert said in words(answer).lower()
    kept = form_of(answer.get_data(as_text=True), f"price-{variant.id}").sends
    assert (kept[f"price-{variant.id}"], kept[f"sku-{variant.id}"]) == (price, "NEB-A3-2026")
    assert stage.world.variant(stage.rows["product"]).price_minor == 2000


def test_an_amount_with_three_decimals_is_not_refunded(stage: Stage) -> None:
    """Money going out: no cent is rounded into being; the note typed beside it stays."""
    seller = stage.browser(stage.world.alice)
    page = f"/w/{stage.world.north.slug}/orders/{stage.values['number']}/refunds/new"
    form = form_of(seller.get(page).get_data(as_text=True), "note")
    amount = next(name for name in form.sends if name.startswith("amount-"))
    answer = seller.post(
        f"/w/{stage.world.north.slug}/orders/{stage.values['number']}/refunds/preview",
        form.sends | {amount: "1.005", "note": "Arrived bent"},
    )
    assert answer.status_code == 422
    assert "decimal" in words(answer).lower()
    kept = form_of(answer.get_data(as_text=True), "note").sends
    assert (kept[amount], kept["note"]) == ("1.005", "Arrived bent")


def test_an_expired_cart(stage: Stage) -> None:
    """Ten minutes are over and the reservation is gone: everything typed is there, the things are held again, nothing was charged."""
    shopper = Shopper(stage.app.test_client())
    assert shopper.add(stage.rows["shop"], stage.rows["product"], stage.rows["variant"]).status_code == 303
    checkout = shopper.ready()
    with db.system("test world") as session:
        past = db.now() - timedelta(minutes=11)
        session.execute(update(Reservation).values(expires_at=past, state="released"))
        row = session.scalars(select(Checkout)).one()
        row.held_until = past
    page = shopper.get("/checkout")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    assert "Kim Example" in text and ADDRESS["line1"] in text
    assert "again" in words(page).lower() or "held" in words(page).lower()
    assert shopper.hidden("checkout") == checkout
    with db.system("test world") as session:
        assert session.scalar(select(func.count()).select_from(CartItem)) == 1


def signed(body: str, secret: str = "whsec_account", at: int | None = None) -> dict[str, str]:
    header = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at or int(time.time()))
    return {"Stripe-Signature": header}


def receipts() -> int:
    with db.system("receive webhook") as session:
        return session.scalar(select(func.count()).select_from(InboundEvent)) or 0


def asked() -> int:
    with db.system("jobs") as session:
        return session.scalar(select(func.count()).where(OutboxJob.name == "webhooks.apply")) or 0


def test_a_forged_webhook(app: Any, stage: Stage) -> None:
    """Signed by somebody else, changed on its way, unsigned, or with a signature that is none: 400 in words, nothing kept."""
    body = json.dumps(EVENT)
    before = (receipts(), asked())
    changed = body.replace("nothing", "charge")
    for sent, headers in (
        (body, signed(body, "whsec_wrong")),
        (changed, signed(body)),
        (body, {}),
        (body, {"Stripe-Signature": "t=²,v1=²"}),
        (body, {"Stripe-Signature": "t=" + "9" * 5000 + ",v1=" + "0" * 64}),
        (body, {"Stripe-Signature": "v1=" + "é" * 64}),
    ):
        answer = app.test_client().post("/webhooks/stripe", data=sent, headers=headers)
        assert answer.status_code == 400
        assert "Nothing was stored" in answer.get_data(as_text=True)
    assert (receipts(), asked()) == before


def test_a_replayed_webhook(app: Any, stage: Stage) -> None:
    """The same message again is thanked for and kept once; one from ten minutes ago is refused."""
    body = json.dumps(EVENT)
    before = receipts()
    for _ in range(3):
        assert app.test_client().post("/webhooks/stripe", data=body, headers=signed(body)).status_code == 200
    assert receipts() == before + 1
    old = app.test_client().post("/webhooks/stripe", data=body, headers=signed(body, at=int(time.time()) - 601))
    assert old.status_code == 400
    assert receipts() == before + 1


def test_a_message_with_a_character_that_no_text_has(app: Any, stage: Stage) -> None:
    """A genuine event whose buyer typed U+0000 at the provider's is kept and answered, not sent again for three days."""
    body = json.dumps(EVENT | {"id": "evt_nul", "data": {"object": {"name": "Fay\u0000", "list": ["\u0000"]}}})
    assert app.test_client().post("/webhooks/stripe", data=body, headers=signed(body)).status_code == 200
    with db.system("receive webhook") as session:
        row = session.scalars(select(InboundEvent).where(InboundEvent.remote_id == "evt_nul")).one()
    assert row.body["data"]["object"] == {"name": "Fay", "list": [""]}
    assert row.raw.decode() == body


def test_a_truncated_upload(editor: Any) -> None:
    """Fewer bytes than the browser announced: nothing is stored, and the page says to send it again."""
    before = dict(storage.everything())
    sent = {"file": (io.BytesIO(b"half of it"), "pack.bin"), "size": "4000"}
    answer = editor.post(f"{editor.here}/files", sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "The upload ended before the whole file arrived. Nothing was stored; please send it again." in words(answer)
    assert dict(storage.everything()) == before
    with db.workspace(editor.product.workspace_id) as session:
        assert session.scalars(select(File).where(File.product_id == editor.product.id)).all() == []


def test_a_body_that_breaks_off(editor: Any) -> None:
    """The connection ended in the middle of the form: refused in words, nothing is stored."""
    cut = b'--b\r\nContent-Disposition: form-data; name="file"; filename="pack.bin"\r\n\r\nhalf'
    answer = editor.client.post(
        f"{editor.here}/files",
        input_stream=io.BytesIO(cut),
        content_type="multipart/form-data; boundary=b",
        headers={"Content-Length": "40000"},
    )
    assert answer.status_code in (400, 403)
    assert "othing was" in words(answer) or "not accepted" in words(answer)


def test_two_tabs_editing_one_product(editor: Any) -> None:
    """The second tab is told that and what somebody else changed; its own words stand in its fields; nothing is overwritten."""
    page = editor.get(editor.here).get_data(as_text=True)
    first, second = form_of(page, "title"), form_of(page, "title")
    assert editor.post(first.action, first.sends | {"title": "First tab's title"}).status_code == 303
    mine = {"title": "Second tab's title", "description": "Ten minutes of typing about nebulae."}
    answer = editor.post(second.action, second.sends | mine)
    assert answer.status_code == 409
    assert "changed this since you opened it" in words(answer)
    kept = form_of(answer.get_data(as_text=True), "title").sends
    assert (kept["title"], kept["description"].strip()) == (mine["title"], mine["description"])
    with db.workspace(editor.product.workspace_id):
        assert db.get(Product, editor.product.id).title == "First tab's title"
