"""Which package a parcel's things fit into, and what it weighs. Grams and millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.shipping.carrier import Box
from app.shipping.models import Package


@dataclass(frozen=True)
class Item:
    """Units of one variant."""

    quantity: int
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int

    @property
    def sides(self) -> tuple[int, int, int]:
        longest, middle, shortest = sorted((self.length_mm, self.width_mm, self.height_mm), reverse=True)
        return longest, middle, shortest


def suggest(items: Sequence[Item], packages: Sequence[Package]) -> Package | None:
    """The smallest package that everything fits into; the workspace's default when sizes are unknown or nothing fits."""
    default = next((package for package in packages if package.is_default), None)
    if not all(item.sides[2] for item in items):
        return default
    weight = sum(item.weight_g * item.quantity for item in items)
    fitting = [package for package in packages if _fits(items, package) and _carries(package, weight)]
    return min(fitting, key=volume, default=default)


def _fits(items: Sequence[Item], package: Package) -> bool:
    inside = sorted((package.length_mm, package.width_mm, package.height_mm), reverse=True)
    whole = sum(item.quantity * item.sides[0] * item.sides[1] * item.sides[2] for item in items)
    each = all(side <= room for item in items for side, room in zip(item.sides, inside, strict=True))
    return each and whole <= volume(package)


def _carries(package: Package, weight_g: int) -> bool:
    return package.max_g is None or weight_g + package.tare_g <= package.max_g


def volume(package: Package) -> int:
    """Cubic millimetres."""
    return package.length_mm * package.width_mm * package.height_mm


def box(items: Sequence[Item], package: Package | None) -> Box:
    """What goes on the scale. Without a package the things are stacked, flattest side down."""
    weight = sum(item.weight_g * item.quantity for item in items)
    if package is not None:
        return Box(weight + package.tare_g, package.length_mm, package.width_mm, package.height_mm)
    if not items or not all(item.sides[2] for item in items):
        return Box(weight)
    return Box(
        weight,
        max(item.sides[0] for item in items),
        max(item.sides[1] for item in items),
        sum(item.sides[2] * item.quantity for item in items),
    )
