"""Every mail the server took, kept in the sandbox's memory."""

import json
import sqlite3
from dataclasses import dataclass

from app.sandbox.state import State

from .message import read, scrubbed

SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received INTEGER NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,
    message_id TEXT NOT NULL, files INTEGER NOT NULL, size INTEGER NOT NULL, confirmed INTEGER NOT NULL,
    raw BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS mails_message_id ON mails (message_id, id);
CREATE TABLE IF NOT EXISTS mail_recipients (
    address TEXT NOT NULL COLLATE NOCASE, mail INTEGER NOT NULL, place INTEGER NOT NULL,
    PRIMARY KEY (address, mail)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS mail_recipients_mail ON mail_recipients (mail, place);
"""
# The raw mail is left out: a list must not read megabytes.
SELECT = """
SELECT m.id, m.received, m.sender, m.subject, m.message_id, m.files, m.size, m.confirmed,
    (SELECT json_group_array(address) FROM (SELECT address FROM mail_recipients WHERE mail = m.id ORDER BY place))
        AS recipients,
    CASE m.message_id WHEN '' THEN 1 ELSE (SELECT count(*) FROM mails o WHERE o.message_id = m.message_id) END
        AS copies,
    CASE m.message_id WHEN '' THEN 1
        ELSE (SELECT count(*) FROM mails o WHERE o.message_id = m.message_id AND o.id <= m.id) END AS copy
FROM mails m
"""
EXACT = "EXISTS (SELECT 1 FROM mail_recipients r WHERE r.mail = m.id AND r.address = ?)"
PARTLY = "EXISTS (SELECT 1 FROM mail_recipients r WHERE r.mail = m.id AND instr(lower(r.address), lower(?)))"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail without its content.

    `recipients` are those of the envelope, so blind copies show; `received` is in seconds by the sandbox's clock.
    `copies` mails carry the same Message-ID and this is number `copy` of them; `confirmed` is false when the
    connection was closed before the sender heard that the mail had been taken.
    """

    id: int
    received: int
    sender: str
    subject: str
    message_id: str
    files: int
    size: int
    confirmed: bool
    recipients: list[str]
    copies: int
    copy: int


class Mails:
    """The mailbox: safe to use from the mail server's thread and from the pages at once."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.extend(SCHEMA, "mails", "mail_recipients")

    def keep(self, sender: str, recipients: list[str], raw: bytes, confirmed: bool = True) -> int:
        """Keep a mail as it came in; returns its number."""
        message = read(raw)
        about = (message.header("Subject"), message.header("Message-ID"), len(message.attachments))
        with self._state.transaction():
            self._state.run(
                "INSERT INTO mails (received, sender, subject, message_id, files, size, confirmed, raw) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                *(self._state.now(), scrubbed(sender), *about, len(raw), confirmed, raw),
            )
            row = self._state.row("SELECT last_insert_rowid() AS id")
            assert row is not None
            for place, address in enumerate(recipients):
                sql = "INSERT OR IGNORE INTO mail_recipients (address, mail, place) VALUES (?, ?, ?)"
                self._state.run(sql, scrubbed(address), row["id"], place)
        return int(row["id"])

    def find(self, identifier: int) -> Mail | None:
        """The mail of that number."""
        row = self._state.row(f"{SELECT} WHERE m.id = ?", identifier)
        return None if row is None else _mail(row)

    def raw(self, identifier: int) -> bytes:
        """The bytes of a mail as they came in; empty when there is no such mail."""
        row = self._state.row("SELECT raw FROM mails WHERE id = ?", identifier)
        return b"" if row is None else row["raw"]

    def to(self, address: str | None, limit: int) -> list[Mail]:
        """The newest `limit` mails to exactly this address (in any case of letters), or to anybody; newest first."""
        where, values = (f"WHERE {EXACT}", [address]) if address else ("", [])
        return [_mail(row) for row in self._state.rows(f"{SELECT} {where} ORDER BY m.id DESC LIMIT ?", *values, limit)]

    def page(self, part: str, limit: int, before: int | None = None, after: int | None = None) -> list[Mail]:
        """Newest first: the `limit` mails next `before` or `after` a number whose recipients contain `part`."""
        tests, values = ["1"], list[str | int]()
        for test, value in ((PARTLY, part or None), ("m.id < ?", before), ("m.id > ?", after)):
            if value is not None:
                tests.append(test)
                values.append(value)
        # Next after a number are the oldest of the newer ones.
        order = "ASC" if after is not None else "DESC"
        where = f"WHERE {' AND '.join(tests)} ORDER BY m.id {order} LIMIT ?"
        found = [_mail(row) for row in self._state.rows(f"{SELECT} {where}", *values, limit)]
        return sorted(found, key=lambda mail: mail.id, reverse=True)

    def count(self, part: str = "") -> int:
        """How many mails have a recipient that contains `part`."""
        where, values = (f"WHERE {PARTLY}", [part]) if part else ("", [])
        row = self._state.row(f"SELECT count(*) AS n FROM mails m {where}", *values)
        assert row is not None
        return int(row["n"])

    def copies(self, message_id: str) -> list[Mail]:
        """Every mail with this Message-ID, oldest first; none for a mail without one."""
        if not message_id:
            return []
        return [_mail(row) for row in self._state.rows(f"{SELECT} WHERE m.message_id = ? ORDER BY m.id", message_id)]

    def repeated(self) -> int:
        """How many Message-IDs came more than once."""
        return len(
            self._state.rows("SELECT 1 FROM mails WHERE message_id != '' GROUP BY message_id HAVING count(*) > 1")
        )

    def forget(self, address: str | None = None) -> int:
        """Forget all mails, or those to exactly one address; returns how many."""
        where, values = (f"WHERE {EXACT}", [address]) if address else ("", [])
        with self._state.transaction():
            gone = self._state.run(f"DELETE FROM mails AS m {where}", *values)
            self._state.run("DELETE FROM mail_recipients WHERE mail NOT IN (SELECT id FROM mails)")
        return gone


def _mail(row: sqlite3.Row) -> Mail:
    return Mail(**{**dict(row), "recipients": json.loads(row["recipients"]), "confirmed": bool(row["confirmed"])})
