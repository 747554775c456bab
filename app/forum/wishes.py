"""What a reader wants to see of a list of threads: one object, which is an address, a saved view and a feed's list alike."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

TABS = ("latest", "unread", "new", "mine", "following")
SORTS = {"latest": "Newest reply", "newest": "Newest thread", "votes": "Most votes"}
SOLVED = {"yes": "Solved", "no": "Not solved"}
MOST_TAGS, LONGEST_TAG = 5, 30


@dataclass(frozen=True)
class Wish:
    """`tags`: the thread has each of them. `solved`: yes, no or "" for both. `by`: the handle of who began it.

    Beside the filters: `hidden`, whether threads with tags that the reader hides are shown all the same; and `after`, where the
    page before this one ended: what its last thread is sorted by, a comma, its id.
    """

    tab: str = "latest"
    tags: tuple[str, ...] = ()
    solved: str = ""
    by: str = ""
    sort: str = "latest"
    hidden: bool = False
    after: str = ""

    @property
    def tag(self) -> str:
        """The first one, for what knows one alone."""
        return self.tags[0] if self.tags else ""

    @property
    def query(self) -> str:
        """The filters as they stand in an address, always in the same order; empty for the list as it is."""
        return query(self)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab is chosen."""
        return bool(self.tags or self.solved or self.by or self.sort != "latest")

    def chips(self) -> list[tuple[str, str]]:
        """What is chosen, in words, each with the query without it."""
        found = [(f"#{tag}", replace(self, tags=tuple(one for one in self.tags if one != tag))) for tag in self.tags]
        if self.solved:
            found.append((SOLVED[self.solved], replace(self, solved="")))
        if self.by:
            found.append((f"By @{self.by}", replace(self, by="")))
        if self.sort != "latest":
            found.append((SORTS[self.sort], replace(self, sort="latest")))
        return [(words, query(without)) for words, without in found]


def query(wish: Wish, **changed: Any) -> str:
    """The query string, with some of it changed; `after` and `hidden` only when they are given here."""
    chosen = replace(wish, **{"after": "", "hidden": False, **changed})
    pairs = [("tab", chosen.tab)] if chosen.tab != "latest" else []
    pairs += [("tag", tag) for tag in chosen.tags]
    pairs += [(name, value) for name in ("solved", "by") if (value := getattr(chosen, name))]
    pairs += [("sort", chosen.sort)] if chosen.sort != "latest" else []
    pairs += [("hidden", "show")] if chosen.hidden else []
    pairs += [("after", chosen.after)] if chosen.after else []
    return urlencode(pairs)


def parse(typed: Iterable[tuple[str, str]]) -> Wish:
    """What an address says, by names and values. Never raises: what is not known is not chosen."""
    pairs = list(typed)
    first = dict(reversed(pairs))
    said = [one for name, raw in pairs if name == "tag" for one in raw[:200].replace(",", " ").split()]
    tags = dict.fromkeys(_tag(one) for one in said)
    return Wish(
        _one_of(TABS, first.get("tab")) or "latest",
        tuple(tag for tag in tags if tag)[:MOST_TAGS],
        _one_of(SOLVED, first.get("solved")),
        first.get("by", "").strip().removeprefix("@").lower()[:40],
        _one_of(SORTS, first.get("sort")) or "latest",
        first.get("hidden") == "show",
        first.get("after", "")[:100],
    )


def _tag(raw: str) -> str:
    return raw.removeprefix("#").lower()[:LONGEST_TAG]


def _one_of(known: Any, said: str | None) -> str:
    return said if said and said in known else ""


def words(wish: Wish) -> str:
    """What is chosen beside the tab, in one line."""
    return " · ".join(said for said, _ in wish.chips())
