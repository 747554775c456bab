"""Where pushes arrive of platforms that tell their kind by a number."""

from dataclasses import dataclass
from typing import Any

from tests.letters import Letters
from tests.sandbox.conftest import wait_until


@dataclass
class Pushes(Letters):
    """`numbered` is the member of a body that holds the number."""

    numbered: str = "code"

    def bodies(self, number: int | None = None) -> list[dict[str, Any]]:
        every = [one.body for one in self.found]
        return [body for body in every if number in (None, body[self.numbered])]

    def wait(self, number: int, count: int = 1) -> list[dict[str, Any]]:
        """The bodies with a number, as soon as there are `count`."""
        what = f"{count} pushes of {self.numbered} {number}, got {self.bodies()}"
        wait_until(lambda: len(self.bodies(number)) >= count, what)
        return self.bodies(number)
