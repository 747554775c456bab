"""A form changes the fields it shows and no others, and mail carries the headers we write and no others
(SECURITY.md §2, 15.3.1, 15.3.3, 1.3.11; §3, mass assignment, money)."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from app.accounts.models import User
from app.catalogue.models import Product, Shop, Variant
from app.core import db, mail
from app.core.errors import ProviderError, Refused
from app.core.ids import new_id
from app.inventory.models import StockLevel
from app.licences.models import Licence
from app.models import metadata
from app.orders import forms as order_forms
from app.orders.models import Order
from app.storefront import forms as storefront_forms
from app.workspaces.models import Member, Workspace
from tests.security.forms import Forms
from tests.security.stage import STREAMS, Stage

MINE_TO_CHANGE = {
    "updated_at",
    "last_seen_at",
    "version",
    "search",
    "at",
    "expires_at",
}
"""Columns that a save moves by itself."""
FORGED: dict[str, str] = {
    "id": str(new_id()),
    "workspace_id": str(new_id()),
    "user_id": str(new_id()),
    "buyer_id": str(new_id()),
    "shop_id": str(new_id()),
    "product_id": str(new_id()),
    "owner_id": str(new_id()),
    "price_minor": "1",
    "total_minor": "1",
    "amount_minor": "1",
    "subtotal_minor": "1",
    "refunded_minor": "99999",
    "value": "9999",
    "role": "owner",
    "state": "listed",
    "payment_state": "paid",
    "fulfilment_state": "fulfilled",
    "is_platform_admin": "1",
    "is_default": "1",
    "email_confirmed_at": "2026-01-01",
    "disabled_at": "2026-01-01",
    "closed_at": "2026-01-01",
    "issued_at": "2026-01-01",
    "password_hash": "x",
    "storage_key": "/etc/passwd",
    "original_key": "/etc/passwd",
    "sha256": "0" * 64,
    "on_hand": "9999",
    "reserved": "-9",
    "used_count": "0",
    "commission": "0",
    "fee_bp": "0",
    "stripe_account_id": "acct_evil",
    "position": "0",
    "number": "1",
    "held_until": "2999-01-01",
    "created_at": "1999-01-01",
    "paid_at": "1999-01-01",
    "counted": "0",
}
LEFT_OUT = (
    "/sign-out",
    "/leave",
    "/remov",
    "/end",
    "/state",
    "/cancel",
    "/archiv",
    "/delet",
    "/fulfil",
    "/refund",
    "/hold",
)


def rows() -> dict[str, dict[str, Any]]:
    """Every row of every table that a person may not write freely, by table and id."""
    found = {}
    with db.system("test world") as session:
        for table in WATCHED:
            for row in session.execute(text(f"select to_jsonb(t) as row from {table} t")):
                found[f"{table} {row.row['id']}"] = row.row
    return found


WATCHED = [one.__tablename__ for one in (User, Workspace, Member, Shop, Product, Variant, Order, StockLevel, Licence)]


def test_no_form_takes_fields_that_it_does_not_show(stage: Stage) -> None:
    """Each form of each page is sent as it stands, with the name of every guarded column added: none of them moves."""
    seller, buyer, sent, wrong = stage.browser(stage.world.alice), stage.browser(stage.world.fay), set(), []
    for endpoint, _, path in list(stage.routes("GET")):
        if endpoint in STREAMS or "/d/" in path:
            continue
        browser = seller if path.startswith("/w") else buyer
        answer = browser.get(path)
        for form in Forms(answer.get_data(as_text=True)).found if answer.mimetype == "text/html" else []:
            if form.action in sent or any(one in form.action for one in LEFT_OUT):
                continue
            sent.add(form.action)
            extra = {name: value for name, value in FORGED.items() if name not in form.sends}
            before = rows()
            browser.post(form.action, form.sends | extra)
            wrong += [(form.action, one) for one in moved(before, rows(), extra)]
    assert wrong == []
    assert len(sent) > 20


def moved(before: dict[str, Any], after: dict[str, Any], forged: dict[str, str]) -> list[str]:
    """Guarded columns that changed to what was forged, or changed at all where nobody may change them."""
    return [
        f"{key}.{column} {row[column]} → {after[key].get(column)}"
        for key, row in before.items()
        if key in after
        for column in row
        if column in forged and column not in MINE_TO_CHANGE and after[key].get(column) != row[column]
    ]


def test_the_names_of_guarded_columns_are_real() -> None:
    """The list above would be blind if columns were renamed."""
    columns = {column.name for table in metadata.sorted_tables for column in table.c}
    assert len([name for name in FORGED if name in columns]) > 28


@pytest.mark.parametrize("field", ["price", "total", "amount", "currency", "seller", "workspace_id", "discount_minor"])
def test_a_buyer_names_no_price(stage: Stage, field: str) -> None:
    """Adding to the cart with amounts of one's own changes nothing about what it costs."""
    shop, product = stage.rows["shop"], stage.rows["product"]
    buyer = stage.browser()
    typed = {"variant": str(stage.rows["variant"].id), "quantity": "1", field: "1"}
    assert buyer.post(f"/s/{shop.slug}/{product.slug}/cart-items", typed).status_code == 303
    assert "20.00" in buyer.get("/cart").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "fay@example.com\r\nBcc: evil@example.com",
        "fay@example.com\nBcc: evil@example.com",
        "fay@example.com%0aBcc:evil@example.com",
        "fay@example.com,evil@example.com",
        "fay@example.com;evil@example.com",
        "Fay <fay@example.com>",
        '"fay\r\nBcc: x"@example.com',
        "fay@example.com\x00evil",
        "fay@exam\u2028ple.com",
    ],
)
def test_an_address_with_more_in_it_is_refused(stage: Stage, address: str) -> None:
    """By every form that a mail follows from."""
    buyer = stage.browser()
    for path in ("/sign-in/code", "/reset", "/purchases/links", "/sign-up"):
        answer = buyer.post(path, {"email": address, "name": "Fay", "password": "violet kettle under snow"})
        accepted = answer.status_code < 400 and "%0a" not in address and "\x00" not in address
        assert not accepted, path
    with pytest.raises(Refused):
        storefront_forms.contact({"email": address.replace("%0a", "\n").replace("\x00", " "), "name": "Fay"})


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("fay@example.com", "Order 1001\r\nBcc: evil@example.com"),
        ("fay@example.com", "Order\u2028Bcc: evil@example.com"),
        ("fay@example.com", "=?utf-8?q?Order=0d=0aBcc:_evil@example.com?="),
        ("=?utf-8?q?fay=0d=0aBcc:_evil@example.com?=@example.com", "Order 1001"),
    ],
)
def test_no_header_grows_out_of_another(app: Any, to: str, subject: str) -> None:
    """Read back as a mail server would: one To, one Subject, nobody else."""
    try:
        message = mail._compose(new_id(), to, subject, "Hello", "<p>Hello</p>")
        read = message_from_bytes(message.as_bytes(), policy=policy.SMTP)
    except (ValueError, ProviderError):
        assert "=?" in to  # an address that hides another one is not written to at all
        return
    assert (len(read.get_all("To")), len(read.get_all("Subject")), read["Bcc"], read["Cc"]) == (1, 1, None, None)
    assert not any(line.lower().startswith(b"bcc") for line in message.as_bytes().splitlines())


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "javascript://example.com/%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "//evil.example/x",
        "https://",
        "intent://x.example#Intent;end",
    ],
)
def test_a_tracking_link_leads_to_a_web_page(link: str) -> None:
    form = order_forms.FulfilForm(MultiDict({"tracking_url": link}))
    assert not form.validate()
    assert "https://" in form.tracking_url.errors[0]
    assert order_forms.FulfilForm(MultiDict({"tracking_url": "https://carrier.example/track?n=1"})).validate()
