"""Parcels: label files a scanner can read, scans by door, page and clock."""

import io
from typing import Any

import pypdfium2
import pytest
import requests
import zxingcpp
from PIL import Image

from .conftest import HARBOR, Sandbox
from .test_easypost import bought


def codes(image: Any) -> list[str]:
    """What a barcode reader sees."""
    return [found.text for found in zxingcpp.read_barcodes(image)]


def pages(content: bytes) -> list[Any]:
    """The pages of a PDF as a 203 dpi printer prints them."""
    return [page.render(scale=203 / 72).to_pil() for page in pypdfium2.PdfDocument(content)]


@pytest.mark.parametrize("service", ["GroundAdvantage", "2ndDayAir"])
def test_labels_can_be_read_in_every_format(sandbox: Sandbox, service: str) -> None:
    api = sandbox.easypost()
    vietnam = {**HARBOR, "name": "Nguyễn Văn An ^XA~JA", "company": "Đường & Søn"}
    shipment = bought(api, service, to_address=vietnam, options={"print_custom_1": "Order 7"})
    number = shipment["tracking_code"]
    png = requests.get(shipment["postage_label"]["label_url"], timeout=5)
    picture = Image.open(io.BytesIO(png.content))
    assert png.headers["Content-Type"] == "image/png" and picture.size == (812, 1218)
    assert codes(picture.convert("L")) == [number]
    path = f"/shipments/{shipment['id']}/label?file_format="
    pdf = requests.get(api.get(path + "PDF")["postage_label"]["label_pdf_url"], timeout=5).content
    (page,) = pages(pdf)
    assert codes(page) == [number] and page.size == (812, 1218)
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert "NGUYEN VAN AN" in text and "DUONG & SON" in text and "Order 7" in text and "SAMPLE" in text
    zpl = requests.get(api.get(path + "ZPL")["postage_label"]["label_zpl_url"], timeout=5).text
    assert zpl.startswith("^XA") and f"^FD{number}^FS" in zpl and zpl.count("^XA") == 1 and "~JA" not in zpl
    assert api.refused("GET", path + "GIF")[0] == 422
    assert requests.get(f"{sandbox.url}/easypost/files/postage_label/pl_none.pdf", timeout=5).status_code == 404


def test_the_clock_brings_a_parcel_home(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = bought(api)
    sandbox.door("clock", advance=2 * 86400)
    assert api.get(f"/trackers/{shipment['tracker']['id']}")["status"] == "in_transit"
    sandbox.door("clock", advance=3 * 86400)
    tracker = api.get(f"/trackers/{shipment['tracker']['id']}")
    assert tracker["status"] == "delivered" and tracker["signed_by"]
    details = tracker["tracking_details"]
    assert [one["status"] for one in details] == [
        "pre_transit",
        "in_transit",
        "in_transit",
        "out_for_delivery",
        "delivered",
    ]
    assert sorted(details, key=lambda one: one["datetime"]) == details
    assert api.post(f"/shipments/{shipment['id']}/refund")["refund_status"] == "rejected"


def test_a_scan_that_comes_late_does_not_change_where_the_parcel_is(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    number = bought(api)["tracking_code"]
    now = sandbox.look("clock")["now"]
    sandbox.door(f"parcels/{number}/scans", step="delivered")
    late = sandbox.door(f"parcels/{number}/scans", step="in_transit", at=now - 3600, text="Arrived at hub")
    assert late["status"] == "delivered" and late["scans"][0]["text"] == "Arrived at hub"
    sandbox.door(f"parcels/{number}/scans", step="returned")
    assert sandbox.look(f"parcels/{number}")["status"] == "return_to_sender"


def test_a_person_moves_parcels_on_the_page(sandbox: Sandbox) -> None:
    empty = requests.get(f"{sandbox.url}/parcels", timeout=5)
    assert "No parcel yet" in empty.text
    number = bought(sandbox.easypost())["tracking_code"]
    parcel = sandbox.look("parcels", number=number)[0]
    page = requests.get(f"{sandbox.url}/parcels?number={number}", timeout=5).text
    assert f"/_sandbox/parcels/{parcel['id']}/scans" in page and "Out for delivery" in page
    form = {"step": "out_for_delivery"}
    after = requests.post(f"{sandbox.url}/_sandbox/parcels/{parcel['id']}/scans", data=form, timeout=5)
    assert after.url.endswith("/parcels") and "out for delivery" in after.text
    assert sandbox.look(f"parcels/{number}")["status"] == "out_for_delivery"
    searched = {"Referer": f"{sandbox.url}/parcels?number={number}"}
    again = requests.post(
        f"{sandbox.url}/_sandbox/parcels/{parcel['id']}/scans", data=form, headers=searched, timeout=5
    )
    assert again.url.endswith(f"/parcels?number={number}"), "the search stays, so the next press moves the same parcel"


@pytest.mark.parametrize(("door", "body", "status"), [
    ("parcels/nothing/scans", {"step": "delivered"}, 404),
    ("parcels/{number}/scans", {"step": "teleport"}, 400),
    ("parcels/{number}/void", {"status": "refunded"}, 400),
    ("request-limits", {"provider": "pigeons"}, 400),
])  # fmt: skip
def test_doors_refuse_nonsense(sandbox: Sandbox, door: str, body: dict[str, Any], status: int) -> None:
    number = bought(sandbox.easypost())["tracking_code"]
    answer = requests.post(f"{sandbox.url}/_sandbox/{door.format(number=number)}", json=body, timeout=5)
    assert answer.status_code == status and answer.json()["error"]["message"]
    assert sandbox.look(f"parcels/{number}")["status"] in ("unknown", "pre_transit")


def test_a_voided_parcel_does_not_move(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = bought(api)
    api.post(f"/shipments/{shipment['id']}/refund")
    sandbox.door("clock", advance=3 * 86400)
    moved = requests.post(
        f"{sandbox.url}/_sandbox/parcels/{shipment['tracking_code']}/scans", json={"step": "delivered"}, timeout=5
    )
    assert moved.status_code == 400 and "voided" in moved.json()["error"]["message"]
    assert sandbox.look(f"parcels/{shipment['tracking_code']}")["scans"] == []
