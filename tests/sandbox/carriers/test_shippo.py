"""Shippo's protocol: strings and units, business failures in a 201, signed addresses that expire, one letter per registration."""

import io
from typing import Any

import pypdfium2
import pytest
import requests
import zxingcpp

from app.sandbox.shippo.hooks import DEFAULT_SECRET, sign

from .conftest import BERLIN, HARBOR, NOWHERE, TOWNSEND, Api, Sandbox, lacking, recorded

PARCEL = {"length": "10", "width": "8", "height": "4", "distance_unit": "in", "weight": "15.4", "mass_unit": "oz"}
# The recordings are of 2017; these members have gone since, or have a value of another kind.
OLD = frozenset({"days", "tracking_history", "count", "extra"})
CUSTOMS = {
    "certify": True, "certify_signer": "Jack", "contents_type": "MERCHANDISE", "non_delivery_option": "RETURN",
    "eel_pfc": "NOEEI_30_37_a",
    "items": [{
        "description": "Shirt", "quantity": 2, "net_weight": "400", "mass_unit": "g", "value_amount": "40",
        "value_currency": "USD", "origin_country": "US", "tariff_number": "610910",
    }],
}  # fmt: skip


def wish(**more: Any) -> dict[str, Any]:
    return {"address_from": TOWNSEND, "address_to": HARBOR, "parcels": [PARCEL], "async": False, **more}


def rate_of(shipment: dict[str, Any], token: str = "usps_priority") -> dict[str, Any]:
    return next(rate for rate in shipment["rates"] if rate["servicelevel"]["token"] == token)


def bought(api: Api, token: str = "usps_priority", **more: Any) -> dict[str, Any]:
    rate = rate_of(api.post("/shipments/", wish(**more)), token)
    return api.post("/transactions/", {"rate": rate["object_id"], "async": False, "label_file_type": "PDF_4x6"})


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("address_create", "/addresses/"),
        ("address_invalid_create", "/addresses/"),
        ("parcel_create", "/parcels/"),
        ("parcel_invalid_create", "/parcels/"),
        ("customs-item_create", "/customs/items/"),
        ("customs-declaration_invalid_create", "/customs/declarations/"),
        ("transaction_invalid_create", "/transactions/"),
        ("track_invalid_create", "/tracks/"),
    ],
)
def test_what_is_created_has_the_recorded_shape(sandbox: Sandbox, file: str, path: str) -> None:
    body, status, theirs = recorded(f"shippo/{file}.json")
    answer = sandbox.shippo().ask("POST", path, body)
    assert answer.status_code == status
    assert lacking(theirs, answer.json(), but=OLD) == []
    if file == "customs-declaration_invalid_create":
        assert answer.json() == {"certify": ["This field is required."], **theirs}  # their body has `cerfy`
    elif status == 400:
        assert answer.json() == theirs


def test_a_shipment_its_rates_and_its_transaction_have_the_recorded_shape(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    shipment = api.post("/shipments/", wish(address_to={**HARBOR, "street1": "PO Box 9"}))
    assert lacking(recorded("shippo/rate_retrieve.json", 4)[2], shipment, but=OLD) == []
    listed = api.get(f"/shipments/{shipment['object_id']}/rates/")
    assert lacking(recorded("shippo/rate_retrieve.json", 5)[2], listed, but=OLD) == []
    rate = api.get(f"/rates/{rate_of(shipment)['object_id']}")
    assert lacking(recorded("shippo/rate_retrieve.json", 6)[2], rate, but=OLD) == []
    transaction = api.post("/transactions/", {"rate": rate["object_id"], "async": False})
    assert lacking(recorded("shippo/transaction_retrieve.json")[2], transaction, but=OLD) == []
    again = api.get("/transactions/?results=1")
    assert lacking(recorded("shippo/transaction_list_page_size.json")[2], again, but=OLD) == []
    assert rate["amount"] == "7.42" and rate["estimated_days"] == 2 and rate["zone"] == "04"


def test_unknown_tokens_ids_and_versions_are_refused_in_three_shapes(sandbox: Sandbox) -> None:
    assert sandbox.shippo("shippo_live_x").refused("GET", "/addresses/") == (401, {"detail": "Token does not exist"})
    nobody = Api(sandbox.shippo().url, {})
    assert nobody.refused("GET", "/addresses/")[0] == 401
    api = sandbox.shippo()
    assert api.refused("GET", f"/transactions/{'0' * 32}") == (404, {"detail": "Not found."})
    page = api.ask("GET", "/addresses/EXAMPLE_OF_INVALID_ID")
    assert page.status_code == 404 and page.text == recorded("shippo/address_invalid_retrieve.json")[2]
    assert page.headers["Content-Type"] == "text/html"
    assert api.ask("GET", "/addresses/", headers={"Shippo-API-Version": "2014-02-11"}).status_code == 400
    other = bought(sandbox.shippo())
    assert api.refused("GET", f"/transactions/{other['object_id']}")[0] == 404
    told = api.ask("GET", "/addresses/").headers
    assert int(told["X-RateLimit-Remaining"]) < int(told["X-RateLimit-Limit"]) == 50


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address_to": None}, "address_to"),
        ({"address_to": {**HARBOR, "country": ""}}, "address_to"),
        ({"parcels": [{**PARCEL, "weight": "0"}]}, "weight"),
        ({"parcels": [{**PARCEL, "mass_unit": "stone"}]}, "mass_unit"),
        ({"metadata": "x" * 101}, "metadata"),
        ({"extra": {"signature_confirmation": "MAYBE"}}, "extra"),
        ({"customs_declaration": {**CUSTOMS, "certify": False}}, "certify"),
    ],
)
def test_a_bad_shipment_is_refused_and_leaves_nothing(sandbox: Sandbox, change: dict[str, Any], field: str) -> None:
    api = sandbox.shippo()
    status, body = api.refused("POST", "/shipments/", wish(**change))
    assert status == 400 and field in body
    assert api.get("/shipments/")["results"] == api.get("/addresses/")["results"] == []


