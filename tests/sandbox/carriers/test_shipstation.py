"""ShipStation's protocol: prices in four parts, a void that says no with a 200, look-up by our own id, RSA signatures."""

import base64
import io
import json
from typing import Any

import pypdfium2
import pytest
import requests
import zxingcpp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .conftest import RECORDED, Api, Sandbox, lacking, recorded, wait_until

SENDER = {
    "name": "Jack Sparrow", "phone": "5555555555", "address_line1": "388 Townsend St", "address_line2": "Apt 20",
    "city_locality": "San Francisco", "state_province": "CA", "postal_code": "94107", "country_code": "US",
}  # fmt: skip
BUYER = {
    "name": "Elizabeth Swan", "phone": "5555555555", "address_line1": "179 N Harbor Dr", "city_locality": "Redondo Beach",
    "state_province": "CA", "postal_code": "90277", "country_code": "US", "address_residential_indicator": "unknown",
}  # fmt: skip
NOWHERE = {**BUYER, "address_line1": "000 unknown street", "state_province": "ZZ", "postal_code": "00001"}
BERLIN = {**BUYER, "address_line1": "Torstraße 1", "city_locality": "Berlin", "state_province": "", "postal_code": "10119", "country_code": "DE"}  # fmt: skip
BOX = {
    "weight": {"value": 15.4, "unit": "ounce"},
    "dimensions": {"unit": "inch", "length": 10, "width": 8, "height": 4},
    "label_messages": {"reference1": "Order 7"},
}  # fmt: skip
PRODUCT = {
    "description": "Shirt", "quantity": 3, "value": {"currency": "usd", "amount": 15}, "harmonized_tariff_code": "6109.10",
    "country_of_origin": "US",
}  # fmt: skip


def wish(**more: Any) -> dict[str, Any]:
    return {"ship_from": SENDER, "ship_to": BUYER, "packages": [BOX], **more}


def carriers_of(api: Api) -> list[str]:
    return [one["carrier_id"] for one in api.get("/carriers")["carriers"]]


def rated(api: Api, **more: Any) -> dict[str, Any]:
    return api.post("/rates", {"shipment": wish(**more), "rate_options": {"carrier_ids": carriers_of(api)}})


def rate_of(answer: dict[str, Any], service: str = "usps_priority_mail") -> dict[str, Any]:
    return next(rate for rate in answer["rate_response"]["rates"] if rate["service_code"] == service)


def total(rate: dict[str, Any]) -> float:
    parts = ("shipping_amount", "insurance_amount", "confirmation_amount", "other_amount")
    return round(sum(rate[part]["amount"] for part in parts), 2)


def bought(api: Api, service: str = "usps_priority_mail", **more: Any) -> dict[str, Any]:
    return api.post("/labels", {"shipment": wish(service_code=service, **more)})


def test_answers_have_the_shape_of_the_samples(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    assert lacking(recorded("shipstation/v2_carriers.json")[2], api.get("/carriers")) == []
    answer = rated(api)
    theirs = recorded("shipstation/v2spec_rates.json")[2]
    guesses = frozenset({"insured_value", "geolocation", "advanced_options", "requested_comparison_amount", "tax_amount", "zone", "tracking_number"})  # fmt: skip
    assert lacking(theirs, answer, but=guesses) == []
    label = bought(api, "ups_ground")
    assert lacking(recorded("shipstation/v2_label_from_shipment.json")[2], label) == []
    sandbox.door(f"parcels/{label['tracking_number']}/scans", step="delivered")
    track = api.get(f"/labels/{label['label_id']}/track")
    assert lacking(recorded("shipstation/v2spec_track.json")[2], track) == []
    found = api.get(f"/tracking?carrier_code=ups&tracking_number={label['tracking_number']}")
    assert lacking(recorded("shipstation/v2_track_by_carrier.json")[2], found) == [] and found == track
    estimate = {
        "carrier_ids": carriers_of(api), "from_country_code": "US", "from_postal_code": "94107", "to_country_code": "US",
        "to_postal_code": "90277", "weight": BOX["weight"], "dimensions": BOX["dimensions"],
    }  # fmt: skip
    prices = api.post("/rates/estimate", estimate)
    assert lacking(recorded("shipstation/v2spec_rates_estimate.json")[2], prices, but=frozenset({"tax_amount"})) == []
    assert "rate_id" not in prices[0]


def test_unknown_keys_and_ids_are_refused_in_shipstations_words(sandbox: Sandbox) -> None:
    status, body = Api(sandbox.shipstation().url, {"api-key": "live"}).refused("GET", "/carriers")
    assert status == 401 and body["errors"][0]["error_code"] == "unauthorized"
    api = sandbox.shipstation()
    assert (
        lacking(recorded("shipstation/v2_address_validate.json", 2)[2], api.refused("POST", "/shipments", None)[1])
        == []
    )
    assert api.refused("GET", "/labels/se-1")[1]["errors"][0]["error_code"] == "not_found"
    other = bought(sandbox.shipstation())
    assert api.refused("GET", f"/labels/{other['label_id']}")[0] == 404
    assert (
        api.refused("POST", "/rates", {"shipment": wish()})[1]["errors"][0]["field_name"] == "rate_options.carrier_ids"
    )
    assert int(api.ask("GET", "/carriers").headers["X-Rate-Limit-Limit"]) == 20


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ship_to": None}, "ship_to"),
        ({"ship_to": {**BUYER, "country_code": "USA"}}, "ship_to.country_code"),
        ({"packages": []}, "shipment.packages"),
        ({"packages": [{**BOX, "weight": {"value": 0, "unit": "ounce"}}]}, "shipment.packages[0].weight"),
        ({"packages": [{**BOX, "weight": {"value": 1, "unit": "oz"}}]}, "shipment.packages[0].weight.unit"),
        ({"confirmation": "kiss"}, "confirmation"),
    ],
)
def test_a_bad_shipment_is_refused_and_leaves_nothing(sandbox: Sandbox, change: dict[str, Any], field: str) -> None:
    api = sandbox.shipstation()
    body = {"shipment": wish(**change), "rate_options": {"carrier_ids": carriers_of(api)}}
    status, answer = api.refused("POST", "/rates", body)
    assert status == 400 and answer["errors"][0]["field_name"] == field
    assert api.get("/shipments")["shipments"] == []


