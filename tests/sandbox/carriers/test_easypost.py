"""EasyPost's protocol: answers have the recorded shapes, one buy per shipment, and money comes back as EasyPost says."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.sandbox.easypost.hooks import sign

from .conftest import BERLIN, HARBOR, NOWHERE, RECORDED, TOWNSEND, Api, Sandbox, lacking, recorded

PARCEL = {"length": 10, "width": 8, "height": 4, "weight": 15.4}
CUSTOMS = {
    "customs_certify": True,
    "customs_signer": "Steve Brule",
    "contents_type": "merchandise",
    "eel_pfc": "NOEEI 30.37(a)",
    "customs_items": [
        {"description": "Shirt", "quantity": 2, "weight": 11, "value": 46.5, "hs_tariff_number": "654321", "origin_country": "US"}
    ],
}  # fmt: skip


def wish(**more: Any) -> dict[str, Any]:
    return {"shipment": {"from_address": TOWNSEND, "to_address": HARBOR, "parcel": PARCEL, **more}}


def priced(shipment: dict[str, Any], service: str) -> dict[str, Any]:
    return next(rate for rate in shipment["rates"] if rate["service"] == service)


def bought(api: Api, service: str = "GroundAdvantage", **more: Any) -> dict[str, Any]:
    shipment = api.post("/shipments", wish(**more))
    return api.post(f"/shipments/{shipment['id']}/buy", {"rate": {"id": priced(shipment, service)["id"]}})


@pytest.mark.parametrize(
    ("file", "path", "but"),
    [
        ("address_create.json", "/addresses", []),
        ("address_create_verify.json", "/addresses", []),
        ("address_create_verify_strict.json", "/addresses", []),
        ("address_create_verify_carrier.json", "/addresses", []),
        ("address_create_and_verify.json", "/addresses/create_and_verify", []),
        ("parcel_create.json", "/parcels", []),
        ("customs_info_create.json", "/customs_infos", []),
        ("shipment_create.json", "/shipments", []),
        ("webhook_create.json", "/webhooks", []),
        ("error.json", "/shipments", []),
    ],
)
def test_what_is_created_has_the_recorded_shape(sandbox: Sandbox, file: str, path: str, but: list[str]) -> None:
    body, status, theirs = recorded(f"easypost/{file}")
    answer = sandbox.easypost().ask("POST", path, body)
    assert answer.status_code == status
    assert lacking(theirs, answer.json()) == []
    if file == "error.json":
        assert answer.json() == theirs


def test_the_recorded_price_is_ours(sandbox: Sandbox) -> None:
    body, _, theirs = recorded("easypost/shipment_create.json")
    ours = sandbox.easypost().post("/shipments", body)
    for service in ("GroundAdvantage", "Priority", "Express"):
        assert priced(ours, service)["rate"] == priced(theirs, service)["rate"]
    assert ours["usps_zone"] == theirs["usps_zone"] == 4


def test_a_bought_shipment_has_the_recorded_shape(sandbox: Sandbox) -> None:
    _, _, theirs = recorded("easypost/docs_shipments_one_call_buy.json")
    api = sandbox.easypost()
    usps = next(one["id"] for one in api.get("/carrier_accounts") if one["type"] == "UspsAccount")
    ours = api.post("/shipments", wish(service="Priority", carrier_accounts=[usps], customs_info=CUSTOMS))
    assert lacking(theirs, ours) == []
    assert {rate["carrier"] for rate in ours["rates"]} == {"USPS"}
    assert ours["to_address"]["street1"] == "179 N HARBOR DR" and ours["to_address"]["zip"] == "90277-2506"
    assert ours["postage_label"]["label_file_type"] == "image/png" and ours["selected_rate"]["rate"] == "7.42"
    assert [fee["amount"] for fee in ours["fees"]] == ["0.00000", "7.42000"]


@pytest.mark.parametrize(
    ("file", "step", "ask"),
    [
        ("shipment_insure.json", 1, lambda api, one: api.post(f"/shipments/{one['id']}/insure", {"amount": "100"})),
        ("shipment_generate_form.json", 1, lambda api, one: api.post(f"/shipments/{one['id']}/forms", {"form": {"type": "return_packing_slip"}})),
        ("scanform_create.json", 1, lambda api, one: api.post("/scan_forms", {"scan_form": {"shipment": [{"id": one["id"]}]}})),
        ("refund_create.json", 2, lambda api, one: api.post("/refunds", {"refund": {"carrier": "USPS", "tracking_codes": [one["tracking_code"]]}})),
        ("event_all.json", 0, lambda api, one: api.get("/events?page_size=5")),
        ("user_retrieve_me.json", 0, lambda api, one: api.get("/users")),
        ("carrier_account_all.json", 0, lambda api, one: api.get("/carrier_accounts")),
        ("webhook_all.json", 0, lambda api, one: api.get("/webhooks")),
    ],
)  # fmt: skip
def test_later_answers_have_the_recorded_shape(sandbox: Sandbox, file: str, step: int, ask: Any) -> None:
    api = sandbox.easypost()
    assert lacking(recorded(f"easypost/{file}", step)[2], ask(api, bought(api))) == []


def test_rerate_and_rates_without_a_shipment(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = api.post("/shipments", wish())
    again = api.post(f"/shipments/{shipment['id']}/rerate")
    assert lacking(recorded("easypost/shipment_regenerate_rates.json", 1)[2], again) == []
    assert {rate["id"] for rate in again["rates"]}.isdisjoint(rate["id"] for rate in shipment["rates"])
    request, _, theirs = recorded("easypost/beta_retrieve_stateless_rates.json")
    beta = Api(api.url.replace("/v2", "/beta"), api.headers)
    ours = beta.post("/rates", request)
    assert lacking(theirs, ours) == [] and "id" not in ours["rates"][0]
    assert len(api.get("/shipments?purchased=false")["shipments"]) == 1


def test_unknown_keys_paths_and_bodies_are_refused_in_easyposts_words(sandbox: Sandbox) -> None:
    assert sandbox.easypost("EZAKlive").ask("GET", "/addresses").status_code == 401
    nobody = Api(sandbox.easypost().url, {})
    assert nobody.refused("GET", "/users")[1]["error"]["code"] == "APIKEY.MISSING"
    api = sandbox.easypost()
    assert api.refused("GET", "/shipments/shp_none") == (
        404, {"error": {"code": "NOT_FOUND", "message": "The requested resource could not be found.", "errors": []}},
    )  # fmt: skip
    assert api.refused("GET", "/nothing/here")[0] == 404
    assert api.http.post(f"{api.url}/shipments", data=b"{", headers=api.headers, timeout=5).status_code == 400
    other = bought(sandbox.easypost())
    assert api.refused("GET", f"/shipments/{other['id']}")[0] == 404
    basic = api.http.get(f"{api.url}/users", auth=("EZTKbasic", ""), timeout=5)
    assert basic.status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parcel": {"weight": 0}}, "weight"),
        ({"parcel": {"weight": 5, "length": 3}}, "parcel"),
        ({"parcel": {}}, "parcel"),
        ({"to_address": {}}, "to_address"),
        ({"options": {"label_format": "GIF"}}, "label_format"),
        ({"customs_info": {"contents_type": "toys"}}, "contents_type"),
    ],
)
def test_a_bad_shipment_is_refused_and_leaves_nothing(sandbox: Sandbox, change: dict[str, Any], field: str) -> None:
    api = sandbox.easypost()
    status, body = api.refused("POST", "/shipments", wish(**change))
    assert status == 422 and body["error"]["errors"][0]["field"] == field
    assert api.get("/shipments?purchased=false")["shipments"] == [] and api.get("/addresses")["addresses"] == []


def test_prices_grow_with_weight_volume_distance_and_signature(sandbox: Sandbox) -> None:
    api = sandbox.easypost()

    def price(service: str = "GroundAdvantage", **more: Any) -> float:
        return float(priced(api.post("/shipments", wish(**more)), service)["rate"])

    far = {**HARBOR, "city": "New York", "state": "NY", "zip": "10001"}
    assert price() < price(parcel={**PARCEL, "weight": 64}) < price(parcel={**PARCEL, "weight": 64}, to_address=far)
    assert price(parcel={**PARCEL, "length": 30, "width": 20, "height": 20}) > price() * 2
    assert price(options={"delivery_confirmation": "ADULT_SIGNATURE"}) == pytest.approx(price() + 6.90)
    days = priced(api.post("/shipments", wish(to_address=far)), "GroundAdvantage")["delivery_days"]
    assert days > priced(api.post("/shipments", wish()), "GroundAdvantage")["delivery_days"]


def test_carriers_that_do_not_want_a_parcel_say_so_beside_the_rates(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    box = api.post("/shipments", wish(to_address={**HARBOR, "street1": "PO Box 12"}))
    assert {rate["carrier"] for rate in box["rates"]} == {"USPS"}
    assert [(said["carrier"], said["type"]) for said in box["messages"]] == [("UPS", "rate_error")]
    heavy = api.post("/shipments", wish(parcel={"weight": 80 * 16}))
    assert {rate["carrier"] for rate in heavy["rates"]} == {"UPS"} and "70 lb" in heavy["messages"][0]["message"]
    abroad = api.post("/shipments", wish(to_address=BERLIN))
    assert abroad["rates"] == [] and "Customs" in abroad["messages"][0]["message"]
    declared = api.post("/shipments", wish(to_address=BERLIN, customs_info=CUSTOMS))
    assert {rate["carrier"] for rate in declared["rates"]} == {"USPS", "UPS", "DHLExpress"}


def test_addresses_are_verified_and_corrected(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    bad = api.post("/addresses", {"address": NOWHERE, "verify": True})
    assert bad["verifications"]["delivery"]["errors"][0]["code"] == "E.ADDRESS.NOT_FOUND"
    status, body = api.refused("POST", "/addresses", {"address": NOWHERE, "verify_strict": True})
    assert (status, body["error"]["code"]) == (422, "ADDRESS.VERIFY.FAILURE")
    odd = api.post("/addresses", {"address": NOWHERE, "verify": True, "verify_carrier": "UPS"})
    assert odd["verifications"]["delivery"]["success"] and odd["verifications"]["delivery"]["errors"]
    long = {**HARBOR, "street1": "179 North Harbor Drive", "city": "Redondo"}
    good = api.post("/addresses", {"address": long, "verify": ["delivery"]})
    assert (good["street1"], good["city"], good["zip"]) == ("179 N HARBOR DR", "REDONDO BEACH", "90277-2506")
    plain = api.post("/addresses", {"address": TOWNSEND})
    verified = api.get(f"/addresses/{plain['id']}/verify")["address"]
    assert lacking(recorded("easypost/address_verify.json", 1)[2], {"address": verified}) == []
    no_number = api.post("/addresses", {"address": {**HARBOR, "street1": "Harbor Drive"}, "verify": True})
    assert no_number["verifications"]["delivery"]["errors"][0]["code"] == "E.HOUSE_NUMBER.MISSING"


def test_a_shipment_is_bought_once(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = api.post("/shipments", wish(reference="label-7"))
    rate = {"rate": {"id": priced(shipment, "Priority")["id"]}}
    path = f"/shipments/{shipment['id']}/buy"
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: Api(api.url, api.headers).ask("POST", path, rate), range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [422] * 9
    codes = {answer.json()["error"]["code"] for answer in answers if answer.status_code == 422}
    assert codes == {"SHIPMENT.POSTAGE.EXISTS"}
    (row,) = sandbox.effects("label")
    assert row["amount"] == 742 and row["reference"] == "label-7" and row["provider"] == "easypost"
    assert row["tracking_number"] == api.get(f"/shipments/{shipment['id']}")["tracking_code"]


def test_a_rate_of_another_shipment_is_refused(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    one, two = api.post("/shipments", wish()), api.post("/shipments", wish())
    status, body = api.refused("POST", f"/shipments/{one['id']}/buy", {"rate": {"id": two["rates"][0]["id"]}})
    assert (status, body["error"]["code"]) == (422, "SHIPMENT.MISSING_RATE")
    assert api.refused("POST", f"/shipments/{one['id']}/buy", {})[1]["error"]["code"] == "PARAMETER.REQUIRED"
    assert sandbox.effects("label") == []


def test_insurance_is_charged_once(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = api.post("/shipments", wish())
    rate = priced(shipment, "GroundAdvantage")
    whole = api.post(f"/shipments/{shipment['id']}/buy", {"rate": rate, "insurance": "250.00"})
    assert whole["insurance"] == "250.00" and whole["fees"][-1]["amount"] == "2.50000"
    assert sandbox.effects("label")[0]["amount"] == 607 + 250
    assert api.refused("POST", f"/shipments/{shipment['id']}/insure", {"amount": "10"})[0] == 422


def test_a_return_turns_the_addresses(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    back = bought(api, is_return=True)
    assert lacking(recorded("easypost/docs_returns_create.json")[2], back, but=frozenset({"rates"})) == []
    assert back["from_address"]["name"] == "Elizabeth Swan" and back["to_address"]["city"] == "SAN FRANCISCO"
    assert [row["id"] for row in sandbox.effects("return_label")] == [back["id"]]


def test_a_refund_is_submitted_then_decided(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    one, two = bought(api), bought(api)
    assert api.post(f"/shipments/{one['id']}/refund")["refund_status"] == "submitted"
    assert api.post(f"/shipments/{one['id']}/refund")["refund_status"] == "submitted"
    assert len(sandbox.effects("void")) == 1
    assert api.get(f"/shipments/{one['id']}")["status"] == "cancelled"
    sandbox.door("clock", advance=16 * 86400)
    assert api.get(f"/shipments/{one['id']}")["refund_status"] == "refunded"
    assert api.get("/refunds")["refunds"][0]["status"] == "refunded"
    assert api.post(f"/shipments/{two['id']}/refund")["refund_status"] == "rejected"
    assert len(sandbox.effects("void")) == 1


def test_a_rejected_refund_may_be_asked_for_again(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    shipment = bought(api)
    api.post(f"/shipments/{shipment['id']}/refund")
    sandbox.door(f"parcels/{shipment['tracking_code']}/void", status="rejected")
    assert api.get(f"/shipments/{shipment['id']}")["refund_status"] == "rejected"
    assert api.post(f"/shipments/{shipment['id']}/refund")["refund_status"] == "submitted"


def test_scan_forms_take_each_parcel_once(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    one, two = bought(api), bought(api, "Ground")
    form = api.post("/scan_forms", {"scan_form": {"shipments": [{"id": one["id"]}]}})
    assert form["status"] == "created" and form["tracking_codes"] == [one["tracking_code"]]
    assert api.http.get(form["form_url"], timeout=5).content.startswith(b"%PDF")
    assert api.get(f"/shipments/{one['id']}")["scan_form"]["id"] == form["id"]
    for shipment in (one, two):
        assert api.refused("POST", "/scan_forms", {"scan_form": {"shipments": [{"id": shipment["id"]}]}})[0] == 422
    assert [row["id"] for row in sandbox.effects("manifest")] == [form["id"]]


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("EZ1000000001", "pre_transit"),
        ("EZ2000000002", "in_transit"),
        ("EZ3000000003", "out_for_delivery"),
        ("EZ4000000004", "delivered"),
        ("EZ5000000005", "return_to_sender"),
        ("EZ6000000006", "failure"),
        ("EZ7000000007", "unknown"),
    ],
)
def test_test_codes_have_their_history_at_once(sandbox: Sandbox, code: str, status: str) -> None:
    api = sandbox.easypost()
    body = {"tracker": {"tracking_code": code}}
    first = api.ask("POST", "/trackers", body)
    assert (first.status_code, first.json()["status"]) == (201, status)
    again = api.ask("POST", "/trackers", body)
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    if code == "EZ1000000001":
        assert lacking(recorded("easypost/tracker_delete.json")[2], first.json()) == []
    assert api.ask("DELETE", f"/trackers/{first.json()['id']}").json() == {"success": True}


def test_the_signature_is_easyposts() -> None:
    vector = json.loads((RECORDED / "easypost" / "webhook_hmac_vector.json").read_text())
    signed = sign(vector["raw_body_utf8"].encode(), vector["secret"])
    assert signed == vector["header"]["X-Hmac-Signature"]
    assert sign(b'{"a":1}', "sécret").endswith("35e2265acce5e647f35f28306f4dcbedbd1e36e1a305c5c7f50888fc9aad8b0a")


def test_a_parcel_on_its_way_is_told_by_signed_webhooks(sandbox: Sandbox) -> None:
    api = sandbox.easypost()
    hook = {
        "url": f"{sandbox.inbox.url}/hook",
        "webhook_secret": "sécret",
        "custom_headers": [{"name": "X-Shop", "value": "7"}],
    }
    made = api.post("/webhooks", {"webhook": hook})
    assert "sécret" not in json.dumps(made)
    shipment = bought(api)
    sandbox.door("clock", advance=2)
    sandbox.door(f"parcels/{shipment['tracking_code']}/scans", step="delivered")
    letters = sandbox.inbox.wait_for("/hook", 3)
    assert [letter["description"] for letter in letters] == ["tracker.created", "tracker.updated", "tracker.updated"]
    assert [letter["result"]["status"] for letter in letters] == ["unknown", "pre_transit", "delivered"]
    assert letters[-1]["previous_attributes"] == {"status": "pre_transit"}
    assert lacking(recorded("easypost/webhook_tracker_updated_guide.json")[2], letters[-1]) == []
    for _, headers, body in sandbox.inbox.found:
        assert headers["x-hmac-signature"] == sign(body, "sécret") and headers["x-shop"] == "7"
    event = api.get(f"/events/{letters[0]['id']}")
    assert "result" not in event
    payloads = api.get(f"/events/{letters[0]['id']}/payloads")
    assert (
        lacking(
            recorded("easypost/docs_payloads_list.json")[2],
            payloads,
            but=frozenset({"response_headers", "request_headers"}),
        )
        == []
    )
    api.ask("DELETE", f"/webhooks/{made['id']}")
    assert api.get("/webhooks")["webhooks"] == []