def test_units_are_converted_and_prices_carry_insurance_and_signature(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    metric = {
        "length": "25.4",
        "width": "20.32",
        "height": "10.16",
        "distance_unit": "cm",
        "weight": "436.58",
        "mass_unit": "g",
    }

    def price(**more: Any) -> float:
        return float(rate_of(api.post("/shipments/", wish(**more)))["amount"])

    assert price(parcels=[metric]) == price() == 7.42
    insured = {"insurance": {"amount": "200", "currency": "USD", "content": "Shirt"}, "signature_confirmation": "ADULT"}
    assert price(extra=insured) == pytest.approx(7.42 + 2 + 6.90)
    assert price(extra={"signature_confirmation": True}) == pytest.approx(7.42 + 3.40)
    marks = [mark for rate in api.post("/shipments/", wish())["rates"] for mark in rate["attributes"]]
    assert sorted(marks) == ["BESTVALUE", "CHEAPEST", "FASTEST"]


def test_rates_come_later_when_nobody_waits(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    queued = api.post("/shipments/", {name: value for name, value in wish().items() if name != "async"})
    assert (queued["status"], queued["rates"]) == ("QUEUED", [])
    assert api.get(f"/shipments/{queued['object_id']}")["status"] == "SUCCESS"
    rate = rate_of(api.get(f"/shipments/{queued['object_id']}"))
    label = api.post("/transactions/", {"rate": rate["object_id"]})
    assert (label["status"], label["label_url"], label["tracking_number"]) == ("QUEUED", "", "")
    assert api.get(f"/transactions/{label['object_id']}")["status"] == "SUCCESS"


def test_abroad_needs_customs(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    bare = api.post("/shipments/", wish(address_to=BERLIN))
    assert bare["rates"] == [] and "Customs" in bare["messages"][0]["text"]
    declared = api.post("/shipments/", wish(address_to=BERLIN, customs_declaration=CUSTOMS))
    assert {rate["provider"] for rate in declared["rates"]} == {"USPS", "UPS", "DHL Express"}
    label = api.post("/transactions/", {"rate": declared["rates"][0]["object_id"], "async": False})
    assert requests.get(label["commercial_invoice_url"], timeout=5).content.startswith(b"%PDF")


def test_validation_makes_a_new_address(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    made = api.post("/addresses/", TOWNSEND)
    good = api.get(f"/addresses/{made['object_id']}/validate/")
    assert lacking(recorded("shippo/address_validate.json", 1)[2], good) == []
    assert good["object_id"] != made["object_id"] and good["zip"] == "94107-1670"
    bad = api.post("/addresses/", {**NOWHERE, "validate": True})["validation_results"]
    assert bad["is_valid"] is False and bad["messages"][0]["code"] == "Address Not Found"


def test_a_label_that_cannot_be_bought_is_an_error_in_a_201(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    rate = rate_of(api.post("/shipments/", wish()))["object_id"]
    sandbox.door("faults", kind="carrier_refuses", path="/shippo/transactions*")
    answer = api.ask("POST", "/transactions/", {"rate": rate, "async": False})
    assert answer.status_code == 201 and answer.json()["status"] == "ERROR"
    assert answer.json()["messages"][0]["code"] == "carrier_timeout"
    sandbox.door("clock", advance=8 * 86400)
    old = api.post("/transactions/", {"rate": rate, "async": False})
    assert old["status"] == "ERROR" and "7 days" in old["messages"][0]["text"]
    assert sandbox.effects("label") == []
    assert len(api.get(f"/transactions/?rate={rate}&object_status=ERROR")["results"]) == 2


def test_nothing_stops_a_second_purchase_and_the_first_can_be_found_by_its_rate(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    rate = rate_of(api.post("/shipments/", wish()))["object_id"]
    sandbox.door("faults", kind="drop_answer", path="/shippo/transactions*", method="POST")
    body = {"rate": rate, "async": False, "metadata": "attempt-1"}
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", "/transactions/", body)
    (found,) = api.get(f"/transactions?rate={rate}")["results"]
    assert found["metadata"] == "attempt-1" and found["status"] == "SUCCESS"
    api.post("/transactions", body)
    rows = sandbox.effects("label")
    assert [row["reference"] for row in rows] == ["attempt-1"] * 2 and rows[0]["amount"] == 742


def test_a_label_without_a_shipment_first(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    account = next(one for one in api.get("/carrier_accounts")["results"] if one["carrier"] == "ups")["object_id"]
    inline = {name: value for name, value in wish().items() if name != "async"}
    body = {"shipment": inline, "carrier_account": account, "servicelevel_token": "ups_ground", "async": False}
    label = api.post("/transactions", body)
    assert label["rate"]["servicelevel_token"] == "ups_ground" and label["tracking_number"].startswith("1Z")
    assert api.refused("POST", "/transactions", {**body, "servicelevel_token": "ups_rocket"})[0] == 400


@pytest.mark.parametrize(
    ("sort", "magic"), [("PDF_4x6", b"%PDF"), ("PNG", b"\x89PNG"), ("ZPLII", b"^XA"), ("PDF_A4", b"%PDF")]
)
def test_label_files_expire_and_are_signed_anew(sandbox: Sandbox, sort: str, magic: bytes) -> None:
    api = sandbox.shippo()
    rate = rate_of(api.post("/shipments/", wish()))["object_id"]
    label = api.post("/transactions", {"rate": rate, "async": False, "label_file_type": sort})
    content = requests.get(label["label_url"], timeout=5).content
    assert content.startswith(magic) and label["label_file_type"] == sort
    if magic == b"%PDF":
        page = pypdfium2.PdfDocument(io.BytesIO(content))[0]
        assert [one.text for one in zxingcpp.read_barcodes(page.render(scale=203 / 72).to_pil())] == [
            label["tracking_number"]
        ]
        assert (page.get_width() == 288) == (sort == "PDF_4x6")
    assert requests.get(label["label_url"] + "0", timeout=5).status_code == 403
    sandbox.door("clock", advance=86500)
    late = requests.get(label["label_url"], timeout=5)
    assert late.status_code == 403 and "Request has expired" in late.text
    fresh = api.get(f"/transactions/{label['object_id']}")["label_url"]
    assert requests.get(fresh, timeout=5).content == content
    assert api.refused("POST", "/transactions", {"rate": rate, "label_file_type": "GIF"})[0] == 400


def test_a_refund_waits_and_is_decided(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    one, two = bought(api), bought(api)
    refund = api.post("/refunds", {"transaction": one["object_id"], "async": False})
    assert refund["status"] == "PENDING"
    assert api.get(f"/transactions/{one['object_id']}")["status"] == "REFUNDPENDING"
    assert api.refused("POST", "/refunds", {"transaction": one["object_id"]})[0] == 400
    sandbox.door("clock", advance=16 * 86400)
    assert api.get(f"/refunds/{refund['object_id']}")["status"] == "SUCCESS"
    assert api.get(f"/transactions/{one['object_id']}")["status"] == "REFUNDED"
    late = api.post("/refunds", {"transaction": two["object_id"], "async": False})
    assert late["status"] == "ERROR" and api.get(f"/transactions/{two['object_id']}")["status"] == "REFUNDREJECTED"
    assert [row["id"] for row in sandbox.effects("void")] == [one["object_id"]]


def test_manifests(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    usps = next(one for one in api.get("/carrier_accounts?carrier=usps")["results"])["object_id"]
    body = {"carrier_account": usps, "shipment_date": "2026-11-21", "address_from": TOWNSEND, "async": False}
    nothing = api.post("/manifests", body)
    assert nothing["status"] == "ERROR" and nothing["errors"]
    label = bought(api)
    made = api.post("/manifests", {**body, "transactions": [label["object_id"]]})
    assert made["status"] == "SUCCESS" and made["transactions"] == [label["object_id"]]
    assert lacking(recorded("shippo/manifest_list_all.json")[2]["results"][0], made) == []
    assert requests.get(made["documents"][0], timeout=5).content.startswith(b"%PDF")
    assert api.post("/manifests", {**body, "transactions": [label["object_id"]]})["status"] == "ERROR"
    assert [row["id"] for row in sandbox.effects("manifest")] == [made["object_id"]]


@pytest.mark.parametrize(
    ("number", "status"),
    [("PRE_TRANSIT", "PRE_TRANSIT"), ("TRANSIT", "TRANSIT"), ("DELIVERED", "DELIVERED"), ("RETURNED", "RETURNED"), ("FAILURE", "FAILURE")],
)  # fmt: skip
def test_test_numbers(sandbox: Sandbox, number: str, status: str) -> None:
    track = sandbox.shippo().get(f"/tracks/shippo/SHIPPO_{number}")
    assert track["tracking_status"]["status"] == status
    assert lacking(recorded("shippo/track_create.json")[2], track) == []


def test_the_signature_is_shippos() -> None:
    body = b'{"event":"track_updated","test":true,"data":{"carrier":"usps","tracking_number":"SHIPPO_TRANSIT"}}'
    digest = "e8b5e0d8107dc850b5de08aa84f599a0631f970a7de042962da77ee4c70f3a1b"
    assert sign(body, "shippo-hmac-secret", 1700000000) == f"t=1700000000,v1={digest}"


def test_each_registration_brings_a_letter(sandbox: Sandbox) -> None:
    api = sandbox.shippo()
    hook = {"url": f"{sandbox.inbox.url}/hook", "event": "track_updated", "active": True}
    silent = api.post("/webhooks", {**hook, "url": f"{sandbox.inbox.url}/live"})
    api.post("/webhooks", {**hook, "is_test": True})
    label = bought(api)
    api.post("/tracks", {"carrier": "usps", "tracking_number": label["tracking_number"], "metadata": "mine"})
    sandbox.door("clock", advance=2)
    letters = sandbox.inbox.wait_for("/hook", 2)
    assert [letter["data"]["tracking_status"]["status"] for letter in letters] == ["PRE_TRANSIT"] * 2
    assert len({letter["data"]["tracking_status"]["object_id"] for letter in letters}) == 1
    sandbox.door(f"parcels/{label['tracking_number']}/scans", step="out_for_delivery")
    moved = sandbox.inbox.wait_for("/hook", 4)[-1]
    assert moved["event"] == "track_updated" and moved["test"] is True
    assert moved["data"]["tracking_status"]["substatus"]["code"] == "out_for_delivery"
    for path, headers, body in sandbox.inbox.found:
        assert path == "/hook"
        signed = headers["shippo-auth-signature"]
        assert signed == sign(body, DEFAULT_SECRET, int(signed.split(",")[0][2:]))
    assert api.get(f"/transactions/{label['object_id']}")["tracking_status"] == "TRANSIT"
    assert api.ask("DELETE", f"/webhooks/{silent['object_id']}").status_code == 204
    assert len(api.get("/webhooks")["results"]) == 1


def test_an_account_without_hmac_gets_unsigned_letters(sandbox: Sandbox) -> None:
    api = sandbox.shippo("shippo_test_plain")
    api.post("/webhooks", {"url": f"{sandbox.inbox.url}/hook?token=x", "event": "all", "is_test": True})
    sandbox.door("shippo/hmac", token="shippo_test_plain", secret="")
    bought(api)
    sandbox.inbox.wait_for("/hook?token=x", 1)
    assert "shippo-auth-signature" not in sandbox.inbox.found[0][1]
    sandbox.door("shippo/hmac", token="shippo_test_plain", secret="ours")
    api.post("/tracks", {"carrier": "shippo", "tracking_number": "SHIPPO_TRANSIT"})
    sandbox.inbox.wait_for("/hook?token=x", 2)
    _, headers, body = sandbox.inbox.found[-1]
    signed = headers["shippo-auth-signature"]
    assert signed == sign(body, "ours", int(signed.split(",")[0][2:]))
