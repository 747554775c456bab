"""Address validation, as the engine under ShipStation offers it."""

from typing import Any

from app.sandbox.carriers import addresses as post
from app.sandbox.carriers.store import Doc
from app.sandbox.carriers.wire import Call, Reply

from . import places
from .dialect import api, plain

CODES = {
    post.NOT_FOUND: ("a1002", "address_not_found", "Address not found"),
    post.NO_NUMBER: ("a1003", "missing_house_number", "Street number is missing"),
    post.NO_STREET: ("a1003", "field_value_required", "Street is missing"),
    post.NO_POSTCODE: ("a1004", "field_value_required", "Postal code is missing"),
}


@api.on("POST", "/addresses/validate")
def validate(call: Call) -> Reply:
    """What the post thinks of each address of a bare list."""
    if not isinstance(call.body, list) or not call.body:
        raise plain(400)
    return Reply([_one(wish, place) for place, wish in enumerate(call.body)])


def _one(wish: Any, place: int) -> Doc:
    original = places.make(wish, f"addresses[{place}]")
    verdict = post.verify(places.place_of(original))
    if verdict.wrong:
        code, detail, words = CODES[verdict.wrong]
        said = {"code": code, "message": words, "type": "error", "detail_code": detail}
        return {"status": "error", "original_address": original, "matched_address": None, "messages": [said]}
    matched = dict(original)
    places.validate(matched, clean=True)
    return {"status": "verified", "original_address": original, "matched_address": matched, "messages": []}
