"""One product of the demo: its words, pictures, files and stock."""

from collections.abc import Callable
from dataclasses import dataclass, field

Art = Callable[[], bytes]


@dataclass(frozen=True)
class Key:
    """Each unit comes with a key: what it begins with, and on how many devices it works, by the value of the option."""

    prefix: str
    devices: int
    by_value: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Ware:
    """`pictures` are (alt text, maker); `files` are (name, maker); `values` are (size, what it adds to the price). Prices in US cents."""

    title: str
    words: str
    category: str
    price: int
    pictures: list[tuple[str, Art]]
    tags: tuple[str, ...] = ()
    files: list[tuple[str, Art]] = field(default_factory=list)
    weight_g: int = 0
    stock: int = 0
    option: str = ""
    values: tuple[tuple[str, int], ...] = ()
    key: Key | None = None

    @property
    def ships(self) -> bool:
        return self.weight_g > 0

    @property
    def downloads(self) -> bool:
        return bool(self.files)