def test_a_price_is_the_sum_of_its_parts(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    plain = rate_of(rated(api))
    assert total(plain) == 7.42 and plain["delivery_days"] == 2 and plain["shipping_amount"]["currency"] == "usd"
    insured = [{**BOX, "insured_value": {"currency": "usd", "amount": 250}}]
    whole = rate_of(rated(api, packages=insured, insurance_provider="shipsurance", confirmation="adult_signature"))
    assert (whole["insurance_amount"]["amount"], whole["confirmation_amount"]["amount"]) == (2.5, 6.9)
    assert total(whole) == pytest.approx(7.42 + 2.5 + 6.9)
    assert rate_of(rated(api, packages=insured))["insurance_amount"]["amount"] == 0
    assert rate_of(rated(api), "ups_ground")["other_amount"]["amount"] > 0
    grams = [
        {
            "weight": {"value": 436.58, "unit": "gram"},
            "dimensions": {"unit": "centimeter", "length": 25.4, "width": 20.32, "height": 10.16},
        }
    ]
    assert total(rate_of(rated(api, packages=grams))) == 7.42


def test_carriers_that_say_no_stand_inside_a_200(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    box = rated(api, ship_to={**BUYER, "address_line1": "PO Box 12"})["rate_response"]
    assert box["status"] == "partial" and box["errors"][0]["error_source"] == "carrier"
    assert {rate["carrier_code"] for rate in box["rates"]} == {"stamps_com"}
    abroad = rated(api, ship_to=BERLIN)["rate_response"]
    assert (abroad["status"], abroad["rates"]) == ("error", [])
    customs = {"contents": "merchandise", "non_delivery": "return_to_sender"}
    declared = rated(api, ship_to=BERLIN, customs=customs, packages=[{**BOX, "products": [PRODUCT]}])
    assert {rate["carrier_code"] for rate in declared["rate_response"]["rates"]} == {"stamps_com", "ups", "dhl_express"}
    dear = {**PRODUCT, "value": {"currency": "usd", "amount": 900}}
    costly = rated(api, ship_to=BERLIN, customs=customs, packages=[{**BOX, "products": [dear]}])["rate_response"]
    assert "AES" in costly["errors"][0]["message"]


def test_addresses_are_validated_with_the_shipment(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    made = api.post("/shipments", {"shipments": [
        wish(validate_address="validate_and_clean"), wish(ship_to=NOWHERE, validate_address="validate_only"),
    ]})  # fmt: skip
    good, bad = made["shipments"]
    assert made["has_errors"] and good["ship_to"]["postal_code"] == "90277-2506"
    assert good["ship_to"]["address_residential_indicator"] == "no"
    assert bad["errors"][0]["error_code"] == "invalid_address" and bad["shipment_id"] is None
    assert len(api.get("/shipments")["shipments"]) == 1


def test_addresses_are_validated_alone(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    good, bad = api.post("/addresses/validate", [SENDER, NOWHERE])
    assert lacking(recorded("shipstation/v2_address_validate.json")[2][0], good) == []
    assert good["status"] == "verified" and good["matched_address"]["address_line1"] == "388 TOWNSEND ST APT 20"
    assert bad["status"] == "error" and bad["matched_address"] is None and bad["messages"][0]["type"] == "error"


def test_a_shipment_is_found_by_our_own_id(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    long = "x" * 60
    made = api.post("/shipments", {"shipments": [wish(external_shipment_id=long)]})["shipments"][0]
    assert made["external_shipment_id"] == "x" * 50
    assert api.get(f"/shipments/external_shipment_id/{'x' * 50}")["shipment_id"] == made["shipment_id"]
    assert api.refused("GET", f"/shipments/external_shipment_id/{long}")[0] == 404
    again = api.post("/shipments", {"shipments": [wish(external_shipment_id=long)]})
    assert again["shipments"][0]["errors"][0]["error_code"] == "identifier_conflict"
    assert api.ask("PUT", f"/shipments/{made['shipment_id']}/cancel").status_code == 204
    assert api.refused("POST", f"/labels/shipment/{made['shipment_id']}", {})[0] == 400


def test_a_lost_purchase_is_found_by_rate_shipment_and_our_own_id(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    answer = rated(api, external_shipment_id="label-7")
    rate = rate_of(answer)["rate_id"]
    assert api.get(f"/labels?rate_id={rate}")["labels"] == []
    sandbox.door("faults", kind="drop_answer", path="/shipstation/v2/labels/rates/*")
    with pytest.raises(requests.ConnectionError):
        api.ask("POST", f"/labels/rates/{rate}", {})
    (found,) = api.get(f"/labels?rate_id={rate}")["labels"]
    assert api.get(f"/labels?shipment_id={answer['shipment_id']}")["total"] == 1
    assert api.get("/labels/external_shipment_id/label-7") == found
    assert found["shipment_cost"]["amount"] == 7.42
    assert api.get("/shipments/external_shipment_id/label-7")["shipment_status"] == "label_purchased"
    (row,) = sandbox.effects("label")
    assert (row["reference"], row["amount"], row["id"]) == ("label-7", 742, found["label_id"])
    api.post(f"/labels/rates/{rate}", {})
    assert len(sandbox.effects("label")) == 2


def test_a_refusing_carrier_sells_nothing(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    sandbox.door("faults", kind="carrier_refuses", path="/shipstation/v2/labels")
    status, body = api.refused("POST", "/labels", {"shipment": wish(service_code="ups_ground")})
    assert status == 400 and body["errors"][0]["error_source"] == "carrier"
    assert api.refused("POST", "/labels", {"shipment": wish(service_code="ups_rocket")})[0] == 400
    assert api.refused("POST", "/labels", {"shipment": wish()})[1]["errors"][0]["field_name"] == "shipment.service_code"
    assert sandbox.effects("label") == [] and api.get("/shipments")["shipments"] == []


def test_label_files(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    label = bought(api)
    for kind, magic in (("pdf", b"%PDF"), ("png", b"\x89PNG"), ("zpl", b"^XA")):
        assert requests.get(label["label_download"][kind], timeout=5).content.startswith(magic)
    assert label["label_download"]["href"] == label["label_download"]["pdf"]
    assert requests.get(label["label_download"]["pdf"].replace("/10/", "/10/x"), timeout=5).status_code == 404
    inline = api.post("/labels", {
        "shipment": wish(service_code="ups_ground"), "label_download_type": "inline", "label_layout": "letter",
    })  # fmt: skip
    head, content = inline["label_download"]["href"].split(",", 1)
    page = pypdfium2.PdfDocument(io.BytesIO(base64.b64decode(content)))[0]
    assert head == "data:application/pdf;base64" and (page.get_width(), page.get_height()) == (612, 792)
    assert [one.text for one in zxingcpp.read_barcodes(page.render(scale=203 / 72).to_pil())] == [
        inline["tracking_number"]
    ]


def test_a_slow_carrier_is_processing_first(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    customs = {"contents": "merchandise"}
    label = bought(
        api, "dhl_express_worldwide", ship_to=BERLIN, customs=customs, packages=[{**BOX, "products": [PRODUCT]}]
    )
    assert label["status"] == "processing" and label["is_international"]
    sandbox.door("clock", advance=5)
    done = api.get(f"/labels/{label['label_id']}")
    assert done["status"] == "completed"
    assert requests.get(done["form_download"]["href"], timeout=5).content.startswith(b"%PDF")


def test_a_void_says_no_with_a_200(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    one, two, three = bought(api), bought(api), bought(api)
    yes = api.put(f"/labels/{one['label_id']}/void")
    assert yes["approved"] is True and lacking({"approved": True, "message": ""}, yes) == []
    again = api.put(f"/labels/{one['label_id']}/void")
    assert lacking(recorded("shipstation/v2spec_void.json")[2], again) == []
    assert (again["approved"], again["reason_code"]) == (False, "label_already_voided")
    voided = api.get(f"/labels/{one['label_id']}")
    assert voided["voided"] and voided["status"] == "voided"
    sandbox.door(f"parcels/{two['tracking_number']}/scans", step="accepted")
    assert api.put(f"/labels/{two['label_id']}/void")["reason_code"] == "label_already_used"
    row = sandbox.look(f"parcels/{three['tracking_number']}")
    assert row["void"] == ""
    assert [effect["id"] for effect in sandbox.effects("void")] == [one["label_id"]]
    assert api.ask("POST", f"/labels/{three['label_id']}/void").status_code == 404


def test_returns(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    label = bought(api)
    back = api.post(f"/labels/{label['label_id']}/return", {"label_format": "zpl"})
    assert back["is_return_label"] and back["outbound_label_id"] == label["label_id"]
    assert sandbox.look(f"parcels/{back['tracking_number']}")["to"]["name"] == "Jack Sparrow"
    assert [row["id"] for row in sandbox.effects("return_label")] == [back["label_id"]]


def test_manifests(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    label, ups = bought(api), bought(api, "ups_ground")
    body = {"label_ids": [label["label_id"]], "ship_date": "2026-11-21"}
    made = api.post("/manifests", body)
    assert lacking(recorded("shipstation/v2spec_manifest_create.json")[2], made, but=frozenset({"errors"})) == []
    assert requests.get(made["manifest_download"]["href"], timeout=5).content.startswith(b"%PDF")
    assert api.get(f"/manifests?label_id={label['label_id']}")["manifests"][0]["manifest_id"] == made["manifest_id"]
    assert api.get(f"/manifests/requests/{made['manifest_request_id']}") == made
    for identifier in (label["label_id"], ups["label_id"]):
        assert api.refused("POST", "/manifests", {"label_ids": [identifier]})[0] == 400
    assert [row["id"] for row in sandbox.effects("manifest")] == [made["manifest_id"]]


def check(sandbox: Sandbox, headers: dict[str, str], body: bytes) -> str:
    """Verify a letter as ShipStation's documentation says; returns the key's id."""
    keys = requests.get(f"{sandbox.url}/shipstation/jwks", timeout=5).json()["keys"]
    kid = headers["x-shipengine-rsa-sha256-key-id"]
    words = next(key for key in keys if key["kid"] == kid)
    n, e = (int.from_bytes(base64.urlsafe_b64decode(words[part] + "=="), "big") for part in ("n", "e"))
    signed = headers["x-shipengine-timestamp"].encode() + b"." + body
    signature = base64.b64decode(headers["x-shipengine-rsa-sha256-signature"])
    rsa.RSAPublicNumbers(e, n).public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    return kid


def test_letters_are_signed_and_the_key_may_change(sandbox: Sandbox) -> None:
    api = sandbox.shipstation()
    hook = {"event": "track_event_v2", "url": f"{sandbox.inbox.url}/hook", "headers": [{"key": "X-Shop", "value": "7"}]}
    made = api.post("/environment/webhooks", hook)
    assert lacking(recorded("shipstation/v2spec_webhook_create.json")[2], made) == []
    assert api.refused("POST", "/environment/webhooks", hook)[0] == 409
    label = bought(api, "ups_ground")
    sandbox.door("clock", advance=2)
    sandbox.inbox.wait_for("/hook", 1)
    new = sandbox.door("shipstation/rotate-key")["kid"]
    sandbox.door(f"parcels/{label['tracking_number']}/scans", step="exception")
    letters = sandbox.inbox.wait_for("/hook", 2)
    theirs = json.loads((RECORDED / "shipstation" / "v2_webhook_payloads.json").read_text())["interactions"][0][
        "request"
    ]
    assert lacking(theirs["body"], letters[0]) == []
    assert letters[1]["data"]["status_code"] == "AT" and letters[1]["data"]["exception_description"]
    assert letters[1]["resource_url"] == f"{api.url}/labels/{label['label_id']}/track"
    assert api.get(letters[1]["resource_url"].removeprefix(api.url)) == letters[1]["data"]
    first, second = [check(sandbox, headers, body) for _, headers, body in sandbox.inbox.found]
    assert first != second == new and sandbox.inbox.found[0][1]["x-shop"] == "7"
    with pytest.raises(InvalidSignature):
        check(sandbox, sandbox.inbox.found[0][1], sandbox.inbox.found[0][2] + b" ")
    assert api.ask("DELETE", f"/environment/webhooks/{made['webhook_id']}").status_code == 204
    wait_until(lambda: api.get("/environment/webhooks") == [], "the webhook is gone")
