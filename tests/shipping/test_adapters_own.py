"""Our own labels: drawn in three ways from one layout, read back by a decoder, refused when they could not be read."""

import io
import re
from dataclasses import replace
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.errors import ProviderError
from app.shipping.carrier import FORMATS, Address, Box, Shipment
from app.shipping.carriers.own import OwnLabel, lines
from app.shipping.carriers.own_bars import SIGNS, check_sign, code128, is_ours, own_number
from app.shipping.carriers.own_ink import escaped
from app.shipping.carriers.papers import kind
from tests.shipping.parcels import BEACH, STUDIO, TORONTO, connection, parcel

PAGE = "https://guildhall.example/t/7YK2M4QXB9CD"
HANOI = Address("Nguyễn Văn Ánh", "", "12 Phố Hàng Bạc", "", "Hà Nội", "", "100000", "VN")
SERVICES = [{"id": "post", "name": "Counter parcel", "carrier": "Local post", "price_minor": 420, "currency": "USD",
             "days": 3, "tracking_url": "https://post.example/?n={number}"}]  # fmt: skip


def label(**settings: Any) -> OwnLabel:
    return OwnLabel(connection("", "", settings=settings))


def files(wanted: Shipment) -> dict[str, bytes]:
    quote = label().quote(wanted)
    bought = label().buy(wanted, quote.shipment_id, quote.rates[0].id)
    return {format: label().file(bought.id, format, bought.files[format]) for format in FORMATS}


def test_without_services_there_is_one_free_way_and_nothing_for_checkouts() -> None:
    assert label().estimate(parcel()) == []
    (rate,) = label().quote(parcel()).rates
    assert (rate.total_minor, rate.currency) == (0, "USD")


def test_flat_services_are_the_sellers_own() -> None:
    own = label(services=SERVICES)
    (rate,) = own.estimate(parcel())
    assert (rate.carrier, rate.service_name, rate.total_minor, rate.days) == ("Local post", "Counter parcel", 420, 3)
    bought = own.buy(parcel(tracking_number="ab 123 456"), "own_1", "post")
    assert (bought.tracking_number, bought.total_minor) == ("AB123456", 420)
    assert bought.tracking_url == "https://post.example/?n=AB123456"
    with pytest.raises(ProviderError, match="no longer has this service"):
        label().buy(parcel(), "own_1", "post")


def test_a_label_in_every_format_is_what_it_says_and_always_the_same() -> None:
    wanted = parcel(tracking_page=PAGE, number=1, of=2)
    found = files(wanted)
    assert {format: kind(data) for format, data in found.items()} == {format: format for format in FORMATS}
    assert files(wanted) == found


def test_the_pdf_is_four_by_six_inches_with_embedded_type() -> None:
    with pikepdf.open(io.BytesIO(files(parcel(recipient=HANOI))["pdf"])) as document:
        (page,) = document.pages
        assert [float(side) for side in page.mediabox] == [0, 0, 288, 432]
        faces = [font["/FontDescriptor"] for font in page.resources["/Font"].values() if "/FontDescriptor" in font]
        assert faces and all("/FontFile2" in face for face in faces)


def test_the_png_is_one_dot_per_dot_of_a_203_dpi_printer() -> None:
    picture = Image.open(io.BytesIO(files(parcel())["png"]))
    assert picture.size == (812, 1218) and picture.mode == "1"
    assert [round(dpi) for dpi in picture.info["dpi"]] == [203, 203]


def test_bars_are_whole_dots_with_white_on_both_sides() -> None:
    """Runs of black and white along one row are the modules of Code 128 times a whole number of dots: 3, or 4 where the
    number's digits stand in pairs, which takes less room."""
    wanted = parcel()
    picture = Image.open(io.BytesIO(files(wanted)["png"]))
    row = [picture.getpixel((x, 1000)) == 0 for x in range(812)]
    first, last = row.index(True), 811 - row[::-1].index(True)
    runs, before = [], None
    for black in row[first : last + 1]:
        if black == before:
            runs[-1] += 1
        else:
            runs.append(1)
        before = black
    modules = code128(own_number(wanted.reference))
    dots = runs[0] // modules[0]
    assert dots in (3, 4) and runs == [width * dots for width in modules]
    assert min(first, 811 - last) >= 10 * dots


def test_the_label_says_who_where_what_and_which() -> None:
    zpl = files(parcel(number=2, of=3, tracking_page=PAGE, is_return=True))["zpl"].decode()
    for words in ("FROM", "Northlight", "SHIP TO", "179 N Harbor Dr", "Redondo Beach, CA 90277", "RETURN", "437 g"):
        assert words in zpl
    assert "Order #1042" in zpl and "Parcel 2 of 3" in zpl
    assert zpl.startswith("^XA^CI28^PW812^LL1218") and zpl.rstrip().endswith("^XZ")
    assert re.search(r"\^BY[34]\^BCN", zpl) and "^BQN" in zpl


