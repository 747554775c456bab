"""A seller with parcels to send, furnished in a running Guildhall by `furnishing.py`, for the journeys of fulfilment."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
OWNER, BUYER = "nadia@demo.guildhall.example", "fay@demo.guildhall.example"
JOURNEYS = ("keyboard", "touch", "scanner", "return", "live")
BATCH = 20


@dataclass(frozen=True)
class Warehouse:
    """`batch` are 20 order numbers, the third with an address that no carrier knows.

    `alone` has one more order for each other journey, by its name; `groups` the purchase that order is in.
    """

    slug: str
    batch: list[int]
    alone: dict[str, int]
    groups: dict[str, str]

    def path(self, place: str) -> str:
        return f"/w/{self.slug}/{place}"


def furnish(folder: Path, sandbox: str, number: int) -> Warehouse:
    """Run the program in the town that lives in `folder`; each `number` is a seller of its own.

    Raises RuntimeError with the program's last words.
    """
    town = psutil.Process(json.loads((folder / "run.json").read_text())["pid"])
    environment = next(child.environ() for child in town.children() if "DATABASE_URL" in child.environ())
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.furnishing", sandbox, f"harbour-{number}"],
        cwd=ROOT,
        env=environment | {"LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    if done.returncode:
        raise RuntimeError(f"The warehouse was not furnished:\n{done.stderr[-4000:]}")
    return Warehouse(**json.loads(done.stdout.splitlines()[-1]))
