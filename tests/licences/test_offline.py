"""A device without a connection: its code is typed into the library, and stays typed while somebody says no."""

import re
from typing import Any

from app.core import db
from app.licences import actions
from tests.licences.conftest import ALICE, Pages

CODE, NAME = "DEVICE-CODE-7731", "Render box"


def bought(pages: Pages, **terms: Any) -> tuple[str, str]:
    """Fay's licence: its key, and where its forms go."""
    pages.counter.terms(**terms)
    order = pages.counter.buy()
    licence = pages.counter.licences(order)[0].licence
    return pages.counter.key(order), f"/library/{licence.grant_id}/licences/{licence.id}"


def live(pages: Pages) -> list[str]:
    """Codes of the devices that have a seat."""
    licence = pages.counter.all()[0]
    with db.workspace(licence.workspace_id):
        return [one.fingerprint for one in pages.counter.all()[0].seats]


def test_a_full_licence_keeps_the_code_and_swaps_a_seat_for_it(pages: Pages) -> None:
    """The code, as it stands in its field by then, goes with the press that frees a seat, so it is typed once."""
    key, there = bought(pages, activation_limit=1)
    fay = pages.browser(pages.counter.world.fay)
    seat = pages.counter.ask("activate", key, fingerprint="old", name="Old laptop").get_json()["activation"]["id"]
    refused = fay.post(f"{there}/seats", {"fingerprint": CODE, "name": NAME})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409 and "All seats of this licence are taken" in page
    assert (
        f'value="{CODE}"' in page and f'value="{NAME}"' in page and f'formaction="{there}/seats/{seat}/frees"' in page
    )
    assert live(pages) == ["old"]
    assert fay.post(f"{there}/seats/{seat}/frees", {"fingerprint": CODE, "name": NAME}).status_code == 303
    assert live(pages) == [CODE]


def test_a_code_that_is_missing_or_too_long_is_said_beside_it(pages: Pages) -> None:
    _, there = bought(pages)
    fay = pages.browser(pages.counter.world.fay)
    for typed, words in (("", "Enter the code"), ("x" * 201, "at most 200 characters")):
        answer = fay.post(f"{there}/seats", {"fingerprint": typed, "name": NAME})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422 and f'value="{NAME}"' in page and typed in page
        beside = re.search(r'class="field-error"[^>]*>(?:(?!</div>).)*', page, re.S)
        assert beside is not None and words in beside[0]
    assert live(pages) == []


def test_a_disabled_licence_gives_no_seat_and_frees_none_for_it(pages: Pages) -> None:
    """What is refused half-way is refused whole: the seat that was to be freed is still there."""
    key, there = bought(pages, activation_limit=1)
    fay = pages.browser(pages.counter.world.fay)
    seat = pages.counter.ask("activate", key, fingerprint="old").get_json()["activation"]["id"]
    with db.workspace(pages.counter.world.north.id):
        actions.disable(ALICE, pages.counter.all()[0], "shared")
    for path in (f"{there}/seats", f"{there}/seats/{seat}/frees"):
        answer = fay.post(path, {"fingerprint": CODE})
        assert answer.status_code == 403 and f'value="{CODE}"' in answer.get_data(as_text=True)
    assert live(pages) == ["old"]


def test_a_code_stays_in_the_licence_that_it_was_typed_for(pages: Pages) -> None:
    """Two keys of one purchase: the other one's form is as empty and as shut as before."""
    pages.counter.terms(activation_limit=1)
    order = pages.counter.buy(2)
    first, second = (one.licence for one in pages.counter.licences(order))
    pages.counter.ask("activate", pages.counter.key(order), fingerprint="old")
    fay = pages.browser(pages.counter.world.fay)
    answer = fay.post(f"/library/{first.grant_id}/licences/{first.id}/seats", {"fingerprint": CODE})
    page = answer.get_data(as_text=True)
    assert page.count(f'value="{CODE}"') == 1
    assert f'id="code-{second.id}"' in page and page.count("<details open") == 1


def test_a_stranger_types_into_nothing(pages: Pages) -> None:
    _, there = bought(pages)
    for person in (pages.counter.world.bob, pages.counter.world.alice):
        assert pages.browser(person).post(f"{there}/seats", {"fingerprint": CODE}).status_code == 404
    assert live(pages) == []
