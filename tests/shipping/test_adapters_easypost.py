"""EasyPost's adapter against what EasyPost was recorded to say (TRAPS.md A3-A5, B19, C24-C26, D31, D37)."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from app.core.errors import ProviderError
from app.core.port import Forged
from app.core.wire import decoded
from app.shipping.carrier import FORMATS, STATUSES, CustomsLine
from app.shipping.carriers import easypost_facts as facts
from app.shipping.carriers.easypost import EasyPost, signature
from tests.shipping.parcels import BEACH, LONDON, NOWHERE, abroad, connection, parcel
from tests.shipping.replay import RECORDED, Replay, answer, recordings, replaying

SHIPMENT = re.compile(r"/shipments(/[a-z]+_\w+)?(/(buy|insure|refund))?$")
TINY = b'{"a":1}'


@pytest.fixture
def replay() -> Iterator[Replay]:
    with replaying() as found:
        yield found


def speaker(replay: Replay, **more: Any) -> EasyPost:
    return EasyPost(connection(f"{replay.url}/v2", "EZTK_test", **more))


def bought_body() -> dict[str, Any]:
    return answer("easypost/claim_cancel", 1)


def test_every_recorded_shipment_tells_its_rates_and_its_label() -> None:
    seen = 0
    for name, method, url, status, body in recordings("easypost"):
        if status >= 400 or not SHIPMENT.search(url) or (method == "GET" and "shipments" not in (body or {})):
            continue
        found = decoded(json.dumps(body).encode())
        for rate in [facts.rate(one) for one in found.get("rates", [])]:
            assert rate.total_minor > 0 and rate.carrier and rate.service_name, name
        if facts.is_bought(found):
            label = facts.bought(found)
            assert label.tracking_number and label.total_minor > 0 and label.test, name
            assert set(label.files) <= set(FORMATS) and label.files, name
        seen += 1
    assert seen >= 8


def test_every_recorded_tracker_tells_where_the_parcel_is() -> None:
    bodies = [body for _, _, url, status, body in recordings("easypost") if "/trackers" in url and status < 300]
    trackers = [one for body in bodies for one in body.get("trackers", [body]) if one.get("tracking_code")]
    assert trackers
    for one in trackers:
        found = facts.tracking(one)
        assert found.status in STATUSES and found.number
        assert [scan.at for scan in found.seen] == sorted(scan.at for scan in found.seen)
        assert len({scan.key for scan in found.seen}) == len(found.seen)


def test_a_quote_is_cheapest_first_in_cents(replay: Replay) -> None:
    quote = speaker(replay.say(answer("easypost/shipment_create"), 201)).quote(parcel())
    assert quote.shipment_id.startswith("shp_")
    assert [(one.service_name, one.total_minor, one.days) for one in quote.rates] == [
        ("Ground Advantage", 607, 3), ("Priority", 742, 2), ("Express", 3415, 1),
    ]  # fmt: skip
    sent = replay.asked[0]
    assert sent.path == "/v2/shipments" and sent.headers["authorization"].startswith("Basic ")
    assert sent.body["shipment"]["parcel"] == {
        "length": 10, "width": Decimal("8.1"), "height": Decimal("4.1"), "weight": Decimal("15.5"),
    }  # fmt: skip


def test_prices_for_a_checkout_store_nothing(replay: Replay) -> None:
    rates = speaker(replay.say(answer("easypost/beta_retrieve_stateless_rates"))).estimate(parcel())
    assert replay.asked[0].path == "/beta/rates"
    assert [one.total_minor for one in rates] == [607, 742, 3415] and not any(one.id for one in rates)


def test_insurance_is_a_part_of_the_total(replay: Replay) -> None:
    replay.say(answer("easypost/shipment_create"), 201).say(answer("easypost/user_retrieve_me"))
    rate = speaker(replay).quote(parcel(insured_minor=25_000)).rates[0]
    assert rate.total_minor == 607 + 250 and dict(rate.parts) == {"postage": 607, "insurance": 250}


def test_an_insurance_in_another_currency_is_refused_before_anything_is_asked(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="US dollars") as caught:
        speaker(replay.say({})).buy(parcel(insured_minor=100, currency="EUR"), "shp_1", "rate_1")
    assert caught.value.permanent and not caught.value.unknown and replay.asked == []


def test_customs_lines_are_totals(replay: Replay) -> None:
    speaker(replay.say(answer("easypost/shipment_create"), 201)).quote(abroad())
    info = replay.asked[0].body["shipment"]["customs_info"]
    (item,) = info["customs_items"]
    assert (item["quantity"], item["value"], item["weight"]) == (3, "45.00", Decimal("12.699"))
    assert info["eel_pfc"] == "NOEEI 30.36"


def test_an_export_above_the_limit_needs_a_filing(replay: Replay) -> None:
    dear = CustomsLine("Loom", 2, 130_000, "USD", 9000, "US", "844610")
    with pytest.raises(ProviderError, match="ITN") as caught:
        speaker(replay.say({})).quote(abroad(LONDON, dear))
    assert caught.value.permanent and replay.asked == []


def test_a_return_is_asked_for_in_the_way_out(replay: Replay) -> None:
    speaker(replay.say(answer("easypost/shipment_create"), 201)).quote(parcel(is_return=True))
    sent = replay.asked[0].body["shipment"]
    assert sent["is_return"] is True
    assert sent["to_address"]["street1"] == "388 Townsend St" and sent["from_address"]["street1"] == "179 N Harbor Dr"


def test_a_label_is_what_its_fees_say(replay: Replay) -> None:
    body = bought_body()
    label = speaker(replay.say(body)).buy(parcel(), body["id"], body["selected_rate"]["id"])
    assert (label.id, label.tracking_number, label.total_minor) == (body["id"], "9400100208303109500683", 607)
    assert label.files == {"png": body["postage_label"]["label_url"]} and label.test
    insured = decoded(json.dumps(answer("easypost/claim_cancel", 2)).encode())
    assert facts.bought(insured).total_minor == 707


def test_a_second_buy_gets_the_label_that_exists(replay: Replay) -> None:
    body = bought_body()
    exists = {"error": {"code": "SHIPMENT.POSTAGE.EXISTS", "message": "Postage already exists.", "errors": []}}
    label = speaker(replay.say(exists, 422).say(body)).buy(parcel(), body["id"], body["selected_rate"]["id"])
    assert label.tracking_number == body["tracking_code"]


@pytest.mark.parametrize("change", [{"refund_status": "submitted"}, {"selected_rate": {"id": "rate_other"}}])
def test_a_label_given_back_or_of_another_rate_is_not_ours(replay: Replay, change: dict[str, Any]) -> None:
    body = bought_body()
    rate_id = body["selected_rate"]["id"]
    exists = {"error": {"code": "SHIPMENT.POSTAGE.EXISTS", "message": "Postage already exists.", "errors": []}}
    replay.say(exists, 422).say({**body, **change}).say({**body, **change})
    with pytest.raises(ProviderError, match="ask for rates again") as caught:
        speaker(replay).buy(parcel(), body["id"], rate_id)
    assert caught.value.permanent
    assert speaker(replay).find(body["id"], rate_id, "") is None


@pytest.mark.parametrize("code", sorted(facts.LOST))
def test_codes_that_leave_the_outcome_open_are_unknown(replay: Replay, code: str) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say({"error": {"code": code, "message": "Please wait."}}, 422)).buy(parcel(), "shp_1", "rate_1")
    assert caught.value.unknown and not caught.value.permanent


@pytest.mark.parametrize("body", [b"<html>", b'{"id": "shp_1", "selec', b"[]"])
def test_an_answer_to_a_purchase_that_cannot_be_read_is_unknown(replay: Replay, body: bytes) -> None:
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say(body)).buy(parcel(), "shp_1", "rate_1")
    assert caught.value.unknown and not caught.value.permanent


def test_errors_keep_the_providers_words(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="Missing required parameter: shipment cannot be blank") as caught:
        speaker(replay.say(answer("easypost/error"), 422)).quote(parcel())
    assert caught.value.permanent and caught.value.remote_code == "PARAMETER.REQUIRED"


@pytest.mark.parametrize(
    ("message", "errors", "words"),
    [
        ("No.", ["a", "b"], "No: a; b"),
        (["x", "y"], [], "x; y"),
        ({"rate": ["is gone"]}, None, "rate is gone"),
        ("No.", [{"field": "zip", "message": "is bad", "suggestion": None}], "No: zip is bad"),
    ],
)
def test_errors_come_in_many_shapes(replay: Replay, message: Any, errors: Any, words: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(words)):
        speaker(replay.say({"error": {"code": "X", "message": message, "errors": errors}}, 422)).quote(parcel())


def test_an_address_that_fails_has_its_words_and_no_correction(replay: Replay) -> None:
    check = speaker(replay.say(answer("easypost/address_create_verify", 1), 201)).check_address(NOWHERE)
    assert not check.deliverable and check.corrected is None and "Address not found" in check.messages[0]


def test_success_with_errors_is_no_success(replay: Replay) -> None:
    body = answer("easypost/address_create_verify_carrier")
    assert body["verifications"]["delivery"]["success"] is True
    assert not speaker(replay.say(body, 201)).check_address(NOWHERE).deliverable


def test_a_correction_leaves_the_person_alone(replay: Replay) -> None:
    body = answer("easypost/claim_cancel", 1)["to_address"]
    check = speaker(replay.say(body, 201)).check_address(BEACH)
    assert check.deliverable and check.corrected is not None
    assert (check.corrected.name, check.corrected.line1, check.corrected.postcode) == (
        "Fay", "179 N HARBOR DR", "90277-2506",
    )  # fmt: skip


def test_manifests_and_refunds_are_read() -> None:
    form = facts.manifest(answer("easypost/scanform_create", 1))
    assert form.state == "created" and form.url.endswith(".pdf")
    said = [facts.voided(one).state for one in (None, "submitted", "refunded", "rejected", "not_applicable")]
    assert said == ["", "requested", "refunded", "refused", "not_needed"]


def test_the_official_signature_vector_fits_and_altered_ones_do_not() -> None:
    vector = json.loads((RECORDED / "easypost/webhook_hmac_vector.json").read_text(encoding="utf-8"))
    raw = vector["raw_body_utf8"].encode()
    headers = CaseInsensitiveDict({name.lower(): value for name, value in vector["header"].items()})
    ours = connection("https://api.easypost.com/v2", "k", webhook_secret=vector["secret"])
    (news,) = EasyPost.read_news(ours, headers, raw)
    assert news.kind == "tracking" and news.remote_id == "evt_1" and news.tracking is not None
    assert signature("sécret", TINY) == (
        "hmac-sha256-hex=35e2265acce5e647f35f28306f4dcbedbd1e36e1a305c5c7f50888fc9aad8b0a"
    )
    wrong = connection("https://api.easypost.com/v2", "k", webhook_secret="secret")
    for conn, given, body in (
        (ours, headers, raw + b" "),
        (ours, CaseInsensitiveDict(), raw),
        (ours, CaseInsensitiveDict({"X-Hmac-Signature": "hmac-sha256-hex=é"}), raw),
        (wrong, headers, raw),
    ):
        with pytest.raises(Forged):
            EasyPost.read_news(conn, given, body)


def test_a_recorded_tracker_event_is_news_about_its_label() -> None:
    event = json.loads((RECORDED / "easypost/webhook_tracker_updated_guide.json").read_text())["body"]
    raw = json.dumps(event).encode()
    ours = connection("https://api.easypost.com/v2", "k", webhook_secret="s")
    headers = CaseInsensitiveDict({"X-Hmac-Signature": signature("s", raw)})
    (news,) = EasyPost.read_news(ours, headers, raw)
    assert (news.kind, news.carrier, news.number) == ("tracking", "UPS", "EZ4000000004")
    assert news.tracking is not None and news.tracking.status == "delivered" and len(news.tracking.seen) == 6


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://easypost-files.s3.us-west-2.amazonaws.com.evil.test/a.png",
        "https://user@easypost-files.s3.us-west-2.amazonaws.com/a.png",
        "http://easypost-files.s3.us-west-2.amazonaws.com/a.png",
        "https://easypost-files.s3.us-west-2.amazonaws.com:8443/a.png",
        "file:///etc/passwd",
        "gopher://127.0.0.1",
    ],
)
def test_files_are_fetched_from_the_providers_hosts_alone(replay: Replay, url: str) -> None:
    with pytest.raises(ProviderError, match="address that is not its own"):
        speaker(replay.say({})).file("lbl", "png", url)
    assert replay.asked == []


def test_a_redirect_to_elsewhere_is_not_followed(replay: Replay) -> None:
    with pytest.raises(ProviderError, match="address that is not its own"):
        speaker(replay.say(b"", 302, Location="http://169.254.169.254/")).file("x", "png", f"{replay.url}/files/a.png")
    assert len(replay.asked) == 1


def test_no_key_is_sent_to_a_file_host_nor_kept_in_errors(replay: Replay) -> None:
    words = "key EZTKabcdef0123456789 of a@b.example at https://files.example/x?Signature=abc"
    with pytest.raises(ProviderError) as caught:
        speaker(replay.say({"error": {"code": "X", "message": words}}, 422)).quote(parcel())
    for secret in ("abcdef0123456789", "a@b.example", "Signature"):
        assert secret not in str(caught.value)


def test_the_account_is_known_by_its_own_objects(replay: Replay) -> None:
    replay.say(answer("easypost/address_create"), 201).say(answer("easypost/user_retrieve_me"))
    found = speaker(replay.say(answer("easypost/carrier_account_all"))).account()
    assert (found.mode, found.name, list(found.carriers)) == ("test", "New Name", ["USPS"])


def test_a_test_key_may_not_read_its_owner_and_still_works(replay: Replay) -> None:
    replay.say(answer("easypost/address_create"), 201).say({"error": {"code": "FORBIDDEN", "message": "No."}}, 403)
    assert speaker(replay).account().mode == "test"
