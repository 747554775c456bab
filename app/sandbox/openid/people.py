"""Who may sign in: a few people to start with, and everybody who ever did."""

import hashlib
import re
import sqlite3
from dataclasses import dataclass

from app.sandbox.state import State

SCHEMA = """
CREATE TABLE IF NOT EXISTS openid_people (
    email TEXT PRIMARY KEY COLLATE NOCASE, name TEXT NOT NULL, verified INTEGER NOT NULL, used INTEGER NOT NULL);
"""
ADDRESS = re.compile(r"[^@\s<>\",;:]+@[^@\s<>\",;:.]+(\.[^@\s<>\",;:.]+)*")
LONGEST_ADDRESS, LONGEST_NAME = 254, 200
SUBJECT_DIGITS = 21


@dataclass(frozen=True, slots=True)
class Person:
    """An identity as the provider vouches for it."""

    email: str
    name: str
    verified: bool

    @property
    def subject(self) -> str:
        """The provider's own number for this person: digits like Google's, the same for an address for ever."""
        digest = hashlib.sha256(self.email.lower().encode()).hexdigest()
        return str(int(digest, 16))[:SUBJECT_DIGITS]


FIRST = (
    Person("fay@example.com", "Fay Becker", True),
    Person("alice@example.com", "Alice Moreau", True),
    Person("unverified@example.com", "Uma Verma", False),
)


class People:
    """Everybody who used the provider, remembered with the name they gave last."""

    def __init__(self, state: State) -> None:
        self._state = state
        state.extend(SCHEMA, "openid_people")

    def listed(self, limit: int = 8) -> list[Person]:
        """The `limit` people who signed in last, newest first, and then those of the start who never did."""
        sql = "SELECT email, name, verified FROM openid_people ORDER BY used DESC, rowid DESC LIMIT ?"
        used = [_person(row) for row in self._state.rows(sql, limit)]
        known = {person.email.lower() for person in used}
        return used + [self.find(person.email) or person for person in FIRST if person.email not in known]

    def find(self, email: str) -> Person | None:
        """The person with that address, if they are listed."""
        row = self._state.row("SELECT email, name, verified FROM openid_people WHERE email = ?", email)
        return _person(row) if row else next((person for person in FIRST if person.email == email), None)

    def remember(self, person: Person) -> None:
        """Keep a person for the next time."""
        self._state.run(
            "INSERT INTO openid_people (email, name, verified, used) VALUES (?1, ?2, ?3, ?4) "
            "ON CONFLICT (email) DO UPDATE SET email = ?1, name = ?2, verified = ?3, used = ?4",
            *(person.email, person.name, person.verified, self._state.now()),
        )


def problems(person: Person) -> dict[str, str]:
    """What is wrong with typed details, a sentence for each field."""
    found = {}
    if not ADDRESS.fullmatch(person.email) or len(person.email) > LONGEST_ADDRESS:
        found["email"] = "Enter an e-mail address like fay@example.com."
    if not person.name:
        found["name"] = "Enter a name."
    elif len(person.name) > LONGEST_NAME:
        found["name"] = f"Enter a name of at most {LONGEST_NAME} letters."
    return found


def _person(row: sqlite3.Row) -> Person:
    return Person(row["email"], row["name"], bool(row["verified"]))
