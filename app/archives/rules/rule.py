"""A decision about one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SECRET, PLACE, DERIVED, PRIVATE = "secret", "place", "derived", "private"
REASONS = {
    SECRET: "opens something: a key, a token, or the digest of one",
    PLACE: "says where we keep a file; the file itself is in the archive",
    DERIVED: "is made from the rest and can be made again",
    PRIVATE: "belongs to a person and not to the workspace",
}


@dataclass(frozen=True)
class Rule:
    """`columns` leave. `withheld` maps the others to a key of REASONS. `stays`: why nothing of the table leaves."""

    table: str
    columns: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)
    stays: str = ""


def leaves(
    table: str, columns: str, *, secret: str = "", place: str = "", derived: str = "", private: str = ""
) -> Rule:
    """Columns are listed with spaces between them; `id` always leaves, `workspace_id` is the archive's own."""
    kinds = {SECRET: secret, PLACE: place, DERIVED: derived, PRIVATE: private}
    withheld = {name: why for why, names in kinds.items() for name in names.split()}
    return Rule(table, ("id", *columns.split()), withheld)


def stays(table: str, why: str) -> Rule:
    return Rule(table, stays=why)