def test_names_cannot_speak_to_the_printer() -> None:
    evil = replace(BEACH, name="^XA^JUS~JA ^FDx", line1="_5EXZ \\ ~HS", city="^XZ")
    zpl = files(parcel(recipient=evil, note="^XZ~JR"))["zpl"].decode()
    assert zpl.count("^XA") == 1 and zpl.count("^XZ") == 1 and "~" not in zpl
    assert "_5EXA_5EJUS_7EJA _5EFDx" in zpl and "_5F5EXZ" in zpl


@given(st.text())
def test_whatever_is_escaped_reads_back_and_holds_no_command(text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()
    safe = escaped(text)
    assert not set(safe) & set("^~") and safe.isascii()
    back = re.sub(rb"_([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), safe.encode())
    assert back.decode() == text


def test_letters_beyond_latin_1_are_sent_to_printers_as_pictures() -> None:
    zpl = files(parcel(recipient=HANOI))["zpl"].decode()
    assert "^GFA," in zpl and "VIETNAM" in zpl


@pytest.mark.parametrize("name", ["สมชาย ใจดี", "山田太郎", "שרה לוי", "محمد علي", "A\u0000B"])
def test_what_cannot_be_printed_is_refused_in_words_and_never_becomes_boxes(name: str) -> None:
    with pytest.raises(ProviderError, match="Latin letters") as caught:
        label().buy(parcel(recipient=replace(BEACH, name=name)), "own_1", "own")
    assert caught.value.permanent and not caught.value.unknown and caught.value.remote_code == "glyph_missing"


def test_letters_typed_in_parts_are_put_together() -> None:
    apart = parcel(reference="r", recipient=replace(HANOI, name="Nguye\u0302\u0303n"))
    together = parcel(reference="r", recipient=replace(HANOI, name="Nguy\u1ec5n"))
    assert files(apart) == files(together)


@pytest.mark.parametrize("line1", ["W" * 200, "word " * 120])
def test_an_address_that_does_not_fit_is_refused_not_cut(line1: str) -> None:
    with pytest.raises(ProviderError, match="no room"):
        label().buy(parcel(recipient=replace(BEACH, line1=line1)), "own_1", "own")


def test_a_long_address_gets_smaller_letters_and_stays_whole() -> None:
    long = replace(
        BEACH, company="The Very Long Company Name of Redondo Beach Incorporated", line2="Building 12, Floor 3"
    )
    zpl = files(parcel(recipient=long))["zpl"].decode()
    assert all(word in zpl for word in ("Incorporated", "Floor 3", "Redondo Beach"))


@pytest.mark.parametrize("number", ["AB", "AB_1234", "ab;cd", "A" * 41, "ПОЧТА1"])
def test_tracking_numbers_that_bars_cannot_carry_are_refused(number: str) -> None:
    with pytest.raises(ProviderError):
        label().buy(parcel(tracking_number=number), "own_1", "own")


def test_a_number_too_long_for_the_paper_is_refused() -> None:
    with pytest.raises(ProviderError, match="this long"):
        label().buy(parcel(tracking_number="A1" * 18), "own_1", "own")


@given(st.uuids())
def test_our_numbers_prove_themselves(reference: Any) -> None:
    number = own_number(str(reference))
    assert is_ours(number) and number == own_number(str(reference)) and len(number) == 13
    assert not set(number[2:]) & set("01IO")


@given(st.uuids(), st.integers(2, 12), st.sampled_from(SIGNS))
def test_every_wrong_sign_is_noticed(reference: Any, place: int, sign: str) -> None:
    number = own_number(str(reference))
    altered = number[:place] + sign + number[place + 1 :]
    assert is_ours(altered) == (altered == number)


def test_nearly_all_signs_that_changed_places_are_noticed() -> None:
    tried = missed = 0
    for reference in range(300):
        number = own_number(str(reference))
        for place in range(2, 11):
            swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
            tried += swapped != number
            missed += swapped != number and is_ours(swapped)
    assert tried > 2000 and missed / tried < 0.01


def test_the_check_sign_is_that_of_the_standard() -> None:
    assert check_sign("A12425GABC1234002") == "M"


def test_addresses_are_written_as_their_country_writes_them() -> None:
    assert lines(STUDIO, True)[-1] == "San Francisco, CA 94107"
    assert lines(TORONTO, False)[-2:] == ["Toronto, ON M5J 2X6", "CANADA"]
    assert lines(HANOI, False)[-2:] == ["100000 Hà Nội", "VIETNAM"]


def test_heavy_parcels_are_told_in_kilograms() -> None:
    assert "1.25 kg" in files(parcel(box=Box(1250)))["zpl"].decode()
