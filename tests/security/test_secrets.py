"""Links that are secrets, and secrets at rest: each byte counts, each purpose is its own (SECURITY.md §3, tokens and secrets).

Moving a sealed secret between rows or workspaces: tests/core. Rotating keys: tests/cli.
"""

import base64
import re
from typing import Any

import pytest
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import text

from app.core import crypto, db, signing
from app.core.ids import new_token, token_hash
from app.licences import actions
from app.licences import queries as licences
from app.models import metadata
from tests.security.stage import Stage

PURPOSES = ("purchase", "download", "email", "visitor", "reset", "unsubscribe")


def test_each_changed_byte_of_a_link_is_noticed(app: Any) -> None:
    token = signing.sign("purchase", ["group", "buyer"])
    with app.app_context():
        for position, letter in enumerate(token):
            other = "A" if letter not in "ABCD" else "z"  # the last letter's lowest bits stand for nothing
            forged = token[:position] + other + token[position + 1 :]
            with pytest.raises(signing.BadLink):
                signing.unsign("purchase", forged, 60)


@pytest.mark.parametrize("cut", ["", ".", "..", "a.b.c", "=", "é", "\x00", "x" * 10_000])
def test_what_is_no_link_is_said_so(cut: str) -> None:
    with pytest.raises(signing.BadLink, match="expired or is not complete"):
        signing.unsign("purchase", cut, 60)


def test_a_link_is_good_for_one_purpose_only() -> None:
    for made in PURPOSES:
        token = signing.sign(made, ["a", "b"])
        for used in PURPOSES:
            if used != made:
                with pytest.raises(signing.BadLink):
                    signing.unsign(used, token, 60)


def test_a_link_ends_and_none_comes_from_the_future() -> None:
    token = signing.sign("download", ["x"])
    assert signing.unsign("download", token, 600) == ["x"]
    with time_machine.travel(db.now().timestamp() + 601, tick=False), pytest.raises(signing.BadLink):
        signing.unsign("download", token, 600)
    with time_machine.travel(db.now().timestamp() - 3600, tick=False), pytest.raises(signing.BadLink):
        signing.unsign("download", token, 600)


def test_a_download_link_of_one_file_opens_no_other(stage: Stage) -> None:
    """Signed with our own key, but naming a grant and a buyer that do not belong together."""
    grant, file = stage.rows["grant"], stage.rows["file"]
    pairs = [
        (stage.world.other.id, grant.id, file.id, stage.world.charlie.id),
        (grant.workspace_id, grant.id, stage.rows["product"].id, grant.buyer_id),
        (grant.workspace_id, stage.rows["order"].id, file.id, grant.buyer_id),
    ]
    for parts in pairs:
        token = signing.sign("download", [str(part) for part in parts])
        assert stage.browser(stage.world.charlie).get(f"/d/{token}").status_code in (403, 404)


@pytest.mark.parametrize(
    "sealed", ["", "v1.", "v1.!!!", "v1.AAAA", "v2.AAAAAAAAAAAAAAAAAAAA", "plain", "v1." + "A" * 64]
)
def test_what_was_never_sealed_does_not_open(world: Any, sealed: str) -> None:
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(world.north.id, sealed, "connections|token|1")


def test_each_changed_byte_of_a_sealed_secret_is_noticed(world: Any) -> None:
    sealed = crypto.encrypt(world.north.id, "sk_live_1", "connections|token|1")
    raw = bytearray(base64.urlsafe_b64decode(sealed[3:]))
    for position in range(len(raw)):
        raw[position] ^= 1
        with pytest.raises(crypto.CannotDecrypt):
            crypto.decrypt(world.north.id, f"v1.{base64.urlsafe_b64encode(raw).decode()}", "connections|token|1")
        raw[position] ^= 1


def test_the_same_secret_looks_different_each_time(world: Any) -> None:
    assert len({crypto.encrypt(world.north.id, "same", "a|b|c") for _ in range(50)}) == 50


def test_without_its_data_key_nothing_opens(world: Any) -> None:
    """Shredding: one deleted row makes every secret of a workspace unreadable."""
    sealed = crypto.encrypt(world.north.id, "sk_live_1", "a|b|c")
    with db.system("test world") as session:
        session.delete(session.get_one(crypto.DataKey, world.north.id))
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(world.north.id, sealed, "a|b|c")


def test_tokens_have_256_bits_and_are_kept_as_digests(stage: Stage) -> None:
    """No session token, code link or invitation stands in any table as it was handed out."""
    token = new_token("gs")
    assert len(base64.urlsafe_b64decode(token[3:] + "=")) == 32
    assert re.fullmatch(r"[0-9a-f]{64}", token_hash(token))
    browser = stage.browser(stage.world.fay)
    secret = browser.client.get_cookie("session").value
    with db.system("test world") as session:
        for table in metadata.sorted_tables:
            query = text(f"select count(*) from {table.name} t where t::text like :secret")
            assert session.execute(query, {"secret": f"%{secret}%"}).scalar() == 0, table.name


def test_a_licence_key_stands_in_no_table(stage: Stage) -> None:
    """Beside the mail that waits to bring it, whose words are forgotten when it is sent."""
    with db.workspace(stage.world.north.id):
        key = licences.key_of(stage.rows["licence"])
    assert key.startswith("NEBULA-")
    with db.system("test world") as session:
        for table in metadata.sorted_tables:
            query = text(f"select count(*) from {table.name} t where t::text like :secret")
            found = session.execute(query, {"secret": f"%{key}%"}).scalar()
            assert table.name == "mails" or found == 0, table.name


def test_each_changed_byte_of_a_licence_file_is_noticed(stage: Stage) -> None:
    """Its payload, its signature, and whose it is: no other key of ours, and none of another workspace, makes it good."""
    with db.workspace(stage.world.north.id):
        file = actions.signed_file(licences.one(stage.rows["licence"].id).licence, None)
        present, coming = (one.public for one in licences.signers())
    with db.workspace(stage.world.other.id):
        foreign = actions.signer().public
    assert _checks(file, present) and not _checks(file, coming) and not _checks(file, foreign)
    for name in ("payload", "signature"):
        for position, letter in enumerate(file[name]):
            other = "A" if letter not in "ABCD" else "z"
            changed = file[name][:position] + other + file[name][position + 1 :]
            assert not _checks(file | {name: changed}, present), (name, position)


def _checks(file: dict[str, str], public: bytes) -> bool:
    signature = base64.urlsafe_b64decode(file["signature"] + "=" * (-len(file["signature"]) % 4))
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, f"{file['format']}.{file['payload']}".encode())
    except InvalidSignature:
        return False
    return True
