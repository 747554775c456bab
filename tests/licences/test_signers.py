"""The key that signs licence files is changed in two steps; what was signed before stays good, and nothing old signs again."""

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from app.core import audit, crypto, db
from app.core.errors import NotFound
from app.core.ids import new_id
from app.licences import actions
from app.licences.actions import signers
from app.licences.models import LicenceSigner
from tests.licences.conftest import ALICE, Counter, Pages, actions_of


def published(counter: Counter) -> list[dict[str, Any]]:
    found = counter.app.test_client().get(f"/api/v1/licences/keys/{counter.world.north.slug}").get_json()
    return list(found["keys"])


def verifies(signed: dict[str, str], public_key: str) -> bool:
    """As docs/licences.md tells programs to do it."""
    padded = signed["signature"] + "=" * (-len(signed["signature"]) % 4)
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
    try:
        key.verify(base64.urlsafe_b64decode(padded), f"{signed['format']}.{signed['payload']}".encode())
    except InvalidSignature:
        return False
    return True


def stored(counter: Counter) -> list[LicenceSigner]:
    with db.workspace(counter.world.north.id) as session:
        return list(session.scalars(select(LicenceSigner).order_by(LicenceSigner.id)))


def test_a_key_is_made_published_and_started(pages: Pages) -> None:
    """From the page, with a program beside it that asks all the while."""
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    counter.terms()
    key, here = counter.key(counter.buy()), f"{pages.base}/licences/signing"
    before = counter.ask("activate", key, fingerprint="laptop").get_json()["file"]
    page = alice.get(here).get_data(as_text=True)
    assert "Make the next key" in page and "Start signing" not in page and published(counter)[0]["public_key"] in page
    assert alice.post(f"{here}/keys").status_code == 303
    old, coming = published(counter)
    assert (old["started_at"] is None, coming["started_at"], coming["retired_at"]) == (False, None, None)
    again = counter.ask("validate", key, fingerprint="laptop").get_json()["file"]
    assert again["key_id"] == old["key_id"] and verifies(again, old["public_key"]), "the next one signs nothing yet"
    page = alice.get(here).get_data(as_text=True)
    assert coming["public_key"] in page and "30 days at most" in page and "cannot be undone" in page
    assert alice.post(f"{here}/keys/{coming['key_id']}/starts").status_code == 303
    renewed = counter.ask("validate", key, fingerprint="laptop").get_json()["file"]
    assert renewed["key_id"] == coming["key_id"] and verifies(renewed, coming["public_key"])
    assert not verifies(renewed, old["public_key"])
    now, retired = published(counter)
    assert (now["key_id"], retired["key_id"]) == (coming["key_id"], old["key_id"]) and retired["retired_at"]
    assert verifies(before, retired["public_key"]), "what is out there stays good"
    assert json.loads(base64.urlsafe_b64decode(before["payload"] + "==="))["version"] == 1
    assert "Old keys" in alice.get(here).get_data(as_text=True)
    assert actions_of(counter)[-2:] == ["licences.make_next_signer", "licences.start_signer"]


def test_a_retired_key_can_never_sign_again(counter: Counter) -> None:
    """Its private half is gone from the table, not just unused."""
    counter.terms()
    with db.workspace(counter.world.north.id):
        first = actions.signer()
        actions.start(ALICE, actions.make_next(ALICE).id)
        row = db.get(LicenceSigner, first.id)
        assert row.sealed == "" and row.state == "retired"
        with pytest.raises(crypto.CannotDecrypt):
            signers.private_half(row)
        session = db.session()
        kept = session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action.like("licences.%signer"))).all()
        assert all("sealed" not in json.dumps(entry.data) for entry in kept)


def test_pressing_twice_makes_one_and_starts_one(pages: Pages) -> None:
    counter, alice = pages.counter, pages.browser(pages.counter.world.alice)
    counter.terms()
    here = f"{pages.base}/licences/signing"
    assert [alice.post(f"{here}/keys").status_code for _ in range(2)] == [303, 409]
    assert len(stored(counter)) == 2
    first, coming = stored(counter)
    assert [alice.post(f"{here}/keys/{coming.id}/starts").status_code for _ in range(2)] == [303, 409]
    assert alice.post(f"{here}/keys/{first.id}/starts").status_code == 409, "an old one does not come back"
    assert alice.post(f"{here}/keys/{new_id()}/starts").status_code == 404
    assert [row.state for row in stored(counter)] == ["retired", "signing"]


def test_five_old_keys_stay_listed_and_the_oldest_goes(counter: Counter) -> None:
    counter.terms()
    made = [stored(counter)[0].id]
    for _ in range(7):
        with db.workspace(counter.world.north.id):
            made.append(actions.start(ALICE, actions.make_next(ALICE).id).id)
    rows = published(counter)
    assert [row["key_id"] for row in rows] == [str(one) for one in reversed(made[-6:])]
    assert [bool(row["retired_at"]) for row in rows] == [False] + [True] * 5


@pytest.mark.parametrize("person", ["bob", "vera"])
def test_members_and_viewers_look_and_change_nothing(pages: Pages, person: str) -> None:
    counter = pages.counter
    counter.terms()
    with db.workspace(counter.world.north.id):
        coming = actions.make_next(ALICE)
    browser, here = pages.browser(getattr(counter.world, person)), f"{pages.base}/licences/signing"
    page = browser.get(here).get_data(as_text=True)
    assert coming.written in page and "Start signing" not in page and "An owner or admin" in page
    assert (
        browser.post(f"{here}/keys").status_code == browser.post(f"{here}/keys/{coming.id}/starts").status_code == 403
    )
    assert [row.state for row in stored(counter)] == ["signing", "next"]
    assert pages.browser(counter.world.ada).post(f"{here}/keys/{coming.id}/starts").status_code == 303, "admins may"


def test_a_stranger_starts_nothing_here(pages: Pages) -> None:
    counter = pages.counter
    counter.terms()
    with db.workspace(counter.world.north.id):
        coming = actions.make_next(ALICE)
    charlie = pages.browser(counter.world.charlie)
    for base in (pages.base, f"/w/{counter.world.other.slug}"):
        assert charlie.post(f"{base}/licences/signing/keys/{coming.id}/starts").status_code == 404
    with db.workspace(counter.world.other.id), pytest.raises(NotFound):
        actions.start(ALICE, coming.id)
    assert [row.state for row in stored(counter)] == ["signing", "next"]


def test_a_workspace_without_licences_has_nothing_to_change(pages: Pages) -> None:
    assert "There is no key yet" in pages.text(pages.counter.world.alice, f"{pages.base}/licences/signing")
